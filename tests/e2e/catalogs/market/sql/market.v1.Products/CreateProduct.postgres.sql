INSERT INTO products (
    name, maker_id, status, price, gift, stock, views, weight_kg, rating, subtitle, reorder_level, fragile,
    released_on, thumbnail, attributes, width_mm, height_mm, aisle, level, created_at
)
VALUES (
    :name, :maker_id, COALESCE(:status, 'draft'::product_status), :price, :gift, :stock, :views, :weight_kg, :rating,
    :subtitle, :reorder_level, :fragile, :released_on, :thumbnail, COALESCE(:attributes, '{}'::jsonb),
    :packaging.width_mm, :packaging.height_mm, :packaging.shelf.aisle, :packaging.shelf.level,
    COALESCE(:created_at, now())
)
RETURNING
    id, name, maker_id, status, price, gift, stock, views, weight_kg, rating, subtitle, reorder_level, fragile,
    released_on, thumbnail, attributes,
    width_mm AS "packaging.width_mm", height_mm AS "packaging.height_mm",
    aisle AS "packaging.shelf.aisle", level AS "packaging.shelf.level",
    created_at, sold_out_at
