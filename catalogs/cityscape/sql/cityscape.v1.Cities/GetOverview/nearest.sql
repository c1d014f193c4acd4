-- The five nearest other cities, over the date line and the poles too.
--
-- An index finds what lies in a box, not in a circle. So: a box around the city widens until it holds five others.
-- Nobody in it is farther away than the way along the city's own parallel and then along a meridian, so the fifth
-- shortest of those ways is the radius of a circle that holds at least five, and with them the nearest.
--
-- Longitudes x and y are 180 - |180 - |x - y|| degrees apart, whichever way around the globe is shorter. Ways, radii and
-- the box's reach are degrees of a great circle; a degree of longitude is only here.shrink of one.
WITH RECURSIVE
here (id, lat, lon, shrink) AS (
    SELECT
        CAST(:city.id AS bigint),
        CAST(:city.lat AS double precision),
        CAST(:city.lon AS double precision),
        cos(radians(CAST(:city.lat AS double precision)))
),
widening (reach) AS (
    SELECT CAST(0.5 AS double precision)
    UNION ALL
    SELECT widening.reach * 2
    FROM widening
    WHERE widening.reach < 180
      AND 6 > (
        SELECT count(*)
        FROM (
            SELECT 1
            FROM here
            JOIN cities ON cities.latitude BETWEEN here.lat - widening.reach AND here.lat + widening.reach
            WHERE (180 - abs(180 - abs(cities.longitude - here.lon))) * here.shrink <= widening.reach
            LIMIT 6
        ) AS found
    )
),
-- A metre more than the fifth shortest way: distances that round to the same metre are a tie.
circle (radius) AS MATERIALIZED (
    SELECT 0.00001 + COALESCE((
        SELECT
            abs(cities.latitude - here.lat)
            + (180 - abs(180 - abs(cities.longitude - here.lon))) * here.shrink
        FROM here
        JOIN (SELECT max(reach) AS reach FROM widening) AS box ON true
        JOIN cities ON cities.latitude BETWEEN here.lat - box.reach AND here.lat + box.reach
        WHERE (180 - abs(180 - abs(cities.longitude - here.lon))) * here.shrink <= box.reach
          AND cities.id <> here.id
        ORDER BY 1
        LIMIT 1 OFFSET 4
    ), 180)
),
-- The degrees of longitude that the circle spans to each side: all of them where a pole lies in it, or nearly.
box (radius, width) AS MATERIALIZED (
    SELECT
        circle.radius,
        CASE
            WHEN abs(here.lat) + circle.radius >= 89.9 THEN 180
            ELSE degrees(asin(sin(radians(circle.radius)) / here.shrink))
        END
    FROM here
    JOIN circle ON true
),
-- The haversine of the angle between the two: https://en.wikipedia.org/wiki/Haversine_formula
apart (id, haversine) AS (
    SELECT
        cities.id,
        power(sin(radians(cities.latitude - here.lat) / 2), 2)
        + here.shrink * cos(radians(cities.latitude))
        * power(sin(radians(cities.longitude - here.lon) / 2), 2)
    FROM here
    JOIN box ON true
    JOIN cities ON cities.latitude BETWEEN here.lat - box.radius AND here.lat + box.radius
    WHERE 180 - abs(180 - abs(cities.longitude - here.lon)) <= box.width
      AND cities.id <> here.id
),
-- In whole metres, on a sphere of the Earth's mean radius (6,371,008.8 m). Opposite places can round to more than 1.
nearest (id, distance_metres) AS (
    SELECT
        id,
        CAST(floor(0.5 + 2 * 6371008.8 * asin(sqrt(CASE WHEN haversine > 1 THEN 1 ELSE haversine END))) AS integer)
    FROM apart
    ORDER BY 2, 1
    LIMIT 5
)
SELECT
    cities.id, cities.name, cities.country_code,
    cities.latitude AS "location.latitude", cities.longitude AS "location.longitude",
    nearest.distance_metres
FROM nearest
JOIN cities ON cities.id = nearest.id
ORDER BY nearest.distance_metres, cities.id
