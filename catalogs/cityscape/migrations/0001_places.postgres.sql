-- Countries and cities, from GeoNames. COLLATE "C" orders text by its bytes, as SQLite does, whatever the database's
-- own locale: so a list has one order on both, and a prefix is a range of an index.
CREATE TABLE countries (
    code           text COLLATE "C" PRIMARY KEY,
    code3          text NOT NULL,
    name           text COLLATE "C" NOT NULL,
    capital        text NOT NULL,
    area_km2       double precision NOT NULL,
    population     bigint NOT NULL,
    continent_code text NOT NULL,
    currency_code  text NOT NULL,
    languages      text NOT NULL,
    neighbours     text NOT NULL
);

CREATE TABLE cities (
    id           bigint PRIMARY KEY,
    name         text COLLATE "C" NOT NULL,
    name_folded  text COLLATE "C" NOT NULL DEFAULT '',
    country_code text COLLATE "C" NOT NULL REFERENCES countries (code),
    admin1_code  text NOT NULL,
    latitude     double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude    double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    population   bigint NOT NULL,
    time_zone    text NOT NULL
);

CREATE INDEX cities_by_country ON cities (country_code, name, id);
CREATE INDEX cities_by_prefix ON cities (name_folded, id);
CREATE INDEX cities_by_place ON cities (latitude, longitude, id);

-- What each character becomes when accents and case do not count. A character that is not here stays as it is.
CREATE TABLE folding (
    ch     text COLLATE "C" PRIMARY KEY,
    folded text NOT NULL
);
