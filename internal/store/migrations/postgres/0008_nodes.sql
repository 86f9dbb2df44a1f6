-- +goose Up

-- The processes that work on this database. One that has not been seen for a
-- while is taken to have ended: see nodes.go.
CREATE TABLE nodes (
    id       TEXT COLLATE "C" PRIMARY KEY,
    seen_at  TIMESTAMPTZ NOT NULL,
    swept_at TIMESTAMPTZ -- when it last made sure that nothing was lost
);

-- What nodes may do so often together: from when on nobody has a turn yet.
CREATE TABLE turns (
    name    TEXT COLLATE "C" PRIMARY KEY,
    next_at TIMESTAMPTZ NOT NULL
);

-- +goose Down
SELECT 1;
