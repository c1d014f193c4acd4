SELECT *
FROM product_details
WHERE (:id IS NULL OR id = :id)
  AND (:status IS NULL OR status = CASE :status WHEN 1 THEN 'draft' WHEN 2 THEN 'on_sale' WHEN 3 THEN 'sold_out' END)
  AND (:released_on IS NULL OR released_on = :released_on)
  AND (:gift IS NULL OR gift = :gift)
  AND (:maker_id IS NULL OR maker_id = :maker_id)
  AND (:name IS NULL OR name = :name)
ORDER BY id
