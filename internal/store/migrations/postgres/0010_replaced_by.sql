-- +goose Up

-- The run whose delivery replaced this one; '' if none did.
ALTER TABLE deliveries ADD COLUMN replaced_by TEXT COLLATE "C" NOT NULL DEFAULT '';

-- What no mail server had accepted when it ended was counted as sent: when a
-- newer run took its place, and when its user chose a password meanwhile.
UPDATE deliveries SET reason = 'replaced_before_sent' WHERE state = 'superseded' AND accepted_at = 0;
UPDATE deliveries SET state = 'cancelled', reason = 'chosen_meanwhile' WHERE state = 'done' AND accepted_at = 0 AND changed_at = 0;
UPDATE runs SET tallies = (
    SELECT json_object_agg(what, n) FROM (
        SELECT trim(state || ' ' || reason) AS what, COUNT(*) AS n FROM deliveries WHERE run_id = runs.id GROUP BY what
    ) AS counted
) WHERE id IN (SELECT run_id FROM deliveries WHERE reason IN ('replaced_before_sent', 'chosen_meanwhile'));

-- +goose Down
SELECT 1;
