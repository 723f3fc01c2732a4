-- What a device keeps about the attachments of its replica. Made when a policy is first set.

CREATE TABLE rhumb_attachment_policy (
    layer_id INTEGER PRIMARY KEY,
    policy INTEGER NOT NULL           -- AttachmentPolicy: what of the content is fetched
);

-- What the service agreed to at the creation of the replica; one row.
CREATE TABLE rhumb_attachment_agreement (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    direction INTEGER NOT NULL        -- wire::AttachmentsDirection
);

-- Attachment edits sealed under an id before they are first sent; at most one row.
CREATE TABLE rhumb_attachment_batch (
    batch_id BLOB PRIMARY KEY NOT NULL,
    generation INTEGER NOT NULL,      -- edits up to this generation belong to it
    sends INTEGER NOT NULL            -- how often it was sent: above 0 its outcome is unknown
);

-- Content on its way to a service that takes upload items.
CREATE TABLE rhumb_attachment_upload (
    attachment_id INTEGER PRIMARY KEY,
    sha256 BLOB NOT NULL,             -- another one: the photo was replaced, begin again
    item_id TEXT NOT NULL,            -- as the service wrote it
    parts INTEGER NOT NULL,           -- how many have arrived, from the first
    committed INTEGER NOT NULL,
    sent INTEGER NOT NULL,            -- their bytes
    plan TEXT NOT NULL                -- how it is cut into parts; "" as no link has broken yet
);

-- The content that is on its way here from an address, in the file beside the replica.
CREATE TABLE rhumb_attachment_fetch (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    attachment_id INTEGER NOT NULL,
    validator TEXT NOT NULL           -- ETag of what is in the file; "" when there was none
);
