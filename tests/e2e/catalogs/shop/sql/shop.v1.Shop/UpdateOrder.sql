UPDATE orders
SET status = COALESCE(:status, status), comment = :comment
WHERE id = :id
