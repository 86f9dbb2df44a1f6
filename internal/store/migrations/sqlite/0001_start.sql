-- +goose Up

-- Moments are microseconds since 1970 in UTC; 0 is never. JSON is stored as
-- text and decoded in Go. Ids are UUIDs of version 7, so their order is that of
-- creation.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
);

CREATE TABLE system_users (
    id                    TEXT PRIMARY KEY,
    address               TEXT NOT NULL,
    address_key           TEXT NOT NULL,
    first_name            TEXT NOT NULL,
    last_name             TEXT NOT NULL,
    search                TEXT NOT NULL, -- name and address, folded
    type                  TEXT NOT NULL,
    role                  TEXT NOT NULL,
    rank                  BIGINT NOT NULL,
    status                TEXT NOT NULL,
    language              TEXT NOT NULL,
    time_zone             TEXT NOT NULL,
    attributes            TEXT NOT NULL,
    chosen                TEXT NOT NULL, -- verifier of the chosen password, '' for none
    password_version      BIGINT NOT NULL,
    password_changed_at   BIGINT NOT NULL,
    last_login_at         BIGINT NOT NULL,
    last_password_call_at BIGINT NOT NULL,
    last_logon_event_at   BIGINT NOT NULL,
    created_at            BIGINT NOT NULL,
    updated_at            BIGINT NOT NULL,
    version               BIGINT NOT NULL
);
CREATE UNIQUE INDEX system_users_address ON system_users (address_key);
CREATE INDEX system_users_administrators ON system_users (id) WHERE role = 'administrator';

-- A source belongs to one system user.
CREATE TABLE event_sources (
    source  TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    names   TEXT NOT NULL
);
CREATE INDEX event_sources_user ON event_sources (user_id);

-- Earlier chosen passwords, for the history and the change limit of Classic.
CREATE TABLE password_history (
    user_id  TEXT NOT NULL,
    set_at   BIGINT NOT NULL,
    verifier TEXT NOT NULL,
    PRIMARY KEY (user_id, set_at)
);

