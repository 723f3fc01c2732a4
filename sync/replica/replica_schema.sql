-- What a device keeps about its replica, beside the geodatabase's own tables.

-- The one replica of this file.
CREATE TABLE rhumb_replica (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    service_url TEXT NOT NULL,        -- …/FeatureServer, without a trailing slash
    name TEXT NOT NULL,               -- unique name, chosen before createReplica is sent
    replica_id TEXT,                  -- as the service wrote it; NULL while creating
    model INTEGER NOT NULL,           -- SyncModel
    state INTEGER NOT NULL,           -- Replica::State
    server_generation TEXT,           -- perReplica: last generation applied whole
    speaks_rhumb INTEGER NOT NULL DEFAULT 0,
    extent TEXT,                      -- geometry parameter of createReplica
    extent_epsg INTEGER,              -- its spatial reference; NULL: the service's
    created_ms INTEGER NOT NULL,
    last_sync_ms INTEGER,             -- end of the last synchronization that ended well and sent or
                                      -- took anything: one that did not writes nothing
    agreement TEXT NOT NULL DEFAULT '', -- JSON of the wishes it was made with, to make it anew;
                                        -- '' in a file that was made before they were kept
    last_batch TEXT,                    -- GUID of the batch that was settled last; '' for none yet,
                                        -- NULL when it is not known
    stopped TEXT NOT NULL DEFAULT '',   -- why it is not synchronized any more, above all that it is
                                        -- a copy of another file; '' when it is
    history TEXT NOT NULL DEFAULT ''    -- mark of the service's history at the last generation
                                        -- taken from it; '' when it tells none
);

CREATE TABLE rhumb_replica_layer (
    layer_id INTEGER PRIMARY KEY,     -- number of the layer in the service and in this file
    where_clause TEXT NOT NULL,       -- "" for none
    use_geometry INTEGER NOT NULL,
    server_generation TEXT,           -- perLayer: last generation applied whole
    fingerprint TEXT NOT NULL,        -- of the schema as agreed
    object_id_field TEXT NOT NULL,    -- name of the object id on the wire
    policy INTEGER NOT NULL DEFAULT 1,      -- MergePolicy: who wins a conflict
    editor_field TEXT NOT NULL DEFAULT '',  -- field that tells who edited last; "" for none
    stopped TEXT NOT NULL DEFAULT ''        -- why the layer is left out; "" when it is not
);

-- Batches: edits sealed under an id before they are first sent, until their receipt is stored.
CREATE TABLE rhumb_batch (
    batch_id BLOB PRIMARY KEY NOT NULL, -- 16 bytes; the service recognizes a repeat by it
    generation INTEGER NOT NULL,      -- edits up to this generation belong to it
    state INTEGER NOT NULL,           -- 1 sealed, 2 sent with outcome unknown
    sealed_ms INTEGER NOT NULL
);

-- How far the running synchronization came; at most one row.
CREATE TABLE rhumb_rung (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    step TEXT NOT NULL,               -- name of the next step
    facts TEXT NOT NULL               -- JSON of what that step must know: URLs, paths, offset,
                                      -- validator, options of the caller, counts so far
);

-- Values that lost. Never purged silently.
CREATE TABLE rhumb_conflict (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    layer_id INTEGER NOT NULL,
    feature TEXT NOT NULL,            -- GlobalID in braces
    column_name TEXT NOT NULL,        -- "" when one side deleted the feature
    base TEXT NOT NULL,               -- JSON value before both; "" for none
    mine TEXT NOT NULL,               -- JSON value here; "" for deleted
    theirs TEXT NOT NULL,             -- JSON value of the service; "" for deleted
    winner INTEGER NOT NULL,          -- Winner: whose value stood in the row afterwards
    at_ms INTEGER NOT NULL,
    policy INTEGER NOT NULL DEFAULT 1,      -- MergePolicy that was in force
    state INTEGER NOT NULL DEFAULT 2,       -- Conflict::State
    mine_by TEXT NOT NULL DEFAULT '',       -- this device
    theirs_by TEXT NOT NULL DEFAULT '',     -- editor in the service; "" when it does not say
    resolved_ms INTEGER NOT NULL DEFAULT 0, -- when somebody decided; 0: nobody has
    resolved_value TEXT NOT NULL DEFAULT '' -- JSON that was given in place of both
);

-- Edits that the service refused, with their data. Never purged silently.
CREATE TABLE rhumb_rejected (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    layer_id INTEGER NOT NULL,
    feature TEXT NOT NULL,            -- GlobalID in braces
    kind INTEGER NOT NULL,            -- NetEdit::Kind
    code INTEGER NOT NULL,            -- the service's code
    reason TEXT NOT NULL,             -- the service's words
    at_ms INTEGER NOT NULL,
    feature_json TEXT NOT NULL,       -- the feature as it was sent
    state INTEGER NOT NULL DEFAULT 1,       -- RejectedEdit::State
    keeping INTEGER NOT NULL DEFAULT 0,     -- RejectedEdit::Keeping; 1: in the edit log, under
                                            -- generation -1, which no upload looks at
    attempts INTEGER NOT NULL DEFAULT 1,    -- how often the service has refused it
    decided_ms INTEGER NOT NULL DEFAULT 0   -- 0: not yet
);
