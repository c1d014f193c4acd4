-- A tracker that many tenants share: every key begins with the tenant's.
CREATE TABLE tenants (id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE COLLATE NOCASE);
CREATE TABLE users (
    tenant_id INTEGER NOT NULL REFERENCES tenants ON DELETE CASCADE,
    id INTEGER NOT NULL,
    email TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email)
) WITHOUT ROWID, STRICT;
CREATE TABLE projects (
    tenant_id INTEGER NOT NULL REFERENCES tenants ON DELETE CASCADE,
    key TEXT NOT NULL,
    "group" TEXT,
    archived INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, key)
) WITHOUT ROWID;
CREATE TABLE issues (
    tenant_id INTEGER NOT NULL REFERENCES tenants ON DELETE CASCADE,
    project_key TEXT NOT NULL,
    number INTEGER NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open',
    parent INTEGER,
    assignee_id INTEGER,
    opened_at TIMESTAMP NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (tenant_id, project_key, number),
    FOREIGN KEY (tenant_id, project_key) REFERENCES projects ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, project_key, parent) REFERENCES issues (tenant_id, project_key, number),
    FOREIGN KEY (tenant_id, assignee_id) REFERENCES users
);
CREATE INDEX issues_parent ON issues (tenant_id, project_key, parent);
CREATE TABLE comments (
    tenant_id INTEGER NOT NULL REFERENCES tenants ON DELETE CASCADE,
    project_key TEXT NOT NULL,
    issue_number INTEGER NOT NULL,
    id INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_key, issue_number) REFERENCES issues ON DELETE CASCADE
);
CREATE INDEX comments_issue ON comments (tenant_id, project_key, issue_number);
CREATE TABLE issue_labels (
    tenant_id INTEGER NOT NULL,
    project_key TEXT NOT NULL,
    number INTEGER NOT NULL,
    label TEXT NOT NULL,
    PRIMARY KEY (tenant_id, project_key, number, label),
    FOREIGN KEY (tenant_id, project_key, number) REFERENCES issues ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE settings (tenant_id INTEGER PRIMARY KEY REFERENCES tenants ON DELETE CASCADE, theme TEXT NOT NULL DEFAULT 'light');

INSERT INTO tenants (slug) VALUES ('acme'), ('initech');
INSERT INTO users VALUES (1, 1, 'ada@acme.example'), (1, 2, 'bob@acme.example'), (2, 1, 'peter@initech.example');
INSERT INTO projects VALUES (1, 'WEB', NULL, 0), (1, 'OPS', 'infra', 1), (2, 'TPS', NULL, 0);
INSERT INTO issues (tenant_id, project_key, number, title, state, parent, assignee_id) VALUES
    (1, 'WEB', 1, 'It is down', 'in_progress', NULL, 1), (1, 'WEB', 2, 'It is slow', 'open', 1, NULL),
    (2, 'TPS', 1, 'Cover sheets', 'done', NULL, 1);
INSERT INTO comments VALUES (1, 'WEB', 1, 1, 'Again?'), (1, 'WEB', 1, 2, 'Yes.'), (2, 'TPS', 1, 1, 'Did you get the memo?');
INSERT INTO issue_labels VALUES (1, 'WEB', 1, 'urgent'), (1, 'WEB', 1, 'web');
INSERT INTO settings VALUES (1, 'dark'), (2, 'light');
