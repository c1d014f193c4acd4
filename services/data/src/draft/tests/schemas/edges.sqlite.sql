-- Keys and rows at which pages like to go wrong: collations, texts that are numbers, instants as numbers.
CREATE TABLE readings (at TEXT NOT NULL, sensor TEXT NOT NULL, value REAL NOT NULL, PRIMARY KEY (at, sensor)) STRICT, WITHOUT ROWID;
CREATE TABLE handles (handle TEXT NOT NULL PRIMARY KEY COLLATE NOCASE, note TEXT);
CREATE TABLE words (word TEXT NOT NULL PRIMARY KEY);
CREATE TABLE codes (code VARCHAR(6) NOT NULL PRIMARY KEY, number TEXT NOT NULL UNIQUE);
CREATE TABLE big (id INTEGER PRIMARY KEY, n BIGINT NOT NULL UNIQUE, ratio REAL NOT NULL UNIQUE);
CREATE TABLE blobs (hash BLOB NOT NULL PRIMARY KEY, note TEXT);
CREATE TABLE nodes (tree TEXT NOT NULL, id INTEGER NOT NULL, up INTEGER, PRIMARY KEY (tree, id),
    FOREIGN KEY (tree, up) REFERENCES nodes (tree, id));
CREATE INDEX nodes_up ON nodes (tree, up);
CREATE TABLE mails (id INTEGER PRIMARY KEY, address TEXT UNIQUE, folder TEXT);
CREATE INDEX mails_folder ON mails (folder, id DESC);
CREATE TABLE "index" ("order" INTEGER PRIMARY KEY, "group" TEXT NOT NULL, "values" TEXT);
CREATE INDEX "unique" ON "index" ("group");

INSERT INTO readings VALUES ('2024-05-01T12:00:00.000001Z', 'a', 1.5), ('2024-05-01T12:00:00.000002Z', 'a', 9e999), ('2024-05-01T12:00:00.000002Z', 'b', 5e-324);
INSERT INTO handles VALUES ('Ada', NULL), ('bob', 'x'), ('Ärger', NULL), ('ärger', NULL);
INSERT INTO words VALUES (' '), ('a'), ('A'), ('ä'), ('é'), ('😀'), ('-a'), ('%'), ('a
b');
INSERT INTO codes VALUES ('1', '10'), ('01', '9'), ('1e3', '1.50'), ('a', '0.5');
INSERT INTO big VALUES (1, 9223372036854775807, 0.1), (2, -9223372036854775808, 0.30000000000000004), (-3, 0, 1.7976931348623157e308);
INSERT INTO blobs VALUES (x'00', NULL), (x'0000', 'a'), (x'ff00', 'b');
INSERT INTO nodes VALUES ('a', 1, NULL), ('a', 2, 1), ('b', 1, 1);
INSERT INTO mails VALUES (1, 'a', 'in'), (2, NULL, NULL), (3, NULL, 'in');
INSERT INTO "index" VALUES (1, 'a', NULL), (2, 'a', 'b');
