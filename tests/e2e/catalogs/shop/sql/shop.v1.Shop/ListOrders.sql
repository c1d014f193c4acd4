SELECT
    id, status, buyer, total, placed_at, sent_at, details, gift, comment,
    street AS "address.street", city AS "address.city", zip AS "address.zip",
    label, weight, discount, stars, pieces, coupon
FROM orders
WHERE (:filter.status IS NULL OR status = :filter.status)
  AND (:filter.buyer IS NULL OR buyer = :filter.buyer)
  AND (:filter.placed_after IS NULL OR placed_at > :filter.placed_after)
  AND (:after.placed_at IS NULL OR (placed_at, id) > (:after.placed_at, :after.id))
ORDER BY placed_at, id
LIMIT :limit
