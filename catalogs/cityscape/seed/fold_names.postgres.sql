-- Fills cities.name_folded: each character of the name as the folding table has it, or as it is.
UPDATE cities
SET name_folded = names.folded
FROM (
    SELECT cities.id, string_agg(COALESCE(folding.folded, letter.ch), '' ORDER BY letter.position) AS folded
    FROM cities
    CROSS JOIN unnest(string_to_array(cities.name, NULL)) WITH ORDINALITY AS letter (ch, position)
    LEFT JOIN folding ON folding.ch = letter.ch
    GROUP BY cities.id
) AS names
WHERE cities.id = names.id;
