-- Every call finds the same rows, so that what one input does, it does again: whatever writes is refused when it commits.
CREATE TABLE nobody (id INTEGER PRIMARY KEY) STRICT;
CREATE TABLE refused (by INTEGER REFERENCES nobody (id) DEFERRABLE INITIALLY DEFERRED) STRICT;
CREATE TRIGGER everything_stays AFTER INSERT ON everything BEGIN INSERT INTO refused VALUES (1); END;
CREATE TRIGGER orders_stay AFTER INSERT ON orders BEGIN INSERT INTO refused VALUES (1); END;
CREATE TRIGGER orders_stay_alike AFTER UPDATE ON orders BEGIN INSERT INTO refused VALUES (1); END;
CREATE TRIGGER orders_stay_there AFTER DELETE ON orders BEGIN INSERT INTO refused VALUES (1); END;
