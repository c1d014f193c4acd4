SELECT *
FROM product_details
WHERE (:filter.status IS NULL OR status = :filter.status)
  AND (:filter.gift IS NULL OR gift = :filter.gift)
  AND (:filter.max_price IS NULL OR price <= :filter.max_price)
  AND (:filter.created_since IS NULL OR created_at >= :filter.created_since)
  AND (:after.id IS NULL OR (created_at, id) < (:after.created_at, :after.id))
ORDER BY created_at DESC, id DESC
LIMIT :limit
