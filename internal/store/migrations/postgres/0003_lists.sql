-- +goose Up

-- The run's deliveries by state and reason; see count_states.go.
ALTER TABLE runs ADD COLUMN tallies TEXT COLLATE "C" NOT NULL DEFAULT '{}'; -- JSON

-- Outcomes of deliveries by hour since 1970 and automation.
CREATE TABLE figures (
    hour          BIGINT NOT NULL,
    automation_id TEXT COLLATE "C" NOT NULL,
    sent          BIGINT NOT NULL,
    failed        BIGINT NOT NULL,
    skipped       BIGINT NOT NULL,
    PRIMARY KEY (hour, automation_id)
);

-- Durations until acceptance, by hour; see rekey.Durations.
CREATE TABLE figures_took (
    hour BIGINT NOT NULL,
    step BIGINT NOT NULL,
    n    BIGINT NOT NULL,
    PRIMARY KEY (hour, step)
);

-- Everything that narrows or sorts a list of system users. A search reads this
-- index and not the table.
CREATE INDEX system_users_list ON system_users (search, id, address_key, rank, type, role, status);
CREATE INDEX system_users_ranked ON system_users (rank) WHERE rank > 0;

-- Without queued and issued, which would write here often.
CREATE INDEX deliveries_state ON deliveries (state, run_id, id, reason) WHERE state NOT IN ('queued', 'issued');
CREATE INDEX deliveries_unsent ON deliveries (state, updated_at, id) WHERE state IN ('failed', 'deferred');

CREATE INDEX runs_automation_state ON runs (automation_id, state, id);

-- +goose Down
SELECT 1;
