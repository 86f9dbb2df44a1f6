-- +goose Up

-- The events whose data is still there: a sweep erases that of the oldest.
CREATE INDEX events_data ON events (id) WHERE data <> '' AND data <> '{}';

-- +goose Down
SELECT 1;
