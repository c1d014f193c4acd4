SELECT id, product, pieces, price
FROM lines
WHERE order_id = :order.id
ORDER BY id
