-- The prefix is folded character by character, with the table that also filled cities.name_folded. The names that start
-- with it are then one range of an index: from the prefix itself to the prefix and the highest character, U+10FFFF.
-- A prefix that folds to nothing, or is longer than any name, finds nothing.
WITH RECURSIVE
fold (length, folded) AS (
    SELECT 0, CAST('' AS text)
    WHERE length(CAST(:prefix AS text)) <= 200
    UNION ALL
    SELECT
        fold.length + 1,
        fold.folded || COALESCE(
            (SELECT folding.folded FROM folding WHERE folding.ch = substr(CAST(:prefix AS text), fold.length + 1, 1)),
            substr(CAST(:prefix AS text), fold.length + 1, 1)
        )
    FROM fold
    WHERE fold.length < length(CAST(:prefix AS text))
),
prefix (folded) AS (
    SELECT folded FROM fold
    WHERE length = length(CAST(:prefix AS text)) AND folded <> ''
)
SELECT
    id, name, country_code, admin1_code,
    latitude AS "location.latitude", longitude AS "location.longitude",
    population, time_zone
FROM cities
WHERE name_folded >= (SELECT folded FROM prefix)
  AND name_folded < (SELECT folded || '􏿿' FROM prefix)
ORDER BY name_folded, id
