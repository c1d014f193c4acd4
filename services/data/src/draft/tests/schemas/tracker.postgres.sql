-- A tracker that many tenants share: every key begins with the tenant's.
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TYPE "IssueState" AS ENUM ('open', 'in_progress', 'done');

CREATE TABLE tenants (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, slug citext NOT NULL UNIQUE);
CREATE TABLE users (
    tenant_id integer NOT NULL REFERENCES tenants ON DELETE CASCADE,
    id integer NOT NULL,
    email citext NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email)
);
CREATE TABLE projects (
    tenant_id integer NOT NULL REFERENCES tenants ON DELETE CASCADE,
    key varchar(10) NOT NULL,
    "group" text,
    archived boolean NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
CREATE TABLE issues (
    tenant_id integer NOT NULL REFERENCES tenants ON DELETE CASCADE,
    project_key varchar(10) NOT NULL,
    number bigint NOT NULL,
    title text NOT NULL,
    state "IssueState" NOT NULL DEFAULT 'open',
    assignee_id integer,
    estimate interval,
    search tsvector GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED,
    opened_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, project_key, number),
    FOREIGN KEY (tenant_id, project_key) REFERENCES projects ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, assignee_id) REFERENCES users
);
CREATE TABLE comments (
    tenant_id integer NOT NULL REFERENCES tenants ON DELETE CASCADE,
    project_key varchar(10) NOT NULL,
    issue_number bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    author_id integer NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_key, issue_number) REFERENCES issues ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, author_id) REFERENCES users
);
CREATE INDEX ON comments (tenant_id, project_key, issue_number);
CREATE TABLE issue_labels (
    tenant_id integer NOT NULL,
    project_key varchar(10) NOT NULL,
    number bigint NOT NULL,
    label text NOT NULL,
    PRIMARY KEY (tenant_id, project_key, number, label),
    FOREIGN KEY (tenant_id, project_key, number) REFERENCES issues ON DELETE CASCADE
);
CREATE TABLE settings (tenant_id integer PRIMARY KEY REFERENCES tenants ON DELETE CASCADE, theme text NOT NULL DEFAULT 'light');

INSERT INTO tenants (slug) VALUES ('acme'), ('initech');
INSERT INTO users VALUES (1, 1, 'ada@acme.example'), (1, 2, 'bob@acme.example'), (2, 1, 'peter@initech.example');
INSERT INTO projects VALUES (1, 'WEB', NULL, false), (1, 'OPS', 'infra', true), (2, 'TPS', NULL, false);
INSERT INTO issues (tenant_id, project_key, number, title, state, assignee_id, estimate) VALUES
    (1, 'WEB', 1, 'It is down', 'in_progress', 1, '2 hours'), (1, 'WEB', 2, 'It is slow', 'open', NULL, NULL),
    (2, 'TPS', 1, 'Cover sheets', 'done', 1, '1 day');
INSERT INTO comments (tenant_id, project_key, issue_number, author_id, body) VALUES
    (1, 'WEB', 1, 2, 'Again?'), (1, 'WEB', 1, 1, 'Yes.'), (2, 'TPS', 1, 1, 'Did you get the memo?');
INSERT INTO issue_labels VALUES (1, 'WEB', 1, 'urgent'), (1, 'WEB', 1, 'web');
INSERT INTO settings VALUES (1, 'dark'), (2, DEFAULT);
