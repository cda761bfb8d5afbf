CREATE TABLE rule_switch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    reason TEXT,
    who TEXT NOT NULL,
    at_ns INTEGER NOT NULL
);
CREATE INDEX rule_switch_of_rule ON rule_switch (rule, id);
