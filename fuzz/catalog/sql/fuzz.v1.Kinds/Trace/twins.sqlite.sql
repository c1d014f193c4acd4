SELECT id, name FROM rows WHERE name = :first.name ORDER BY id
