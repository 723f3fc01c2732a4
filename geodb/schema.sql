-- Rhumb's own tables in a geodatabase, registered as an extension of the GeoPackage.
-- Beside these stands one table rhumb_edit_<layer id> for each layer; tracking/ writes its DDL.

-- Facts about the geodatabase as a whole.
CREATE TABLE rhumb_meta (
    name TEXT PRIMARY KEY NOT NULL,  -- format_version, database_id, oldest_generation
    value NOT NULL
) WITHOUT ROWID;

-- The layers and tables that are tracked and served.
CREATE TABLE rhumb_layer (
    id INTEGER PRIMARY KEY,          -- the layer's number in the service; never reused
    table_name TEXT NOT NULL UNIQUE, -- the GeoPackage table
    name TEXT NOT NULL,              -- how people and the wire call it
    global_id_column TEXT NOT NULL   -- the TEXT column, unique, that identifies a feature anywhere
);

-- What the declared type of a GeoPackage column cannot say. A column without a row here has the
-- type that its declaration gives.
CREATE TABLE rhumb_field (
    layer_id INTEGER NOT NULL REFERENCES rhumb_layer(id),
    column_name TEXT NOT NULL,
    type INTEGER NOT NULL,           -- FieldType
    PRIMARY KEY (layer_id, column_name)
) WITHOUT ROWID;

-- The timeline: one row for each committed transaction. Edits made now are logged under
-- max(generation) + 1; the row here closes that generation.
CREATE TABLE rhumb_changeset (
    generation INTEGER PRIMARY KEY,
    made_ms INTEGER NOT NULL,        -- when it was closed, ms since 1970 UTC
    origin BLOB,                     -- replica (16 bytes) whose upload this is; NULL: edited here
    batch BLOB,                      -- id (16 bytes) of the uploaded or sealed batch, if any
    edits INTEGER NOT NULL           -- features edited; -1: by another program, not counted
);
INSERT INTO rhumb_changeset VALUES (0, 0, NULL, NULL, 0);
