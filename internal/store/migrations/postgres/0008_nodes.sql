-- +goose Up

-- The processes that work on this database. One that has not been seen for a
-- while is taken to have ended: see nodes.go.
CREATE TABLE nodes (
    id      TEXT COLLATE "C" PRIMARY KEY,
    seen_at TIMESTAMPTZ NOT NULL
);

-- When it was last made sure that nothing is lost, and by whom.
CREATE TABLE sweeps (
    id   BIGINT PRIMARY KEY, -- 1
    at   TIMESTAMPTZ NOT NULL,
    node TEXT COLLATE "C" NOT NULL
);

-- What nodes may do so often together: from when on nobody has a turn yet.
CREATE TABLE turns (
    name    TEXT COLLATE "C" PRIMARY KEY,
    next_at TIMESTAMPTZ NOT NULL
);

-- +goose Down
SELECT 1;
