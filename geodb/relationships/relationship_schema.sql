-- Relationships between layers: which features are children of which, by equal keys.

CREATE TABLE IF NOT EXISTS rhumb_relationship (
    id INTEGER PRIMARY KEY,             -- its number in the service; never reused while it stands
    name TEXT NOT NULL UNIQUE,
    origin_layer INTEGER NOT NULL REFERENCES rhumb_layer(id),      -- the parents
    destination_layer INTEGER NOT NULL REFERENCES rhumb_layer(id), -- the children
    origin_key TEXT NOT NULL,           -- column of the parents
    destination_key TEXT NOT NULL,      -- column of the children that holds the parent's key
    cardinality INTEGER NOT NULL,       -- 1 one to one, 2 one to many
    composite INTEGER NOT NULL          -- 1: children go when their parent goes
);

-- The related-tables extension of GeoPackage: how other programs hear of relationships. Its
-- mapping tables are views here, made from the keys.
CREATE TABLE IF NOT EXISTS gpkgext_relations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    base_table_name TEXT NOT NULL,
    base_primary_column TEXT NOT NULL DEFAULT 'id',
    related_table_name TEXT NOT NULL,
    related_primary_column TEXT NOT NULL DEFAULT 'id',
    relation_name TEXT NOT NULL,
    mapping_table_name TEXT NOT NULL UNIQUE
);
INSERT INTO gpkg_extensions
    SELECT 'gpkgext_relations', NULL, 'gpkg_related_tables',
           'http://www.opengis.net/doc/IS/gpkg-rte/1.0', 'read-write'
    WHERE NOT EXISTS (SELECT 1 FROM gpkg_extensions WHERE table_name = 'gpkgext_relations');
