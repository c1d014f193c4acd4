SELECT text, percent FROM promotions WHERE product_id = :id