CREATE TABLE tokens (
    id           TEXT PRIMARY KEY,
    user_id      TEXT NOT NULL,
    name         TEXT NOT NULL,
    hash         BLOB NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX tokens_hash ON tokens (hash);
CREATE INDEX tokens_user ON tokens (user_id);

CREATE TABLE sessions (
    token      TEXT PRIMARY KEY, -- a hash
    data       BLOB NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Counters that limit log-in attempts and requests.
CREATE TABLE counters (
    name       TEXT PRIMARY KEY, -- what is counted, for whom, from where
    times      TEXT NOT NULL, -- when it happened lately, as JSON, the oldest first
    until      BIGINT NOT NULL, -- locked until
    expires_at BIGINT NOT NULL
);
CREATE INDEX counters_expiry ON counters (expires_at);

-- One-time links that make an administrator.
CREATE TABLE setup_links (
    hash       BLOB PRIMARY KEY,
    user_id    TEXT NOT NULL, -- '' for the first administrator
    expires_at BIGINT NOT NULL
);

CREATE TABLE events (
    id          TEXT PRIMARY KEY,
    type        TEXT NOT NULL,
    name        TEXT NOT NULL,
    source      TEXT NOT NULL,
    source_id   TEXT NOT NULL,
    time        BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    users       TEXT NOT NULL,
    data        TEXT NOT NULL,
    digest      BLOB NOT NULL,
    posted_by   TEXT NOT NULL
);
CREATE UNIQUE INDEX events_source ON events (source, source_id);
CREATE INDEX events_type ON events (type, id);

CREATE TABLE selections (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    name_key    TEXT NOT NULL,
    description TEXT NOT NULL,
    owner_id    TEXT NOT NULL,
    expression  TEXT NOT NULL,
    built_in    TEXT NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX selections_name ON selections (name_key);

CREATE TABLE automations (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    name_key     TEXT NOT NULL,
    description  TEXT NOT NULL,
    owner_id     TEXT NOT NULL,
    event_type   TEXT NOT NULL,
    event_filter TEXT NOT NULL,
    job_type     TEXT NOT NULL,
    job_params   TEXT NOT NULL,
    selection_id TEXT NOT NULL,
    delay_unit   TEXT NOT NULL,
    delay_value  BIGINT NOT NULL,
    time_zone    TEXT NOT NULL,
    status       TEXT NOT NULL,
    built_in     TEXT NOT NULL,
    version      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX automations_name ON automations (name_key);
CREATE INDEX automations_event ON automations (event_type) WHERE status = 'active';
CREATE INDEX automations_owner ON automations (owner_id);
CREATE INDEX automations_selection ON automations (selection_id);

CREATE TABLE runs (
    id            TEXT PRIMARY KEY,
    automation_id TEXT NOT NULL,
    event_id      TEXT NOT NULL,
    acts_for      TEXT NOT NULL,
    asked_by      TEXT NOT NULL,
    state         TEXT NOT NULL,
    reason        TEXT NOT NULL,
    detail        TEXT NOT NULL,
    due_at        BIGINT NOT NULL,
    enqueued_at   BIGINT NOT NULL, -- when a job was last made for it
    created_at    BIGINT NOT NULL,
    started_at    BIGINT NOT NULL,
    finished_at   BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX runs_event ON runs (event_id, automation_id);
CREATE INDEX runs_automation ON runs (automation_id, id);
CREATE INDEX runs_state ON runs (state, id);
CREATE INDEX runs_due ON runs (due_at) WHERE state IN ('waiting', 'held');

-- A part of a run that one job sends. next_at is when it needs work again, NULL
-- when nothing is left.
CREATE TABLE batches (
    run_id      TEXT NOT NULL,
    number      BIGINT NOT NULL,
    next_at     BIGINT,
    enqueued_at BIGINT NOT NULL,
    PRIMARY KEY (run_id, number)
);
CREATE INDEX batches_due ON batches (next_at) WHERE next_at IS NOT NULL;

-- The text that the messages of an occasion share, by its digest.
CREATE TABLE forms (
    digest  BLOB PRIMARY KEY,
    content BLOB NOT NULL
);

CREATE TABLE deliveries (
    id               TEXT PRIMARY KEY,
    run_id           TEXT NOT NULL,
    user_id          TEXT NOT NULL,
    subject          TEXT NOT NULL,
    number           BIGINT NOT NULL,
    batch            BIGINT NOT NULL,
    state            TEXT NOT NULL,
    reason           TEXT NOT NULL,
    old_password     TEXT NOT NULL,
    asked_by         TEXT NOT NULL,
    address          TEXT NOT NULL DEFAULT '',
    verifier         TEXT NOT NULL DEFAULT '',
    sealed           BLOB,
    form             BLOB,
    password_version BIGINT NOT NULL DEFAULT 0,
    issued_at        BIGINT NOT NULL DEFAULT 0,
    valid_until      BIGINT NOT NULL DEFAULT 0,
    attempting       BOOLEAN NOT NULL DEFAULT FALSE,
    doubtful         BOOLEAN NOT NULL DEFAULT FALSE,
    attempts         BIGINT NOT NULL DEFAULT 0,
    next_attempt     BIGINT NOT NULL DEFAULT 0,
    claim            TEXT NOT NULL DEFAULT '',
    claim_until      BIGINT NOT NULL DEFAULT 0,
    reply_code       BIGINT NOT NULL DEFAULT 0,
    reply_text       TEXT NOT NULL DEFAULT '',
    accepted_at      BIGINT NOT NULL DEFAULT 0,
    ended_at         BIGINT NOT NULL DEFAULT 0,
    changed_at       BIGINT NOT NULL DEFAULT 0,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL
);
-- I10: at most one unfinished delivery for a system user.
CREATE UNIQUE INDEX deliveries_unfinished ON deliveries (user_id)
    WHERE state IN ('queued', 'issued', 'deferred');
CREATE INDEX deliveries_run ON deliveries (run_id, id);
CREATE INDEX deliveries_batch ON deliveries (run_id, batch, id);
CREATE INDEX deliveries_user ON deliveries (user_id, id);
CREATE INDEX deliveries_expiry ON deliveries (valid_until) WHERE verifier <> '';

-- +goose Down
SELECT 1;
