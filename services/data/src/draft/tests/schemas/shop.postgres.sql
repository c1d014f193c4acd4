-- A shop: customers, products in categories, orders with their items.
CREATE TYPE order_status AS ENUM ('pending', 'paid', 'shipped', 'cancelled');
CREATE TYPE loudness AS ENUM ('Very Loud', 'quiet');
COMMENT ON TYPE order_status IS 'How far an order has come.';

CREATE TABLE categories (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parent_id bigint REFERENCES categories ON DELETE CASCADE,
    name text NOT NULL UNIQUE
);
CREATE INDEX ON categories (parent_id);

CREATE TABLE customers (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email text NOT NULL UNIQUE,
    full_name varchar(100) NOT NULL,
    birthday date,
    newsletter boolean NOT NULL DEFAULT false,
    preferences jsonb NOT NULL DEFAULT '{}',
    loudness loudness NOT NULL DEFAULT 'quiet',
    last_address inet,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE customers IS 'Who buys.

Never removed: */ rpc Evil(X) returns (X); // :name';
COMMENT ON COLUMN customers.email IS 'Unique, and in lower case.';

CREATE TABLE products (
    sku char(8) PRIMARY KEY,
    category_id bigint NOT NULL REFERENCES categories,
    name text NOT NULL,
    price numeric(10, 2) NOT NULL DEFAULT 0,
    weight_kg real,
    volume double precision NOT NULL,
    stock integer NOT NULL,
    sold bigint NOT NULL DEFAULT 0,
    picture bytea,
    label text GENERATED ALWAYS AS (name || ' (' || sku || ')') STORED,
    released_at timestamp NOT NULL DEFAULT now()
);
CREATE INDEX ON products (category_id, name);
CREATE INDEX ON products (name) WHERE stock > 0;
CREATE INDEX ON products (lower(name));

CREATE TABLE orders (
    id bigserial PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES customers,
    status order_status NOT NULL DEFAULT 'pending',
    total numeric(12, 2) NOT NULL,
    note text,
    ordered_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    delivery interval
);
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON orders (status, ordered_at);

CREATE TABLE order_items (
    order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    line smallint NOT NULL,
    sku char(8) NOT NULL REFERENCES products,
    quantity integer NOT NULL DEFAULT 1,
    price numeric(10, 2) NOT NULL,
    PRIMARY KEY (order_id, line)
);
CREATE INDEX ON order_items (sku);

CREATE VIEW order_totals AS SELECT order_id, sum(price * quantity) AS total FROM order_items GROUP BY order_id;

CREATE TABLE visits (
    at timestamptz NOT NULL DEFAULT now(),
    path text NOT NULL
);

INSERT INTO categories (name) VALUES ('Tea'), ('Coffee');
INSERT INTO categories (name, parent_id) VALUES ('Green tea', 1);
INSERT INTO customers (id, email, full_name, birthday, last_address) VALUES
    ('6f9619ff-8b86-4011-b42d-00c04fc96401', 'ada@example.org', 'Ada', '1815-12-10', '10.0.0.1'),
    ('6f9619ff-8b86-4011-b42d-00c04fc96402', 'bob@example.org', 'Bob', NULL, NULL);
INSERT INTO products (sku, category_id, name, price, weight_kg, volume, stock, picture) VALUES
    ('TEA00001', 1, 'Assam', 4.50, 0.25, 0.5, 100, '\x00ff10'),
    ('TEA00002', 3, 'Sencha', 12.00, NULL, 0.25, 0, NULL);
INSERT INTO orders (customer_id, status, total, note, delivery) VALUES
    ('6f9619ff-8b86-4011-b42d-00c04fc96401', 'paid', 9.00, 'Ring twice', '1 mon 2 days'),
    ('6f9619ff-8b86-4011-b42d-00c04fc96401', 'pending', 12.00, NULL, NULL),
    ('6f9619ff-8b86-4011-b42d-00c04fc96402', 'pending', 0.00, NULL, '03:00');
INSERT INTO order_items VALUES (1, 0, 'TEA00001', 2, 4.50), (1, 1, 'TEA00002', 1, 0.00), (2, 1, 'TEA00002', 1, 12.00);
