CREATE TABLE notes (
    key  text PRIMARY KEY,
    body text NOT NULL
);
