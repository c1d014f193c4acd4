SELECT count(*) AS lines, COALESCE(sum(pieces), 0) AS pieces
FROM lines
WHERE order_id = :id
