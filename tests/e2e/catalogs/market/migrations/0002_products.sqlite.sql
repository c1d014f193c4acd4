-- SQLite makes UUIDs of version 4 out of random bytes, and keeps prices as text so that no cent is lost.
CREATE TABLE products (
    id TEXT PRIMARY KEY NOT NULL DEFAULT (
        lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-'
            || substr('89AB', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))
    ),
    name          TEXT NOT NULL,
    maker_id      INTEGER NOT NULL REFERENCES makers,
    status        TEXT NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'on_sale', 'sold_out')),
    price         TEXT NOT NULL CONSTRAINT price_is_not_negative
        CHECK (price GLOB '*[0-9].[0-9][0-9]' AND price NOT GLOB '*[^0-9.]*'),
    gift          INTEGER NOT NULL,
    stock         INTEGER NOT NULL,
    views         INTEGER NOT NULL,
    weight_kg     REAL NOT NULL,
    rating        REAL,
    subtitle      TEXT,
    reorder_level INTEGER,
    fragile       INTEGER,
    released_on   TEXT,
    thumbnail     BLOB,
    attributes    TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(attributes)),
    width_mm      REAL,
    height_mm     REAL,
    aisle         TEXT,
    level         INTEGER,
    created_at    TEXT NOT NULL,
    sold_out_at   TEXT
) STRICT;

CREATE TABLE reviews (
    id         INTEGER PRIMARY KEY,
    product_id TEXT NOT NULL REFERENCES products,
    stars      INTEGER NOT NULL,
    text       TEXT NOT NULL,
    written_at TEXT NOT NULL
) STRICT;

CREATE TABLE promotions (
    product_id TEXT PRIMARY KEY NOT NULL REFERENCES products ON DELETE CASCADE,
    text       TEXT NOT NULL,
    percent    INTEGER NOT NULL
) STRICT;
