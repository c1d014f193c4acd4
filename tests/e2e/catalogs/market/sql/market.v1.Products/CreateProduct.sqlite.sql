INSERT INTO products (
    name, maker_id, status, price, gift, stock, views, weight_kg, rating, subtitle, reorder_level, fragile,
    released_on, thumbnail, attributes, width_mm, height_mm, aisle, level, created_at
)
VALUES (
    :name, :maker_id, CASE COALESCE(:status, 1) WHEN 1 THEN 'draft' WHEN 2 THEN 'on_sale' WHEN 3 THEN 'sold_out' END,
    :price, :gift, :stock, :views, :weight_kg, :rating, :subtitle, :reorder_level, :fragile,
    :released_on, :thumbnail, COALESCE(:attributes, '{}'),
    :packaging.width_mm, :packaging.height_mm, :packaging.shelf.aisle, :packaging.shelf.level,
    COALESCE(:created_at, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
)
RETURNING
    id, name, maker_id, status, price, gift, stock, views, weight_kg, rating, subtitle, reorder_level, fragile,
    released_on, thumbnail, attributes,
    width_mm AS "packaging.width_mm", height_mm AS "packaging.height_mm",
    aisle AS "packaging.shelf.aisle", level AS "packaging.shelf.level",
    created_at, sold_out_at
