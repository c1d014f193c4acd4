SELECT name, id, size FROM rows WHERE name IN (SELECT value FROM json_each(:twins.name)) ORDER BY id
