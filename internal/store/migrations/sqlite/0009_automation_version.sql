-- +goose Up

-- The version of the automation with which a run is planned, so that all parts are
-- planned alike; 0 before planning, and for runs older than this column.
ALTER TABLE runs ADD COLUMN automation_version BIGINT NOT NULL DEFAULT 0;

-- +goose Down
SELECT 1;
