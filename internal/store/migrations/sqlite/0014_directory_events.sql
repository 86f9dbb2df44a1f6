-- +goose Up

-- When a complete import of the directory failed last; 0 if the last one did not.
ALTER TABLE directories ADD COLUMN tried_at BIGINT NOT NULL DEFAULT 0;

-- Events that imports found and have not raised. fresh is 1 until an import ends well:
-- then the event is raised, or it waits until an Administrator releases it.
CREATE TABLE directory_events (
    directory TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    event     TEXT NOT NULL,
    fresh     BIGINT NOT NULL,
    PRIMARY KEY (user_id, event)
);
CREATE INDEX directory_events_list ON directory_events (directory, fresh, event, user_id);

INSERT INTO directory_events (directory, user_id, event, fresh)
    SELECT directory, user_id, withheld, 0 FROM directory_entries WHERE withheld <> '';
DROP INDEX directory_entries_withheld;
ALTER TABLE directory_entries DROP COLUMN withheld;

-- +goose Down
SELECT 1;
