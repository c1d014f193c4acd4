-- What users record. A client's error carries a broken constraint's name; of a unique one SQLite tells only the columns.
-- A moment is text as in RFC 3339 or in SQLite's own CURRENT_TIMESTAMP, in UTC.
CREATE TABLE visits (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    city_id       INTEGER NOT NULL CONSTRAINT visits_city REFERENCES cities (id),
    visitor       TEXT NOT NULL CONSTRAINT visits_visitor_length CHECK (length(visitor) BETWEEN 1 AND 100),
    stars         INTEGER NOT NULL CONSTRAINT visits_stars_range CHECK (stars BETWEEN 1 AND 5),
    note          TEXT NOT NULL,
    visited_at    TEXT NOT NULL,
    ticket_number TEXT CONSTRAINT visits_ticket_number_once UNIQUE,
    request_id    TEXT CONSTRAINT visits_request_id_once UNIQUE
) STRICT;

CREATE INDEX visits_by_city ON visits (city_id, id);
