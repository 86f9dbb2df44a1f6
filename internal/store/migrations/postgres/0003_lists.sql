-- +goose Up

-- How many deliveries of the run are in each state, for each reason: see
-- counts.go.
ALTER TABLE runs ADD COLUMN tallies TEXT COLLATE "C" NOT NULL DEFAULT '{}'; -- JSON

-- What came of deliveries in each hour since 1970, and of each automation.
CREATE TABLE figures (
    hour          BIGINT NOT NULL,
    automation_id TEXT COLLATE "C" NOT NULL,
    sent          BIGINT NOT NULL,
    failed        BIGINT NOT NULL,
    skipped       BIGINT NOT NULL,
    PRIMARY KEY (hour, automation_id)
);

-- How many of an hour's acceptances took how long: see rekey.Durations.
CREATE TABLE figures_took (
    hour BIGINT NOT NULL,
    step BIGINT NOT NULL,
    n    BIGINT NOT NULL,
    PRIMARY KEY (hour, step)
);

-- All that a list of system users is narrowed and sorted by: whoever searches
-- walks through this and not through the table.
CREATE INDEX system_users_list ON system_users (search, id, address_key, rank, type, role, status);
CREATE INDEX system_users_ranked ON system_users (rank) WHERE rank > 0;

-- Without the states that a delivery passes through on its way, each of which
-- would write here.
CREATE INDEX deliveries_state ON deliveries (state, run_id, id, reason) WHERE state NOT IN ('queued', 'issued');
CREATE INDEX deliveries_unsent ON deliveries (state, updated_at, id) WHERE state IN ('failed', 'deferred');

CREATE INDEX runs_automation_state ON runs (automation_id, state, id);

-- +goose Down
SELECT 1;
