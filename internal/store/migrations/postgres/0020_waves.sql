-- +goose Up

-- When the next wave of a run begins; 0 if none is to come. Whether it takes everybody who
-- waits. And the outcomes from before the people by whom the run is judged now: the mails
-- that had ended, of which -1 says that they are counted anew, and those that were refused.
ALTER TABLE runs ADD COLUMN wave_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN rest_at_once BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE runs ADD COLUMN ended_before BIGINT NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN refused_before BIGINT NOT NULL DEFAULT 0;
CREATE INDEX runs_wave ON runs (wave_at) WHERE wave_at > 0;

-- +goose Down
SELECT 1;
