-- Countries and cities, from GeoNames. SQLite orders text by its bytes; the PostgreSQL schema asks for the same.
CREATE TABLE countries (
    code           TEXT NOT NULL PRIMARY KEY,
    code3          TEXT NOT NULL,
    name           TEXT NOT NULL,
    capital        TEXT NOT NULL,
    area_km2       REAL NOT NULL,
    population     INTEGER NOT NULL,
    continent_code TEXT NOT NULL,
    currency_code  TEXT NOT NULL,
    languages      TEXT NOT NULL,
    neighbours     TEXT NOT NULL
) STRICT;

CREATE TABLE cities (
    id           INTEGER PRIMARY KEY,
    name         TEXT NOT NULL,
    name_folded  TEXT NOT NULL DEFAULT '',
    country_code TEXT NOT NULL REFERENCES countries (code),
    admin1_code  TEXT NOT NULL,
    latitude     REAL NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude    REAL NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    population   INTEGER NOT NULL,
    time_zone    TEXT NOT NULL
) STRICT;

CREATE INDEX cities_by_country ON cities (country_code, name, id);
CREATE INDEX cities_by_prefix ON cities (name_folded, id);
CREATE INDEX cities_by_place ON cities (latitude, longitude, id);

-- What each character becomes when accents and case do not count. A character that is not here stays as it is.
CREATE TABLE folding (
    ch     TEXT NOT NULL PRIMARY KEY,
    folded TEXT NOT NULL
) STRICT, WITHOUT ROWID;
