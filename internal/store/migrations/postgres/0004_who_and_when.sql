-- +goose Up

-- Whose a session is, and when it was last used, for the list of one's own.
ALTER TABLE sessions ADD COLUMN user_id TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX sessions_user ON sessions (user_id);

-- Who saved it last; '' is Rekey itself, or nobody knows.
ALTER TABLE automations ADD COLUMN updated_by TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE selections ADD COLUMN updated_by TEXT COLLATE "C" NOT NULL DEFAULT '';

-- +goose Down
SELECT 1;
