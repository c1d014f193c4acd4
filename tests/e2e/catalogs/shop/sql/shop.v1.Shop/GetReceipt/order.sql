SELECT
    id, status, buyer, total, placed_at, sent_at, details, gift, comment,
    street AS "address.street", city AS "address.city", zip AS "address.zip",
    label, weight, discount, stars, pieces, coupon
FROM orders
WHERE id = :id
