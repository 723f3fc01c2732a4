-- Attachments of features, and their content. Made when the first attachment is kept.

-- A file that belongs to a feature. The columns up to sha256 are tracked like a feature's.
CREATE TABLE rhumb_attachment (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- its number in this file; never reused
    global_id TEXT NOT NULL UNIQUE,  -- in braces, upper case
    layer_id INTEGER NOT NULL,
    parent TEXT NOT NULL,            -- GlobalID of the feature
    name TEXT NOT NULL,              -- file name
    content_type TEXT NOT NULL,      -- image/jpeg
    size INTEGER NOT NULL,           -- bytes
    keywords TEXT NOT NULL DEFAULT '',
    sha256 BLOB,                     -- of the content; NULL: somebody else has it and did not say
    url TEXT,                        -- where the service has the content; NULL: it was made here
    wanted INTEGER NOT NULL DEFAULT 0, -- 1: the content is to be fetched
    failure TEXT,                    -- why its last transfer failed
    kept INTEGER NOT NULL DEFAULT 0  -- 1: stays though its feature was deleted elsewhere
);
CREATE INDEX rhumb_attachment_parent ON rhumb_attachment (parent, layer_id);
CREATE INDEX rhumb_attachment_content ON rhumb_attachment (sha256);
CREATE INDEX rhumb_attachment_wanted ON rhumb_attachment (id) WHERE wanted = 1;

-- The edit log: one row for each attachment and generation, written by its first edit there.
CREATE TABLE rhumb_attachment_edit (
    generation INTEGER NOT NULL,
    id INTEGER NOT NULL,
    existed INTEGER NOT NULL,        -- 0: the generation made it; 1: it was as old_* say
    old_global_id TEXT,
    old_layer_id INTEGER,
    old_parent TEXT,
    old_name TEXT,
    old_content_type TEXT,
    old_size INTEGER,
    old_keywords TEXT,
    old_sha256 BLOB,
    PRIMARY KEY (generation, id)
) WITHOUT ROWID;

CREATE INDEX rhumb_attachment_edit_id ON rhumb_attachment_edit (id);
CREATE INDEX rhumb_attachment_edit_global_id ON rhumb_attachment_edit (old_global_id)
    WHERE old_global_id IS NOT NULL;

-- Content, once for each SHA-256, whoever refers to it.
CREATE TABLE rhumb_content (
    id INTEGER PRIMARY KEY,
    sha256 BLOB UNIQUE,              -- NULL only while it is being written
    size INTEGER NOT NULL,
    have INTEGER NOT NULL,           -- bytes that are here, from the start; all when equal to size
    touched_ms INTEGER NOT NULL      -- when a piece last came
);
-- Piece n (from 0) of 256 KiB of content c has the id c * 16777216 + n; the last one is shorter.
CREATE TABLE rhumb_content_chunk (
    id INTEGER PRIMARY KEY,
    data BLOB NOT NULL
);
-- Content that an attachment gave up: reclaimed when no other refers to it.
CREATE TABLE rhumb_content_released (
    sha256 BLOB PRIMARY KEY NOT NULL
) WITHOUT ROWID;

CREATE TRIGGER rhumb_track_attachment_insert AFTER INSERT ON rhumb_attachment BEGIN
    INSERT INTO rhumb_attachment_edit (generation, id, existed)
    VALUES ((SELECT max(generation) + 1 FROM rhumb_changeset), NEW.id, 0) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER rhumb_track_attachment_update BEFORE UPDATE OF global_id, layer_id, parent, name,
    content_type, size, keywords, sha256 ON rhumb_attachment BEGIN
    INSERT INTO rhumb_attachment_edit VALUES ((SELECT max(generation) + 1 FROM rhumb_changeset),
        OLD.id, 1, OLD.global_id, OLD.layer_id, OLD.parent, OLD.name, OLD.content_type, OLD.size,
        OLD.keywords, OLD.sha256) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER rhumb_track_attachment_delete BEFORE DELETE ON rhumb_attachment BEGIN
    INSERT INTO rhumb_attachment_edit VALUES ((SELECT max(generation) + 1 FROM rhumb_changeset),
        OLD.id, 1, OLD.global_id, OLD.layer_id, OLD.parent, OLD.name, OLD.content_type, OLD.size,
        OLD.keywords, OLD.sha256) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER rhumb_release_content AFTER DELETE ON rhumb_attachment
    WHEN OLD.sha256 IS NOT NULL BEGIN
    INSERT OR IGNORE INTO rhumb_content_released VALUES (OLD.sha256);
END;
CREATE TRIGGER rhumb_release_replaced AFTER UPDATE OF sha256 ON rhumb_attachment
    WHEN OLD.sha256 IS NOT NULL AND OLD.sha256 IS NOT NEW.sha256 BEGIN
    INSERT OR IGNORE INTO rhumb_content_released VALUES (OLD.sha256);
END;
