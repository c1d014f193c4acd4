-- lat and lon fill no field: they are for the parts that need the city's place.
SELECT
    id, name, country_code, admin1_code,
    latitude AS "location.latitude", longitude AS "location.longitude",
    population, time_zone,
    latitude AS lat, longitude AS lon
FROM cities
WHERE id = :id
