-- Names that nobody should give, and that somebody gave.
CREATE SCHEMA "Sales; DROP";
CREATE TYPE "order" AS ENUM ('status_open');
CREATE TYPE order_status AS ENUM ('open', 'shut');
CREATE TYPE "Shout" AS ENUM ('LOUD', 'quiet');
CREATE TABLE "Order Items" ("Order Id" integer PRIMARY KEY, "select" text, "Größe" text, "a""b" text, ":x" text, "$$" text,
    "--" text, "new
line" text, "1st" text, "名前" text, limit_ text, "limit" text, "after" text, page_size text, page_token text,
    update_mask text, read_mask text, etag text, request_id text, order_by text, "OrderId" text, order_id_ text,
    "message" text, "optional" text, "repeated" text, "reserved" text, "oneof" text, "import" text, "true" text);
CREATE INDEX ON "Order Items" ("limit");
CREATE INDEX ON "Order Items" ("after");
CREATE INDEX ON "Order Items" (page_size);
CREATE INDEX ON "Order Items" ("a""b");
CREATE INDEX ON "Order Items" ("select");
COMMENT ON TABLE "Order Items" IS E'*/ :x $$ -- \n } message Evil {}';
COMMENT ON COLUMN "Order Items"."--" IS E'One\r\ntwo \u2028 option (x) = 1; three';
CREATE TABLE "limit" ("limit" text PRIMARY KEY, "after" integer NOT NULL, status order_status, kind "order", shout "Shout");
CREATE TABLE update_mask (update_mask text, page_size integer, PRIMARY KEY (update_mask, page_size));
CREATE TABLE order_item (order_item text PRIMARY KEY);
CREATE TABLE get_order_item_request (id integer PRIMARY KEY);
CREATE TABLE google (google text PRIMARY KEY, protobuf text);
CREATE TABLE "1st" ("1" integer PRIMARY KEY, "2" text);
CREATE TABLE "名前" (id integer PRIMARY KEY);
CREATE TABLE "'; DROP TABLE ""x""; --" (id integer PRIMARY KEY, "'; SELECT :x --" text DEFAULT $$'; :x $$ || ':y');
CREATE TABLE "Sales; DROP"."orders" (ip inet PRIMARY KEY, net cidr NOT NULL DEFAULT '10.0.0.0/8', flags bit(3), at tstzrange);
CREATE TABLE nothing ();
CREATE TABLE only_key (a integer, b text, PRIMARY KEY (a, b));
CREATE TABLE only_identity (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE times (at timestamptz PRIMARY KEY, day date NOT NULL, "time" time NOT NULL, flag boolean NOT NULL, f real NOT NULL);

INSERT INTO "Order Items" ("Order Id", "select", ":x", "limit") VALUES (1, 'a', ':y', 'b'), (2, NULL, NULL, NULL);
INSERT INTO "limit" VALUES ('a', 1, 'open', 'status_open', 'LOUD'), ('b', 0, NULL, NULL, NULL);
INSERT INTO update_mask VALUES ('a', 1), ('a', 2);
INSERT INTO order_item VALUES ('a');
INSERT INTO get_order_item_request VALUES (1);
INSERT INTO google VALUES ('a', 'b');
INSERT INTO "1st" VALUES (1, 'a');
INSERT INTO "名前" VALUES (1);
INSERT INTO "'; DROP TABLE ""x""; --" VALUES (1), (2);
INSERT INTO "Sales; DROP"."orders" VALUES ('10.0.0.1', DEFAULT, B'101', '[2024-01-01,2024-02-01)'), ('10.0.0.2', DEFAULT, NULL, NULL);
INSERT INTO only_key VALUES (0, 'b'), (1, 'a');
INSERT INTO only_identity DEFAULT VALUES;
INSERT INTO times VALUES ('2024-02-29 12:00:00+00', '2024-02-29', '12:00', false, 0), ('2024-03-01 00:00:00+00', '2024-03-01', '24:00', true, 1.5);

CREATE TYPE address AS (street text, zip_code integer, since date, tags text[], status order_status);
CREATE TYPE visit AS (home address, at timestamptz, mood "Shout");
CREATE TYPE "Odd" AS ("Street" text);
CREATE TABLE places (id integer PRIMARY KEY, home address NOT NULL, visit visit, visits visit[], odd "Odd" NOT NULL,
    odds "Odd"[], states order_status[] NOT NULL DEFAULT '{open}', numbers numeric[], docs jsonb[], bits bit(2)[],
    cash money, document xml, letter "char", ranges int4range[]);
INSERT INTO places VALUES (1, ROW('a "b", c', 12, '2024-02-29', '{x,"y z"}', 'shut'),
    ROW(ROW('d', NULL, NULL, NULL, NULL), '2024-02-29 12:00+00', 'LOUD'), ARRAY[ROW(NULL, NULL, 'quiet')]::visit[],
    ROW('e'), ARRAY[ROW('f')]::"Odd"[], '{open,shut}', '{1.50,2}', ARRAY['{"a": [1, null]}', 'null']::jsonb[], '{10,01}',
    '12.50', '<a>b</a>', 'x', '{"[1,3)"}');
INSERT INTO places (id, home, odd) VALUES (2, ROW(NULL, NULL, NULL, NULL, NULL), ROW(NULL));
CREATE TABLE days (day date PRIMARY KEY, note text);
INSERT INTO days VALUES ('2024-02-29'), ('2024-03-01'), ('0001-01-01'), ('9999-12-31');
CREATE TABLE clocks ("time" time PRIMARY KEY, note text);
INSERT INTO clocks VALUES ('00:00'), ('12:30:00.5'), ('24:00');
CREATE TABLE amounts (amount numeric PRIMARY KEY, span interval NOT NULL UNIQUE, data bytea NOT NULL UNIQUE, note text);
INSERT INTO amounts VALUES (-1.5, '1 mon', '\x01'), (0, '-1 day', '\x00'), (12345678901234567890.123, '0', '\xff');
CREATE TABLE networks (net cidr, state order_status, ok boolean, PRIMARY KEY (net, state, ok));
INSERT INTO networks VALUES ('10.0.0.0/8', 'open', false), ('10.0.0.0/8', 'open', true), ('10.0.0.0/16', 'shut', false);
CREATE TABLE copies (first uuid NOT NULL UNIQUE, second text NOT NULL);
INSERT INTO copies VALUES ('6f9619ff-8b86-4011-b42d-00c04fc96401', 'a'), ('6f9619ff-8b86-4011-b42d-00c04fc96402', 'b');
