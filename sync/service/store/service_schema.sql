-- What a served geodatabase keeps about its replicas.

CREATE TABLE IF NOT EXISTS rhumb_served_replica (
    replica_id BLOB PRIMARY KEY NOT NULL, -- 16 bytes
    name TEXT NOT NULL UNIQUE,
    model INTEGER NOT NULL,               -- SyncModel
    geometry TEXT NOT NULL,               -- spatial filter as it came; "" for none
    geometry_type TEXT NOT NULL,
    geometry_epsg INTEGER,                -- its reference; NULL: the service's
    replica_epsg INTEGER,                 -- reference of geometries sent; NULL: each layer's own
    acknowledged INTEGER NOT NULL,        -- perReplica: last generation the replica said it has
    created_ms INTEGER NOT NULL,
    last_sync_ms INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS rhumb_served_replica_layer (
    replica_id BLOB NOT NULL REFERENCES rhumb_served_replica(replica_id) ON DELETE CASCADE,
    layer_id INTEGER NOT NULL,
    query_option INTEGER NOT NULL,        -- QueryOption
    where_clause TEXT NOT NULL,
    use_geometry INTEGER NOT NULL,
    include_related INTEGER NOT NULL,
    acknowledged INTEGER NOT NULL,        -- perLayer: as above, for this layer
    PRIMARY KEY (replica_id, layer_id)
) WITHOUT ROWID;

-- Replicas that nobody synchronized for too long. They may still upload for a while; history is
-- no longer kept for them.
CREATE TABLE IF NOT EXISTS rhumb_expired_replica (
    replica_id BLOB PRIMARY KEY NOT NULL
        REFERENCES rhumb_served_replica(replica_id) ON DELETE CASCADE,
    expired_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- What was agreed with a replica beside its content. A replica without a row is a client's,
-- bidirectional.
CREATE TABLE IF NOT EXISTS rhumb_served_replica_terms (
    replica_id BLOB PRIMARY KEY NOT NULL
        REFERENCES rhumb_served_replica(replica_id) ON DELETE CASCADE,
    target_type INTEGER NOT NULL,         -- TargetType
    sync_direction INTEGER NOT NULL,      -- SyncDirection, seen from this service
    owner TEXT NOT NULL,                  -- user who made it; "" for anybody
    prepared INTEGER NOT NULL,            -- generation of the data it was made with
    sibling INTEGER                       -- generation of the other service that came in last
);

-- perLayer: the same for each layer.
CREATE TABLE IF NOT EXISTS rhumb_served_replica_sibling (
    replica_id BLOB NOT NULL REFERENCES rhumb_served_replica(replica_id) ON DELETE CASCADE,
    layer_id INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    PRIMARY KEY (replica_id, layer_id)
) WITHOUT ROWID;

-- Outcomes of uploaded batches: a batch that comes again gets the same answer and no effect.
CREATE TABLE IF NOT EXISTS rhumb_outcome (
    replica_id BLOB NOT NULL REFERENCES rhumb_served_replica(replica_id) ON DELETE CASCADE,
    batch_id BLOB NOT NULL,
    outcome TEXT NOT NULL,                -- JSON: the results of the edits
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (replica_id, batch_id)
) WITHOUT ROWID;

-- The batch that a replica's upload brought last: whoever speaks for the replica must know it.
CREATE TABLE IF NOT EXISTS rhumb_last_batch (
    replica_id BLOB PRIMARY KEY NOT NULL
        REFERENCES rhumb_served_replica(replica_id) ON DELETE CASCADE,
    batch_id BLOB NOT NULL
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS rhumb_changeset_origin ON rhumb_changeset (origin)
    WHERE origin IS NOT NULL;

-- What a replica agreed upon about attachments; none for a replica without a row.
CREATE TABLE IF NOT EXISTS rhumb_served_replica_attachments (
    replica_id BLOB PRIMARY KEY NOT NULL
        REFERENCES rhumb_served_replica(replica_id) ON DELETE CASCADE,
    returned INTEGER NOT NULL,            -- 1: attachments came with the first data
    by_url INTEGER NOT NULL,              -- 1: as links, 0: as base64
    direction INTEGER NOT NULL            -- AttachmentsDirection
) WITHOUT ROWID;

-- Upload items. The content is a file in the work folder beside the GeoPackage.
CREATE TABLE IF NOT EXISTS rhumb_upload_item (
    item_id BLOB PRIMARY KEY NOT NULL,    -- 16 bytes
    owner TEXT NOT NULL,                  -- who registered it; "" without sign-in
    name TEXT NOT NULL,                   -- as the client gave it
    description TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    touched_ms INTEGER NOT NULL,          -- last use: idle items are removed
    committed INTEGER NOT NULL,
    file TEXT NOT NULL,                   -- file of the whole content; "" until committed
    bytes INTEGER NOT NULL                -- its size; 0 until committed
);

CREATE TABLE IF NOT EXISTS rhumb_upload_part (
    item_id BLOB NOT NULL REFERENCES rhumb_upload_item(item_id) ON DELETE CASCADE,
    part INTEGER NOT NULL,                -- the client's number
    file TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (item_id, part)
) WITHOUT ROWID;

-- Asynchronous jobs, the finished ones too for a week.
CREATE TABLE IF NOT EXISTS rhumb_job (
    job_id BLOB PRIMARY KEY NOT NULL,     -- 16 bytes
    owner TEXT NOT NULL,                  -- who submitted it; "" without sign-in
    operation TEXT NOT NULL,              -- createReplica or synchronizeReplica
    parameters TEXT NOT NULL,             -- as a form; "" when they are in the file
    parameter_file TEXT NOT NULL,         -- in the work folder; "" for none
    batch_id BLOB,                        -- the client's name for the effect; NULL for none
    state INTEGER NOT NULL,               -- JobRecord::State: 1 pending, 2 running, 3.. over
    attempts INTEGER NOT NULL,            -- how often it was begun
    submitted_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    answer TEXT NOT NULL                  -- JSON: the outcome or the error; "" while there is none
);
CREATE INDEX IF NOT EXISTS rhumb_job_open ON rhumb_job (state, updated_ms) WHERE state <= 2;
CREATE INDEX IF NOT EXISTS rhumb_job_batch ON rhumb_job (batch_id) WHERE batch_id IS NOT NULL;

-- When each layer was last edited, here or by another program, its attachments included. It only
-- grows, by one at least with every changeset that touches the layer.
CREATE TABLE IF NOT EXISTS rhumb_layer_edited (
    layer_id INTEGER PRIMARY KEY,
    edited_ms INTEGER NOT NULL
);
