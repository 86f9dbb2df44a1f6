-- +goose Up

-- I10, in the words that the queries use on both databases.
DROP INDEX deliveries_unfinished;
CREATE UNIQUE INDEX deliveries_unfinished ON deliveries (user_id)
    WHERE state = 'queued' OR state = 'issued' OR state = 'deferred';

-- +goose Down
SELECT 1;
