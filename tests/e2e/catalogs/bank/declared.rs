//! The bank's catalog, for both databases.

const CONTRACT: &str = r#"syntax = "proto3";
package bank.v1;

import "google/protobuf/field_mask.proto";

service Bank {
  rpc GetAccount(GetAccountRequest) returns (Account) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc UpdateAccount(UpdateAccountRequest) returns (Account);
  rpc Transfer(TransferRequest) returns (TransferResponse);
}

message Account {
  int32 id = 1;
  Owner owner = 2;
  optional int32 limit = 3;
  string etag = 4;
}

message Owner {
  string name = 1;
  optional string city = 2;
}

message GetAccountRequest {
  int32 id = 1;
}

message UpdateAccountRequest {
  Account account = 1;
  google.protobuf.FieldMask update_mask = 2;
}

message TransferRequest {
  int32 from = 1;
  int32 to = 2;
  int32 amount = 3;
  string etag = 4;
  string request_id = 5;
}

message TransferResponse {
  Entry entry = 30;
}

message Entry {
  int32 account = 1;
  int32 version = 2;
  int32 amount = 3;
  int32 balance = 4;
}
"#;

const SCHEMA: &str = r#"CREATE TABLE accounts (
    id integer PRIMARY KEY, owner text NOT NULL, city text, "limit" integer,
    balance integer NOT NULL CHECK (balance >= 0), version integer NOT NULL DEFAULT 1
);
CREATE TABLE entries (
    account integer NOT NULL REFERENCES accounts, version integer NOT NULL, amount integer NOT NULL, PRIMARY KEY (account, version)
);
CREATE TABLE log (what text NOT NULL);
INSERT INTO accounts (id, owner, balance) VALUES (1, 'Ada', 100), (2, 'Bo', 0);
"#;

const GET: &str = r#"SELECT id, owner AS "owner.name", city AS "owner.city", "limit", CAST(version AS text) AS etag
FROM accounts WHERE id = :id"#;

const UPDATE: &str = r#"UPDATE accounts
SET owner = CASE WHEN :update_mask.owner.name THEN :account.owner.name ELSE owner END,
    city = CASE WHEN :update_mask.owner.city THEN :account.owner.city ELSE city END,
    "limit" = CASE WHEN :update_mask.limit THEN :account.limit ELSE "limit" END,
    version = version + 1
WHERE id = :account.id
RETURNING id, owner AS "owner.name", city AS "owner.city", "limit", CAST(version AS text) AS etag"#;

/// Every file of it.
pub const FILES: [(&str, &str); 11] = [
    ("catalog.toml", "name = \"bank\"\n"),
    ("proto/bank/v1/bank.proto", CONTRACT),
    ("migrations/0001_accounts.sql", SCHEMA),
    ("sql/bank.v1.Bank/GetAccount.sql", GET),
    ("sql/bank.v1.Bank/UpdateAccount.sql", UPDATE),
    ("sql/bank.v1.Bank/UpdateAccount/etag.sql", "SELECT version FROM accounts WHERE id = :account.id"),
    ("sql/bank.v1.Bank/Transfer/etag.sql", "SELECT version FROM accounts WHERE id = :from"),
    (
        "sql/bank.v1.Bank/Transfer/_10_take.sql",
        "UPDATE accounts SET balance = balance - :amount, version = version + 1 WHERE id = :from RETURNING balance, version",
    ),
    (
        "sql/bank.v1.Bank/Transfer/_20_give.sql",
        "UPDATE accounts SET balance = balance + :amount, version = version + 1 WHERE id = :to RETURNING balance",
    ),
    (
        "sql/bank.v1.Bank/Transfer/entry.sql",
        "INSERT INTO entries (account, version, amount) VALUES (:from, :take.version, :amount)
         RETURNING account, version, amount, CAST(:take.balance AS integer) AS balance",
    ),
    (
        "sql/bank.v1.Bank/Transfer/_40_log.sql",
        "INSERT INTO log SELECT max(account) || ' has ' || CAST(:take.balance AS text) || ' and ' || CAST(:to AS text)
         || ' has ' || CAST(:give.balance AS text) FROM entries",
    ),
];
