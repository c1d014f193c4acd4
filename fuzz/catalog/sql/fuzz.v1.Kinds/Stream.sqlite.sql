SELECT id, name, size FROM rows
WHERE (:filter.size.most IS NULL OR (:filter.name IS NULL OR name < :filter.name) AND size < :filter.size.most)
ORDER BY id LIMIT :page_size
