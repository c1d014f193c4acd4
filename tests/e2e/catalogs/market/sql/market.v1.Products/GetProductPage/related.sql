SELECT *
FROM product_details
WHERE maker_id = :product.maker_id AND id <> :product.id AND status = 'on_sale'
ORDER BY id
