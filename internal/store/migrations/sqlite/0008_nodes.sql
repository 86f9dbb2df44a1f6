-- +goose Up

-- On SQLite there is one node, which the lock on the file keeps alone.

-- +goose Down
SELECT 1;
