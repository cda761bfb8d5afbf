CREATE TABLE alert (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule TEXT NOT NULL,
    entity TEXT NOT NULL,             -- JSON of names and values, in the rule's order
    episode INTEGER NOT NULL,
    title TEXT NOT NULL,
    level INTEGER NOT NULL,           -- 0 informational to 4 critical
    techniques TEXT NOT NULL,         -- JSON list
    state TEXT NOT NULL,
    verdict TEXT,
    reason TEXT,
    assignee TEXT,
    created_ns INTEGER NOT NULL,
    updated_ns INTEGER NOT NULL,
    attention_ns INTEGER NOT NULL,
    settled_ns INTEGER,               -- when it was acknowledged or closed
    settled_value REAL,               -- the peak at that moment
    first_ns INTEGER NOT NULL,
    last_ns INTEGER NOT NULL,
    flows INTEGER NOT NULL,
    windows INTEGER NOT NULL,
    folded_ns INTEGER NOT NULL,       -- windows up to here are in the sums, and no longer listed
    peak REAL NOT NULL,
    risk INTEGER NOT NULL,
    confidence INTEGER NOT NULL,
    reopened INTEGER NOT NULL DEFAULT 0,
    notes INTEGER NOT NULL DEFAULT 0,
    window_ns INTEGER NOT NULL,       -- the newest window, which `latest` is of
    evidence_from_ns INTEGER NOT NULL,
    latest TEXT NOT NULL,             -- JSON of the newest window's detection
    source TEXT,
    target TEXT,
    network TEXT,
    told_value REAL NOT NULL,         -- the value when it last asked for attention
    suppressed_by INTEGER,
    UNIQUE (rule, entity, episode)
);
CREATE INDEX alert_by_attention ON alert (attention_ns, id);
CREATE INDEX alert_by_last ON alert (last_ns, id);
CREATE TABLE window (
    alert INTEGER NOT NULL REFERENCES alert ON DELETE CASCADE,
    window_ns INTEGER NOT NULL,
    flows INTEGER NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (alert, window_ns)
) WITHOUT ROWID;
CREATE TABLE address (
    alert INTEGER NOT NULL REFERENCES alert ON DELETE CASCADE,
    address BLOB NOT NULL,            -- 16 bytes; IPv4 as ::ffff:a.b.c.d
    PRIMARY KEY (alert, address)
) WITHOUT ROWID;
CREATE INDEX address_to_alert ON address (address, alert);
CREATE TABLE history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    alert INTEGER NOT NULL REFERENCES alert ON DELETE CASCADE,
    at_ns INTEGER NOT NULL,
    who TEXT,                         -- NULL: Weir itself
    event TEXT NOT NULL,              -- JSON
    undone_ns INTEGER
);
CREATE INDEX history_of_alert ON history (alert, id);
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE suppression (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conditions TEXT NOT NULL,         -- JSON
    reason TEXT NOT NULL,
    owner TEXT NOT NULL,
    created_ns INTEGER NOT NULL,
    expires_ns INTEGER,               -- NULL: never
    ended_ns INTEGER,                 -- when somebody ended it; nothing is deleted
    ended_by TEXT,
    hidden INTEGER NOT NULL DEFAULT 0 -- detections that it hid
);
CREATE TABLE undo (
    token TEXT PRIMARY KEY,
    at_ns INTEGER NOT NULL,
    who TEXT,
    changes TEXT NOT NULL             -- JSON: what to put back
) WITHOUT ROWID;
