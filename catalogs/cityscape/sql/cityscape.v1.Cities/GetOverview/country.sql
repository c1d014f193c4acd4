SELECT
    code, code3, name, capital, area_km2, population,
    continent_code, currency_code, languages, neighbours
FROM countries
WHERE code = :city.country_code
