-- +goose Up

-- A large run is planned part by part: its phase, how far it has come, and its
-- results. See rekey.RunPhase.
ALTER TABLE runs ADD COLUMN phase TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN place TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN candidates BIGINT NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN looked BIGINT NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN reached BIGINT NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN spent BIGINT NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN approved_by TEXT COLLATE "C" NOT NULL DEFAULT '';
-- Numbers of people without a delivery, by reason and rank, as JSON.
ALTER TABLE runs ADD COLUMN passed TEXT COLLATE "C" NOT NULL DEFAULT '{}';
CREATE INDEX runs_phase ON runs (enqueued_at) WHERE phase <> '';

-- How many people the runs of an automation reached in each minute since 1970,
-- for its ceiling.
CREATE TABLE reached (
    automation_id TEXT COLLATE "C" NOT NULL,
    minute        BIGINT NOT NULL,
    people        BIGINT NOT NULL,
    PRIMARY KEY (automation_id, minute)
);
CREATE INDEX reached_minute ON reached (minute);

-- The open batches of a run, and those that wait for their turn: enqueued_at is 0.
CREATE INDEX batches_open ON batches (run_id, number) WHERE next_at IS NOT NULL;
CREATE INDEX batches_turn ON batches (run_id, number) WHERE enqueued_at = 0;

-- +goose Down
SELECT 1;
