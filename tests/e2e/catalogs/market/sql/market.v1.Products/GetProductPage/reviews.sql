SELECT id, stars, text, written_at FROM reviews WHERE product_id = :id ORDER BY id
