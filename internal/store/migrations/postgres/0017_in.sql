-- +goose Up

-- When the user first chose a password after the delivery was issued; 0 if they have
-- not. Until now it was on record only for those who were sent a password and chose one
-- before it ended.
ALTER TABLE deliveries ADD COLUMN in_at BIGINT NOT NULL DEFAULT 0;
UPDATE deliveries SET in_at = CASE WHEN ended_at > 0 THEN ended_at ELSE updated_at END
    WHERE state = 'done' OR state = 'cancelled' AND reason = 'chosen_meanwhile';
UPDATE deliveries SET in_at = (SELECT u.password_changed_at FROM system_users u WHERE u.id = deliveries.user_id)
    WHERE state IN ('expired', 'superseded', 'cancelled', 'failed') AND in_at = 0 AND issued_at > 0
    AND EXISTS (SELECT 1 FROM system_users u WHERE u.id = deliveries.user_id AND u.directory = '' AND u.password_changed_at > deliveries.issued_at);
CREATE INDEX deliveries_in ON deliveries (run_id, id) WHERE in_at > 0;

-- Retries by hand, which are few.
CREATE INDEX deliveries_again ON deliveries (run_id, user_id, number) WHERE number > 1;

-- Those of tallies whose users are in; see count_states.go.
ALTER TABLE runs ADD COLUMN tallies_in TEXT COLLATE "C" NOT NULL DEFAULT '{}'; -- JSON
UPDATE runs SET tallies_in = (
    SELECT json_object_agg(what, n) FROM (
        SELECT trim(state || ' ' || reason) AS what, COUNT(*) AS n FROM deliveries WHERE run_id = runs.id AND in_at > 0 GROUP BY what
    ) AS counted
) WHERE id IN (SELECT run_id FROM deliveries WHERE in_at > 0);

-- The run to whose people an event sends again; '' for other events.
ALTER TABLE events ADD COLUMN again_of TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX events_again ON events (again_of) WHERE again_of <> '';

-- +goose Down
SELECT 1;
