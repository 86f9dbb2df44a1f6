-- +goose Up

-- The directory where the chosen password of a system user lives, and the key of the
-- account there; '' for built-in users. The account is JSON: what was read there last.
-- The token changes whenever the password changes there.
ALTER TABLE system_users ADD COLUMN directory TEXT NOT NULL DEFAULT '';
ALTER TABLE system_users ADD COLUMN directory_key TEXT NOT NULL DEFAULT '';
ALTER TABLE system_users ADD COLUMN directory_account TEXT NOT NULL DEFAULT 'null';
ALTER TABLE system_users ADD COLUMN directory_token TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX system_users_directory ON system_users (directory, directory_key) WHERE directory <> '';

-- Who blocked a system user: 'person', 'directory' or 'both'.
ALTER TABLE system_users ADD COLUMN blocked_by TEXT NOT NULL DEFAULT '';
UPDATE system_users SET blocked_by = 'person' WHERE status = 'blocked';

-- How far the import of each directory has come.
CREATE TABLE directories (
    name          TEXT PRIMARY KEY,
    cookie        TEXT NOT NULL, -- where the next pass over the changes begins
    pass          BIGINT NOT NULL, -- the number of the last complete pass
    full_at       BIGINT NOT NULL, -- when it ended
    synced_at     BIGINT NOT NULL, -- when any pass ended last
    groups_at     BIGINT NOT NULL, -- when the groups were read last
    problem       TEXT NOT NULL, -- why the last pass failed, for people; '' if it did not
    problem_since BIGINT NOT NULL,
    claim         TEXT NOT NULL, -- the node that imports now
    claim_until   BIGINT NOT NULL
);

-- The entries of directories: whose they are, or why they were not imported.
CREATE TABLE directory_entries (
    directory     TEXT NOT NULL,
    entry_key     TEXT NOT NULL,
    user_id       TEXT NOT NULL, -- '' if the entry was not imported
    address       TEXT NOT NULL, -- as the directory has it
    reason        TEXT NOT NULL, -- why it was not imported, or what is special about it
    pass          BIGINT NOT NULL, -- the last complete pass that saw it
    seen_at       BIGINT NOT NULL, -- when it was first seen
    missing_since BIGINT NOT NULL, -- when a complete pass first missed it
    withheld      TEXT NOT NULL, -- the event that waits to be released
    PRIMARY KEY (directory, entry_key)
);
CREATE INDEX directory_entries_user ON directory_entries (user_id);
CREATE INDEX directory_entries_address ON directory_entries (directory, address);
CREATE INDEX directory_entries_reason ON directory_entries (directory, reason, entry_key) WHERE reason <> '';
CREATE INDEX directory_entries_withheld ON directory_entries (directory, withheld, entry_key) WHERE withheld <> '';

-- Writes of passwords to directories: they are begun here before they are sent.
CREATE TABLE directory_writes (
    delivery_id TEXT NOT NULL,
    kind        TEXT NOT NULL,   -- 'choose' or 'scramble'
    user_id     TEXT NOT NULL,
    token       TEXT NOT NULL,   -- the password that was in force when it began
    begun_at    BIGINT NOT NULL,
    outcome     TEXT NOT NULL,   -- '' while it is not known
    ended_at    BIGINT NOT NULL,
    PRIMARY KEY (delivery_id, kind)
);

CREATE INDEX directory_writes_user ON directory_writes (user_id);

-- +goose Down
SELECT 1;
