-- What users record. Each constraint has a name, because its name is what a client's error carries.
CREATE TABLE visits (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    city_id       bigint NOT NULL CONSTRAINT visits_city REFERENCES cities (id),
    visitor       text NOT NULL CONSTRAINT visits_visitor_length CHECK (length(visitor) BETWEEN 1 AND 100),
    stars         smallint NOT NULL CONSTRAINT visits_stars_range CHECK (stars BETWEEN 1 AND 5),
    note          text NOT NULL,
    visited_at    timestamptz NOT NULL,
    ticket_number text CONSTRAINT visits_ticket_number_once UNIQUE,
    request_id    text CONSTRAINT visits_request_id_once UNIQUE
);

CREATE INDEX visits_by_city ON visits (city_id, id);
