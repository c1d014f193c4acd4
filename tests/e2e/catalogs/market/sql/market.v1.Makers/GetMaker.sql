SELECT id, name, country, balance_cents FROM makers WHERE id = :id
