-- The changesets of a served geodatabase: what each generation changed, in the format of SQLite's
-- session extension, and its id, which vouches for all history before it.

CREATE TABLE IF NOT EXISTS rhumb_changeset_content (
    generation INTEGER PRIMARY KEY,  -- as in rhumb_changeset
    id BLOB NOT NULL UNIQUE,         -- SHA-1 (20 bytes) of parent, prefix and change stream
    parent BLOB NOT NULL,            -- id of the changeset before; 20 zero bytes for the first
    prefix BLOB NOT NULL,            -- DDL that runs before the data, as the format has it; may be empty
    size INTEGER NOT NULL,           -- bytes of the change stream
    inserts INTEGER NOT NULL,
    updates INTEGER NOT NULL,
    deletes INTEGER NOT NULL
);

-- The change stream in pieces, so that none is ever held whole.
CREATE TABLE IF NOT EXISTS rhumb_changeset_piece (
    generation INTEGER NOT NULL REFERENCES rhumb_changeset_content(generation),
    piece INTEGER NOT NULL,          -- counted from 0
    bytes BLOB NOT NULL,
    PRIMARY KEY (generation, piece)
);
