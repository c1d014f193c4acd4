-- Fills cities.name_folded: each character of the name as the folding table has it, or as it is.
UPDATE cities
SET name_folded = (
    WITH RECURSIVE fold (length, folded) AS (
        SELECT 0, ''
        UNION ALL
        SELECT
            fold.length + 1,
            fold.folded || COALESCE(
                (SELECT folding.folded FROM folding WHERE folding.ch = substr(cities.name, fold.length + 1, 1)),
                substr(cities.name, fold.length + 1, 1)
            )
        FROM fold
        WHERE fold.length < length(cities.name)
    )
    SELECT folded FROM fold ORDER BY length DESC LIMIT 1
);
