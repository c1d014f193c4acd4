SELECT
    id, name, country_code, admin1_code,
    latitude AS "location.latitude", longitude AS "location.longitude",
    population, time_zone
FROM cities
WHERE id = :id
