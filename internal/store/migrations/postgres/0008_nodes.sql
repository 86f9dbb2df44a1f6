-- +goose Up

-- The processes that work on this database. One that has not been seen for a
-- while is taken to have ended: see nodes.go.
CREATE TABLE nodes (
    id       TEXT COLLATE "C" PRIMARY KEY,
    seen_at  TIMESTAMPTZ NOT NULL,
    swept_at TIMESTAMPTZ -- when it last made sure that nothing was lost
);

-- +goose Down
SELECT 1;
