SELECT
    id, name, country_code, admin1_code,
    latitude AS "location.latitude", longitude AS "location.longitude",
    population, time_zone
FROM cities
WHERE country_code = :country_code
  AND (:min_population IS NULL OR population >= :min_population)
  AND (:after.name IS NULL OR (name, id) > (:after.name, :after.id))
ORDER BY name, id
LIMIT :limit
