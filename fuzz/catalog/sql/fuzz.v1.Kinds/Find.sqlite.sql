SELECT id, name, size
FROM rows
WHERE (:filter.name IS NULL OR name = :filter.name)
  AND (:filter.mood IS NULL OR mood = :filter.mood)
  AND (:filter.size.least IS NULL OR size >= :filter.size.least AND (:filter.size.most IS NULL OR size <= :filter.size.most))
  AND (:filter.since IS NULL OR since >= :filter.since)
  AND (CAST(:filter.like AS text) IS NULL OR name LIKE :filter.like)
  AND (json_array_length(:names) = 0 OR name IN (SELECT value FROM json_each(:names)))
  AND (:after.name IS NULL OR (name, id) > (:after.name, :after.id))
ORDER BY name, id
LIMIT :limit
