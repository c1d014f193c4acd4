SELECT id, name, size FROM rows WHERE id = :id
