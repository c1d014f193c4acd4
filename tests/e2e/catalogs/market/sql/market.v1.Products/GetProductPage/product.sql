SELECT * FROM product_details WHERE id = :id
