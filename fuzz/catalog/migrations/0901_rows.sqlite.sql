CREATE TABLE rows (
    id    INTEGER PRIMARY KEY,
    name  TEXT NOT NULL,
    mood  TEXT NOT NULL DEFAULT 'good',
    size  REAL NOT NULL DEFAULT 1.5,
    since INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO rows (id, name, mood) VALUES
    (1, 'plain', 'good'),
    (2, '''; DROP TABLE rows; --', 'bad'),
    (3, ':name ?1 $1 /*', 'good'),
    (4, '''; DROP TABLE rows; --', 'good'),
    (5, '" OR "" = "', 'bad'),
    (6, '', 'good');
CREATE TABLE everything (
    a REAL, b REAL, c INTEGER, d INTEGER, e INTEGER, f INTEGER, g INTEGER, h INTEGER, i INTEGER, j INTEGER, k INTEGER,
    l INTEGER, m INTEGER, n TEXT, o BLOB, p TEXT, q TEXT, r INTEGER, s TEXT, t TEXT, u INTEGER, v TEXT, w TEXT, x TEXT,
    y TEXT, z TEXT, aa TEXT, bb TEXT, cc TEXT, dd INTEGER, ee TEXT, ff TEXT, gg TEXT, hh INTEGER, ii TEXT, jj TEXT, kk TEXT,
    ll TEXT, mm TEXT
) STRICT;
INSERT INTO authors (id, name) VALUES (1, 'Ada'), (2, 'Homer');
INSERT INTO books (id, title, author_id, price) VALUES (1, 'Iliad', 2, '12.50'), (2, 'No''tes', 1, '30.00'), (3, 'Odyssey', 2, '11.00');
INSERT INTO orders (id, customer) VALUES (1, 'Bo'), (2, '''--');
INSERT INTO order_items (order_id, line, book_id, quantity) VALUES (1, 1, 1, 2), (2, 1, 3, 1);
