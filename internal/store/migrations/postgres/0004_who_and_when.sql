-- +goose Up

-- A session's system user and last use, for the user's list of sessions.
ALTER TABLE sessions ADD COLUMN user_id TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX sessions_user ON sessions (user_id);

-- Who saved it last; '' for Rekey itself, or if it is not known.
ALTER TABLE automations ADD COLUMN updated_by TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE selections ADD COLUMN updated_by TEXT COLLATE "C" NOT NULL DEFAULT '';

-- +goose Down
SELECT 1;
