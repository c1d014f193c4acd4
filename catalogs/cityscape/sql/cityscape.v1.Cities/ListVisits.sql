SELECT id, city_id, visitor, stars, note, visited_at, ticket_number
FROM visits
WHERE city_id = :city_id
  AND (:after.id IS NULL OR id < :after.id)
ORDER BY id DESC
LIMIT :limit
