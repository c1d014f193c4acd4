UPDATE products
SET name = COALESCE(:name, name),
    status = COALESCE(:status, status),
    price = COALESCE(:price, price),
    gift = COALESCE(:gift, gift),
    stock = COALESCE(:stock, stock),
    sold_out_at = CASE WHEN COALESCE(:status, status) = 'sold_out' THEN COALESCE(sold_out_at, now()) END
WHERE id = :id
RETURNING
    id, name, maker_id, status, price, gift, stock, views, weight_kg, rating, subtitle, reorder_level, fragile,
    released_on, thumbnail, attributes,
    width_mm AS "packaging.width_mm", height_mm AS "packaging.height_mm",
    aisle AS "packaging.shelf.aisle", level AS "packaging.shelf.level",
    created_at, sold_out_at
