-- Keys and rows at which pages like to go wrong: microseconds, collations, numbers that are equal and written otherwise.
CREATE EXTENSION citext;
CREATE COLLATION by_number (provider = icu, locale = 'und-u-kn-true');
CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE DOMAIN sku AS text CHECK (VALUE ~ '^[A-Z]+-[0-9]+$');
CREATE DOMAIN skus AS sku[] CHECK (cardinality(VALUE) < 5);
CREATE DOMAIN past AS timestamptz CHECK (VALUE < '3000-01-01');
CREATE TYPE colour AS ENUM ('red', 'Deep Blue', '1st', 'unspecified');

CREATE TABLE readings (at timestamptz, sensor uuid, value double precision NOT NULL, PRIMARY KEY (at, sensor));
CREATE INDEX ON readings (sensor, at DESC);
CREATE TABLE local_times (at timestamp PRIMARY KEY, note text);
CREATE TABLE versions (name text COLLATE by_number PRIMARY KEY, note text);
CREATE TABLE nicknames (nick text COLLATE any_case PRIMARY KEY, note text);
CREATE TABLE words (word text PRIMARY KEY);
CREATE TABLE handles (handle citext PRIMARY KEY, note text);
CREATE TABLE weights (weight numeric PRIMARY KEY, note text);
CREATE TABLE ratios (ratio double precision PRIMARY KEY, tiny real NOT NULL UNIQUE);
CREATE TABLE codes (code char(6) PRIMARY KEY, small smallint NOT NULL, one "char" NOT NULL);
CREATE TABLE parts (id sku PRIMARY KEY, others skus NOT NULL DEFAULT '{}', seen past, colours colour[] NOT NULL DEFAULT '{red}',
    colour colour NOT NULL, double integer GENERATED ALWAYS AS (length(id) * 2) STORED);
CREATE INDEX ON parts (colour, id);
CREATE TABLE nodes (tree uuid, id integer, up integer, "rank" bigint GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (tree, id),
    FOREIGN KEY (tree, up) REFERENCES nodes (tree, id));
CREATE INDEX ON nodes (tree, up);
CREATE TABLE mails (id bigint PRIMARY KEY, address text UNIQUE, backup text UNIQUE NULLS NOT DISTINCT, folder text);
CREATE INDEX ON mails (folder, id);
CREATE INDEX ON local_times (note COLLATE "C");
CREATE INDEX ON weights (note text_pattern_ops);
CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, day date NOT NULL, what text NOT NULL, PRIMARY KEY (day, id))
    PARTITION BY RANGE (day);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2024-01-01') PARTITION BY HASH (id);
CREATE TABLE events_old_0 PARTITION OF events_old FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE events_old_1 PARTITION OF events_old FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TABLE vehicles (id integer PRIMARY KEY, wheels integer NOT NULL);
CREATE TABLE cars (doors integer NOT NULL, PRIMARY KEY (id)) INHERITS (vehicles);
CREATE MATERIALIZED VIEW busy AS SELECT folder, count(*) FROM mails GROUP BY folder;

INSERT INTO readings VALUES ('2024-05-01 12:00:00.000001+00', '6f9619ff-8b86-4011-b42d-00c04fc96401', 1), ('2024-05-01 12:00:00.000002+00', '6f9619ff-8b86-4011-b42d-00c04fc96401', 2),
    ('2024-05-01 12:00:00.000002+00', 'ff9619ff-8b86-4011-b42d-00c04fc96401', 'NaN'), ('2024-05-01 12:00:00.999999+00', '00000000-0000-0000-0000-000000000000', '-Infinity');
INSERT INTO local_times VALUES ('0001-01-01'), ('2024-05-01 12:00:00.000001'), ('9999-12-31 23:59:59.999999');
INSERT INTO versions VALUES ('v2'), ('v10'), ('v1'), ('V3');
INSERT INTO nicknames VALUES ('ada'), ('Bob'), ('ÉVE'), ('eve');
INSERT INTO words VALUES (' '), ('a'), ('A'), ('ä'), ('b'), ('B'), ('é'), ('e'), ('😀'), ('-a'), ('%'), (E'a\nb');
INSERT INTO handles VALUES ('Ada'), ('bob'), ('Ärger');
INSERT INTO weights VALUES (1.50), (1.5000001), (0), (-12345678901234567890.123456789), (1e30), (1e-30);
INSERT INTO ratios VALUES (0.1, 0.1), (0.30000000000000004, 1e-45), (5e-324, 3.4e38), (1.7976931348623157e308, 0);
INSERT INTO codes VALUES ('a', 1, 'x'), ('ab c', -1, 'y'), ('ABCDEF', 0, 'z');
INSERT INTO parts (id, others, seen, colours, colour) VALUES ('A-1', '{B-2}', '2024-01-01', '{red,"Deep Blue"}', 'Deep Blue'), ('B-2', '{}', NULL, '{}', '1st');
INSERT INTO nodes (tree, id, up) VALUES ('6f9619ff-8b86-4011-b42d-00c04fc96401', 1, NULL), ('6f9619ff-8b86-4011-b42d-00c04fc96401', 2, 1), ('6f9619ff-8b86-4011-b42d-00c04fc96402', 1, 1);
INSERT INTO mails VALUES (1, 'a', NULL, 'in'), (2, NULL, 'a', NULL), (9223372036854775807, NULL, 'b', 'in'), (-9223372036854775808, 'b', 'c', NULL);
INSERT INTO events (day, what) VALUES ('2023-01-01', 'a'), ('2023-01-01', 'b'), ('2024-06-01', 'c');
INSERT INTO vehicles VALUES (1, 2), (2, 3);
INSERT INTO cars VALUES (3, 4, 5);
