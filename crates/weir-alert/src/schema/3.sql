-- What others are to be told; written in the transaction that makes it so.
CREATE TABLE notice (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ns INTEGER NOT NULL,
    alert INTEGER NOT NULL,
    cause TEXT NOT NULL,              -- new, escalated, reopened, closed
    words TEXT NOT NULL               -- more, for people
);
-- How far each way of telling them has come.
CREATE TABLE channel (
    name TEXT PRIMARY KEY,
    delivered INTEGER NOT NULL        -- the notice up to which everything is done
) WITHOUT ROWID;
