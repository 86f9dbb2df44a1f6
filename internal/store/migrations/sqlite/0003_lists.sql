-- +goose Up

-- The run's deliveries by state and reason; see count_states.go.
ALTER TABLE runs ADD COLUMN tallies TEXT NOT NULL DEFAULT '{}'; -- JSON
UPDATE runs SET tallies = (
    SELECT json_group_object(what, n) FROM (
        SELECT trim(state || ' ' || reason) AS what, COUNT(*) AS n FROM deliveries WHERE run_id = runs.id GROUP BY what
    )
);

-- Outcomes of deliveries by hour since 1970 and automation.
CREATE TABLE figures (
    hour          BIGINT NOT NULL,
    automation_id TEXT NOT NULL,
    sent          BIGINT NOT NULL,
    failed        BIGINT NOT NULL,
    skipped       BIGINT NOT NULL,
    PRIMARY KEY (hour, automation_id)
) WITHOUT ROWID;

-- Durations until acceptance, by hour; see rekey.Durations.
CREATE TABLE figures_took (
    hour BIGINT NOT NULL,
    step BIGINT NOT NULL,
    n    BIGINT NOT NULL,
    PRIMARY KEY (hour, step)
) WITHOUT ROWID;

INSERT INTO figures (hour, automation_id, sent, failed, skipped)
    SELECT at / 3600000000, automation_id, SUM(sent), SUM(failed), SUM(skipped) FROM (
        SELECT r.automation_id, d.accepted_at AS at, 1 AS sent, 0 AS failed, 0 AS skipped
            FROM deliveries d JOIN runs r ON r.id = d.run_id WHERE d.accepted_at > 0
        UNION ALL
        SELECT r.automation_id, d.updated_at, 0, d.state = 'failed', d.state = 'skipped'
            FROM deliveries d JOIN runs r ON r.id = d.run_id WHERE d.state IN ('failed', 'skipped')
    ) GROUP BY 1, 2;

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
