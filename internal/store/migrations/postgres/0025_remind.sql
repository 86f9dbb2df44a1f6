-- +goose Up

-- When the user is to be reminded, 0 if never or if the notice was made. When the reminder
-- was begun; 0 if it was not.
ALTER TABLE deliveries ADD COLUMN remind_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN reminded_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX deliveries_remind ON deliveries (remind_at) WHERE remind_at > 0 AND state = 'sent' AND opened_at = 0;

-- +goose Down
SELECT 1;
