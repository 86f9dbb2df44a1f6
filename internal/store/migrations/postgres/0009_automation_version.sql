-- +goose Up

-- The version of its automation that a run is planned by, so that no run is in
-- parts that differ; 0 for one of which nothing is planned yet, or was before.
ALTER TABLE runs ADD COLUMN automation_version BIGINT NOT NULL DEFAULT 0;

-- +goose Down
SELECT 1;
