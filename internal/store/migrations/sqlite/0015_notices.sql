-- +goose Up

-- Mails without a password to one person each.
CREATE TABLE notices (
    id       TEXT PRIMARY KEY,
    kind     TEXT NOT NULL,   -- what it tells them
    user_id  TEXT NOT NULL,
    address  TEXT NOT NULL,   -- where it goes
    made_at  BIGINT NOT NULL,
    next_at  BIGINT NOT NULL, -- when it is tried next
    ended_at BIGINT NOT NULL  -- when it was sent, or was no longer needed; 0 before
);

CREATE INDEX notices_user ON notices (user_id, kind, made_at);
CREATE INDEX notices_next ON notices (next_at) WHERE ended_at = 0;
CREATE INDEX notices_made ON notices (made_at);

-- +goose Down
SELECT 1;
