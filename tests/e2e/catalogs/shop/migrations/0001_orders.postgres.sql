CREATE TYPE order_status AS ENUM ('open', 'paid', 'sent');

CREATE TABLE orders (
    id        uuid PRIMARY KEY,
    status    order_status NOT NULL,
    buyer     text NOT NULL,
    total     numeric(30, 2) NOT NULL,
    placed_at timestamptz NOT NULL,
    sent_at   timestamptz,
    details   jsonb NOT NULL,
    gift      boolean NOT NULL,
    comment   text,
    street    text NOT NULL,
    city      text NOT NULL,
    zip       varchar(10),
    label     bytea NOT NULL,
    weight    double precision NOT NULL,
    discount  real NOT NULL,
    stars     smallint,
    pieces    integer NOT NULL,
    coupon    text
);

CREATE TABLE lines (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id uuid NOT NULL CONSTRAINT lines_order REFERENCES orders (id),
    product  text NOT NULL,
    pieces   integer NOT NULL CONSTRAINT lines_some CHECK (pieces > 0),
    price    numeric(10, 2) NOT NULL
);
CREATE INDEX orders_by_status ON orders (status, placed_at, id);
CREATE INDEX orders_by_buyer ON orders (buyer, placed_at, id);
CREATE INDEX orders_by_time ON orders (placed_at, id);
