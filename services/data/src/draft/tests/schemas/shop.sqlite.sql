-- A shop: customers, products in categories, orders with their items.
CREATE TABLE categories (
    id INTEGER PRIMARY KEY,
    parent_id INTEGER REFERENCES categories ON DELETE CASCADE,
    name TEXT NOT NULL UNIQUE
);
CREATE INDEX categories_parent ON categories (parent_id);

CREATE TABLE customers (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    full_name VARCHAR(100) NOT NULL,
    birthday DATE,
    newsletter BOOLEAN NOT NULL DEFAULT 0,
    preferences JSON NOT NULL DEFAULT '{}',
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE products (
    sku TEXT PRIMARY KEY NOT NULL,
    category_id INTEGER NOT NULL REFERENCES categories (id),
    name TEXT NOT NULL,
    price DECIMAL(10, 2) NOT NULL DEFAULT 0,
    weight_kg REAL,
    stock INTEGER NOT NULL,
    picture BLOB,
    anything,
    label TEXT GENERATED ALWAYS AS (name || ' (' || sku || ')') STORED
) WITHOUT ROWID;
CREATE INDEX products_category ON products (category_id, name);
CREATE INDEX products_stocked ON products (name) WHERE stock > 0;

CREATE TABLE orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id TEXT NOT NULL REFERENCES customers,
    status TEXT NOT NULL DEFAULT 'pending',
    total NUMERIC NOT NULL,
    note TEXT,
    ordered_at TIMESTAMP NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
CREATE INDEX orders_customer ON orders (customer_id);

CREATE TABLE order_items (
    order_id INTEGER NOT NULL REFERENCES orders ON DELETE CASCADE,
    line SMALLINT NOT NULL,
    sku TEXT NOT NULL REFERENCES products,
    quantity INTEGER NOT NULL DEFAULT 1,
    price DECIMAL(10, 2) NOT NULL,
    PRIMARY KEY (order_id, line)
);
CREATE INDEX order_items_sku ON order_items (sku);

CREATE VIEW order_totals AS SELECT order_id, sum(price * quantity) AS total FROM order_items GROUP BY order_id;

CREATE VIRTUAL TABLE product_search USING fts5 (name);

CREATE TABLE visits (
    at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    path TEXT NOT NULL
);

INSERT INTO categories (name) VALUES ('Tea'), ('Coffee');
INSERT INTO categories (name, parent_id) VALUES ('Green tea', 1);
INSERT INTO customers (id, email, full_name, birthday) VALUES
    ('ada', 'ada@example.org', 'Ada', '1815-12-10'), ('bob', 'bob@example.org', 'Bob', NULL);
INSERT INTO products (sku, category_id, name, price, weight_kg, stock, picture, anything) VALUES
    ('TEA00001', 1, 'Assam', 4.50, 0.25, 100, x'00ff10', 'some'), ('TEA00002', 3, 'Sencha', 12, NULL, 0, NULL, 7);
INSERT INTO orders (customer_id, status, total, note) VALUES
    ('ada', 'paid', 9, 'Ring twice'), ('ada', 'pending', 12.5, NULL), ('bob', 'pending', 0, NULL);
INSERT INTO order_items VALUES (1, 0, 'TEA00001', 2, 4.5), (1, 1, 'TEA00002', 1, 0), (2, 1, 'TEA00002', 1, 12);
