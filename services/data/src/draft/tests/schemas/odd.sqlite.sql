-- Names and types that nobody should give, and that somebody gave.
CREATE TABLE "Order Items" ("Order Id" INT PRIMARY KEY, "select" TEXT, "a""b" text, ":x" text, "$$" text, "--" text, [new
line] text, `1st` text, "名前" text, "limit" text, "after" text, page_size text, update_mask text, "message" text);
CREATE INDEX i1 ON "Order Items" ("limit");
CREATE INDEX i2 ON "Order Items" ("a""b");
CREATE INDEX i3 ON "Order Items" (lower(":x"));
CREATE TABLE "limit" ("limit" text PRIMARY KEY, "after" integer NOT NULL DEFAULT (1 /* :x */ + 1), "key" text DEFAULT "dq");
CREATE TABLE "'; DROP TABLE ""x""; --" (id INTEGER PRIMARY KEY, "'; SELECT :x --" text DEFAULT ':y');
CREATE TABLE no_key (a, b);
CREATE TABLE descending (id INTEGER PRIMARY KEY DESC, a TEXT);
CREATE TABLE parents (a INTEGER, b TEXT, PRIMARY KEY (a, b)) STRICT;
CREATE TABLE children (id INTEGER PRIMARY KEY, pa INTEGER NOT NULL, pb TEXT NOT NULL,
    FOREIGN KEY (PA, Pb) REFERENCES Parents ON DELETE CASCADE);
CREATE TABLE _sqlx_migrations (version INTEGER PRIMARY KEY);
CREATE TABLE meanwhile_migrations (version INTEGER PRIMARY KEY);

INSERT INTO "Order Items" ("Order Id", "select", ":x", "limit") VALUES (1, 'a', ':y', 'b'), (2, NULL, NULL, NULL);
INSERT INTO "limit" ("limit") VALUES ('a'), ('b');
INSERT INTO "'; DROP TABLE ""x""; --" (id) VALUES (1), (2);
INSERT INTO descending VALUES (1, 'a'), (2, NULL);
INSERT INTO parents VALUES (0, 'b'), (1, 'a');
INSERT INTO children (pa, pb) VALUES (0, 'b'), (1, 'a'), (1, 'a');
