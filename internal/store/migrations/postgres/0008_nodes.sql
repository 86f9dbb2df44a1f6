-- +goose Up

-- The processes that work on this database. One that is silent for a while counts
-- as ended; see postgres_nodes.go.
CREATE TABLE nodes (
    id      TEXT COLLATE "C" PRIMARY KEY,
    seen_at TIMESTAMPTZ NOT NULL
);

-- When the last sweep was completed, and by which node.
CREATE TABLE sweeps (
    id   BIGINT PRIMARY KEY, -- 1
    at   TIMESTAMPTZ NOT NULL,
    node TEXT COLLATE "C" NOT NULL
);

-- Rates that all nodes share: when the next free turn is.
CREATE TABLE turns (
    name    TEXT COLLATE "C" PRIMARY KEY,
    next_at TIMESTAMPTZ NOT NULL
);

-- +goose Down
SELECT 1;
