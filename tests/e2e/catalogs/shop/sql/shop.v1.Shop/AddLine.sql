INSERT INTO lines (order_id, product, pieces, price)
VALUES (:order_id, :product, :pieces, :price)
RETURNING id, product, pieces, price
