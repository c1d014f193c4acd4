SELECT max(written_at) AS last_review_at FROM reviews WHERE product_id = :id
