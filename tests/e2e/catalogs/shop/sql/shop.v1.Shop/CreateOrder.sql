INSERT INTO orders (
    id, status, buyer, total, placed_at, sent_at, details, gift, comment,
    street, city, zip, label, weight, discount, stars, pieces, coupon
)
VALUES (
    :id, :status, :buyer, :total, :placed_at, :sent_at, :details, :gift, :comment,
    :address.street, :address.city, :address.zip, :label, :weight, :discount, :stars, :pieces, :coupon
)
RETURNING
    id, status, buyer, total, placed_at, sent_at, details, gift, comment,
    street AS "address.street", city AS "address.city", zip AS "address.zip",
    label, weight, discount, stars, pieces, coupon
