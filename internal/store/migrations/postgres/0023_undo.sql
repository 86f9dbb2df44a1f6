-- +goose Up

-- When a person undid the run, 0 if nobody did, and who. Of how many people the mailed
-- password ended, and how many kept theirs.
ALTER TABLE runs ADD COLUMN undone_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN undone_by TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN undone_ended BIGINT NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN undone_kept BIGINT NOT NULL DEFAULT 0;

-- When the mailed password was first used to log in; 0 if it was not.
ALTER TABLE deliveries ADD COLUMN opened_at BIGINT NOT NULL DEFAULT 0;
-- What the undo of the run did with the mailed password: 'ended', or why it was kept.
ALTER TABLE deliveries ADD COLUMN undone TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX deliveries_undone ON deliveries (run_id, id) WHERE undone <> '';

-- +goose Down
SELECT 1;
