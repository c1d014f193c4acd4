-- A film rental: films and who plays in them, copies of them in stores, who rents and pays.
CREATE TABLE language (language_id INTEGER PRIMARY KEY, name CHARACTER(20) NOT NULL);
CREATE TABLE actor (
    actor_id INTEGER PRIMARY KEY,
    first_name VARCHAR(45) NOT NULL,
    last_name VARCHAR(45) NOT NULL,
    last_update TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_actor_last_name ON actor (last_name COLLATE NOCASE);
CREATE TABLE film (
    film_id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    release_year INTEGER CHECK (release_year BETWEEN 1888 AND 2155),
    language_id SMALLINT NOT NULL REFERENCES language,
    original_language_id SMALLINT REFERENCES language,
    rental_rate DECIMAL(4, 2) NOT NULL DEFAULT 4.99,
    length SMALLINT,
    rating TEXT DEFAULT 'g' CHECK (rating IN ('g', 'pg', 'pg_13', 'r', 'nc_17')),
    special_features TEXT,
    long INTEGER GENERATED ALWAYS AS (length > 100) VIRTUAL
);
CREATE INDEX idx_film_language ON film (language_id);
CREATE INDEX idx_film_title ON film (title);
CREATE TABLE film_actor (
    actor_id INTEGER NOT NULL REFERENCES actor ON DELETE CASCADE,
    film_id INTEGER NOT NULL REFERENCES film ON DELETE CASCADE,
    PRIMARY KEY (actor_id, film_id)
) WITHOUT ROWID;
CREATE INDEX idx_film_actor_film ON film_actor (film_id);
CREATE TABLE store (store_id INTEGER PRIMARY KEY, opening_time TIME NOT NULL);
CREATE TABLE inventory (
    inventory_id INTEGER PRIMARY KEY,
    film_id INTEGER NOT NULL REFERENCES film,
    store_id INTEGER NOT NULL REFERENCES store
);
CREATE INDEX idx_inventory_film ON inventory (film_id);
CREATE TABLE rental (
    rental_id INTEGER PRIMARY KEY,
    inventory_id INTEGER NOT NULL REFERENCES inventory,
    rented_at DATETIME NOT NULL,
    returned_at DATETIME,
    UNIQUE (rented_at, inventory_id)
);
CREATE INDEX idx_rental_inventory ON rental (inventory_id);
CREATE TABLE payment (
    payment_id INTEGER,
    rental_id INTEGER NOT NULL REFERENCES rental ON DELETE CASCADE,
    amount DECIMAL(5, 2) NOT NULL,
    paid_on DATE NOT NULL DEFAULT CURRENT_DATE,
    PRIMARY KEY (payment_id, paid_on)
) WITHOUT ROWID;
CREATE VIEW film_list AS SELECT film_id, title, name FROM film JOIN language USING (language_id);

INSERT INTO language (name) VALUES ('English'), ('Italian');
INSERT INTO actor (first_name, last_name) VALUES ('Penelope', 'Guiness'), ('Nick', 'guiness');
INSERT INTO film (title, release_year, language_id, length, rating, special_features) VALUES
    ('Academy Dinosaur', 2006, 1, 86, 'pg_13', 'Trailers'), ('Ace Goldfinger', NULL, 2, 120, NULL, NULL);
INSERT INTO film_actor VALUES (1, 1), (1, 2), (2, 1);
INSERT INTO store (opening_time) VALUES ('09:00:00'), ('10:30:15.5');
INSERT INTO inventory (film_id, store_id) VALUES (1, 1), (2, 1);
INSERT INTO rental (inventory_id, rented_at, returned_at) VALUES
    (1, '2024-01-01 12:00:00', '2024-01-03 00:00:00'), (2, '2024-01-01 12:00:00', NULL), (1, '2024-02-01 12:00:00', NULL);
INSERT INTO payment VALUES (1, 1, 2.99, '2019-05-01'), (1, 2, 0.99, '2024-02-01');
