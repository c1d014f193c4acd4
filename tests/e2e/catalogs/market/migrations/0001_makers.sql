CREATE TABLE makers (
    id            integer PRIMARY KEY,
    name          text NOT NULL,
    country       varchar(2) NOT NULL,
    balance_cents bigint NOT NULL
);
