-- +goose Up

-- The earlier versions of automations, selections and system users. The present ones are
-- in their own tables.
CREATE TABLE history (
    kind        TEXT COLLATE "C" NOT NULL,
    object_id   TEXT COLLATE "C" NOT NULL,
    version     BIGINT NOT NULL,
    fields      TEXT COLLATE "C" NOT NULL, -- JSON; null once they are erased
    replaced_at BIGINT NOT NULL,
    replaced_by TEXT COLLATE "C" NOT NULL, -- a system user; '' for Rekey itself
    deleted     BOOLEAN NOT NULL, -- it was not replaced but deleted
    PRIMARY KEY (kind, object_id, version)
);
CREATE INDEX history_replaced ON history (replaced_at);

-- +goose Down
SELECT 1;
