-- +goose Up

-- Mailed passwords that were accepted and never used, of deliveries that are
-- not kept any more: all of them, and those that a stranger set off.
ALTER TABLE system_users ADD COLUMN unused_before BIGINT NOT NULL DEFAULT 0;
ALTER TABLE system_users ADD COLUMN strangers_before BIGINT NOT NULL DEFAULT 0;

-- Sources and ids of pruned events, which must stay known for longer.
CREATE TABLE past_events (
    source    TEXT NOT NULL,
    source_id TEXT NOT NULL,
    event_id  TEXT NOT NULL,
    digest    BLOB NOT NULL,
    forget_at BIGINT NOT NULL,
    PRIMARY KEY (source, source_id)
) WITHOUT ROWID;
CREATE INDEX past_events_forget ON past_events (forget_at);

-- To the day.
ALTER TABLE forms ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0;
UPDATE forms SET used_at = unixepoch() * 1000000;

-- +goose Down
SELECT 1;
