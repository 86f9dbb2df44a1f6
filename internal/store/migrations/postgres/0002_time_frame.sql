-- +goose Up

ALTER TABLE automations ADD COLUMN frame_start BIGINT NOT NULL DEFAULT 0;
ALTER TABLE automations ADD COLUMN frame_end BIGINT NOT NULL DEFAULT 0;
ALTER TABLE automations ADD COLUMN execution_days TEXT COLLATE "C" NOT NULL DEFAULT 'null'; -- JSON

-- +goose Down
SELECT 1;
