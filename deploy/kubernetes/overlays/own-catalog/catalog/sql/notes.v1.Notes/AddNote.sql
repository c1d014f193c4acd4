INSERT INTO notes (key, body) VALUES (:key, :body) RETURNING key, body
