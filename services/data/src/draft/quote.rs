//! The database's own names in SQL text. A name that could be read as anything else is quoted, so that none can end its
//! place in a statement.

use super::model::Name;

/// Words that mean something in PostgreSQL (all but its unreserved ones, appendix C of its manual) or in SQLite.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "abort", "action", "add", "after", "all", "alter", "always", "analyse", "analyze", "and", "any", "array", "as",
    "asc", "asymmetric", "attach", "authorization", "autoincrement", "before", "begin", "between", "bigint", "binary",
    "bit", "boolean", "both", "by", "cascade", "case", "cast", "char", "character", "check", "coalesce", "collate",
    "collation", "column", "commit", "concurrently", "conflict", "constraint", "create", "cross", "current",
    "current_catalog", "current_date", "current_role", "current_schema", "current_time", "current_timestamp",
    "current_user", "database", "dec", "decimal", "default", "deferrable", "deferred", "delete", "desc", "detach",
    "distinct", "do", "drop", "each", "else", "end", "escape", "except", "exclude", "exclusive", "exists", "explain",
    "extract", "fail", "false", "fetch", "filter", "first", "float", "following", "for", "foreign", "freeze", "from",
    "full", "generated", "glob", "grant", "greatest", "group", "grouping", "groups", "having", "if", "ignore", "ilike",
    "immediate", "in", "index", "indexed", "initially", "inner", "inout", "insert", "instead", "int", "integer",
    "intersect", "interval", "into", "is", "isnull", "join", "json", "json_array", "json_arrayagg", "json_exists",
    "json_object", "json_objectagg", "json_query", "json_scalar", "json_serialize", "json_table", "json_value", "key",
    "last", "lateral", "leading", "least", "left", "like", "limit", "localtime", "localtimestamp", "match",
    "materialized", "merge_action", "national", "natural", "nchar", "no", "none", "normalize", "not", "nothing",
    "notnull", "null", "nullif", "nulls", "numeric", "of", "offset", "on", "only", "or", "order", "others", "out",
    "outer", "over", "overlaps", "overlay", "partition", "placing", "plan", "position", "pragma", "preceding",
    "precision", "primary", "query", "raise", "range", "real", "recursive", "references", "regexp", "reindex",
    "release", "rename", "replace", "restrict", "returning", "right", "rollback", "row", "rows", "savepoint", "select",
    "session_user", "set", "setof", "similar", "smallint", "some", "substring", "symmetric", "system_user", "table",
    "tablesample", "temp", "temporary", "then", "ties", "time", "timestamp", "to", "trailing", "transaction", "treat",
    "trigger", "trim", "true", "unbounded", "union", "unique", "update", "user", "using", "vacuum", "values",
    "varchar", "variadic", "verbose", "view", "virtual", "when", "where", "window", "with", "without", "xmlattributes",
    "xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot",
    "xmlserialize", "xmltable",
];

/// A name as SQL has it.
pub fn quoted(name: &str) -> String {
    let begins = name.starts_with(|letter: char| letter.is_ascii_lowercase() || letter == '_');
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    match begins && name.chars().all(is_plain) && KEYWORDS.binary_search(&name).is_err() {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

impl Name {
    /// The table as SQL has it: with its schema, unless that is `public` and need not be said.
    pub fn sql(&self) -> String {
        match self.schema.as_deref() {
            None => quoted(&self.name),
            Some("public") if self.on_path => quoted(&self.name),
            Some(schema) => format!("{}.{}", quoted(schema), quoted(&self.name)),
        }
    }
}

/// The same for people.
impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = self.sql().escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'");
        f.write_str(&shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keywords_can_be_searched() {
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn plain_names_stay_plain_and_others_are_quoted() {
        for (name, sql) in [
            ("orders", "orders"),
            ("_x1", "_x1"),
            ("order", "\"order\""),
            ("Orders", "\"Orders\""),
            ("1st", "\"1st\""),
            ("", "\"\""),
            ("größe", "\"größe\""),
            ("a\"; DROP TABLE x; --", "\"a\"\"; DROP TABLE x; --\""),
        ] {
            assert_eq!(quoted(name), sql);
        }
    }

    #[test]
    fn a_schema_is_named_where_it_is_not_public() {
        let name = |schema: &str, on_path| Name {
            schema: Some(schema.to_owned()),
            name: "order".to_owned(),
            on_path,
        };
        assert_eq!(name("public", true).sql(), "\"order\"");
        assert_eq!(name("public", false).sql(), "public.\"order\"");
        assert_eq!(name("sales", true).sql(), "sales.\"order\"");
        assert_eq!(name("a\nb", true).to_string(), "\"a\\nb\".\"order\"");
    }
}
