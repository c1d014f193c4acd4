SELECT key, body FROM notes WHERE key = :key
