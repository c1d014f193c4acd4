-- An enum comes as its number.
SELECT *
FROM product_details
WHERE (:filter.status IS NULL OR status = CASE :filter.status WHEN 1 THEN 'draft' WHEN 2 THEN 'on_sale' WHEN 3 THEN 'sold_out' END)
  AND (:filter.gift IS NULL OR gift = :filter.gift)
  AND (:filter.max_price IS NULL OR CAST(price AS REAL) <= CAST(:filter.max_price AS REAL))
  AND (:filter.created_since IS NULL OR julianday(created_at) >= julianday(:filter.created_since))
  AND (:after.id IS NULL OR (created_at, id) < (:after.created_at, :after.id))
ORDER BY created_at DESC, id DESC
LIMIT :limit
