SELECT id, name, lower(name) AS sort_key
FROM products
WHERE (:after.id IS NULL OR (lower(name), id) > (:after.sort_key, :after.id))
ORDER BY lower(name), id
LIMIT :limit
