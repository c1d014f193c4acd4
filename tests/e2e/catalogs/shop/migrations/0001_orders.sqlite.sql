CREATE TABLE orders (
    id        TEXT PRIMARY KEY NOT NULL,
    status    INTEGER NOT NULL CHECK (status BETWEEN 1 AND 3),
    buyer     TEXT NOT NULL,
    total     TEXT NOT NULL,
    placed_at TEXT NOT NULL,
    sent_at   TEXT,
    details   TEXT NOT NULL CHECK (json_valid(details)),
    gift      INTEGER NOT NULL,
    comment   TEXT,
    street    TEXT NOT NULL,
    city      TEXT NOT NULL,
    zip       TEXT,
    label     BLOB NOT NULL,
    weight    REAL NOT NULL,
    discount  REAL NOT NULL,
    stars     INTEGER,
    pieces    INTEGER NOT NULL,
    coupon    TEXT
) STRICT;

CREATE TABLE lines (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id TEXT NOT NULL CONSTRAINT lines_order REFERENCES orders (id),
    product  TEXT NOT NULL,
    pieces   INTEGER NOT NULL CONSTRAINT lines_some CHECK (pieces > 0),
    price    TEXT NOT NULL
) STRICT;
CREATE INDEX orders_by_status ON orders (status, placed_at, id);
CREATE INDEX orders_by_buyer ON orders (buyer, placed_at, id);
CREATE INDEX orders_by_time ON orders (placed_at, id);
