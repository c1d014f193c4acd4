//! A PostgreSQL database's tables, read from its own catalog tables in one transaction that can only read.

mod kinds;

use std::collections::HashMap;

use meanwhile_catalog::Dialect;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Connection as _, Executor as _, Row as _};

use super::model::{Column, Name, Origin, Other, Reference, Schema, Table};
use kinds::Kinds;

/// Everything with rows that is neither a part of something else nor an extension's.
const RELATIONS: &str = "
    SELECT c.oid, n.nspname::text, c.relname::text, pg_table_is_visible(c.oid), c.relkind::text,
        obj_description(c.oid, 'pg_class'), has_table_privilege(c.oid, 'SELECT')
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT c.relispartition AND c.relpersistence <> 't'
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND NOT EXISTS (
            SELECT FROM pg_depend AS d
            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
        )
    ORDER BY n.nspname, c.relname";

const COLUMNS: &str = "
    SELECT a.attrelid, a.attnum, a.attname::text, a.atttypid, format_type(a.atttypid, a.atttypmod), a.attnotnull,
        a.attidentity <> '' OR a.attgenerated <> '', pg_get_expr(d.adbin, d.adrelid),
        col_description(a.attrelid, a.attnum)
    FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = ANY($1) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attrelid, a.attnum";

/// Indexes over whole columns and all rows, by the columns' own collations: by another, none finds what equals a value. Only
/// the first kind orders them.
const INDEXES: &str = "
    SELECT i.indrelid, (i.indkey::int2[])[0:i.indnkeyatts - 1], i.indisunique, i.indisprimary
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS m ON m.oid = c.relam
    WHERE i.indrelid = ANY($1) AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
        AND m.amname IN ('btree', 'hash')
        AND NOT EXISTS (
            SELECT FROM unnest(i.indkey::int2[], i.indcollation::oid[]) AS own (number, compares_by)
            JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = own.number
            WHERE own.compares_by <> a.attcollation
        )
    ORDER BY i.indrelid, i.indisprimary DESC, i.indnkeyatts, c.relname";

/// A foreign key to a partitioned table is repeated for each of its parts.
const REFERENCES: &str = "
    SELECT conrelid, conkey, confrelid, confkey, confdeltype = 'c'
    FROM pg_constraint
    WHERE contype = 'f' AND conparentid = 0 AND conrelid = ANY($1) AND confrelid = ANY($1)
    ORDER BY conrelid, conkey, conname";

/// Reads it. A password, where one is needed, is in the options that the connection was made by.
pub(super) async fn read(connection: &mut PgConnection) -> Result<Schema, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    transaction.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let schema = Reader::default().read(&mut transaction).await?;
    transaction.rollback().await?;
    Ok(schema)
}

/// The tables as far as they have been read.
#[derive(Default)]
struct Reader {
    tables: Vec<Table>,
    others: Vec<Other>,
    /// Each table's oid, in the order of `tables`.
    oids: Vec<Oid>,
    /// Where each table is in `tables`.
    places: HashMap<Oid, usize>,
    /// The numbers of each table's columns: those of dropped ones are left out.
    numbers: Vec<Vec<i16>>,
}

impl Reader {
    async fn read(mut self, connection: &mut PgConnection) -> Result<Schema, sqlx::Error> {
        let database = sqlx::query("SELECT current_database()::text").fetch_one(&mut *connection).await?;
        for row in sqlx::query(RELATIONS).fetch_all(&mut *connection).await? {
            self.relation(&row)?;
        }
        let kinds = Kinds::read(connection).await?;
        for row in sqlx::query(COLUMNS).bind(&self.oids).fetch_all(&mut *connection).await? {
            self.column(&row, &kinds)?;
        }
        for row in sqlx::query(INDEXES).bind(&self.oids).fetch_all(&mut *connection).await? {
            self.index(&row)?;
        }
        for row in sqlx::query(REFERENCES).bind(&self.oids).fetch_all(&mut *connection).await? {
            self.reference(&row)?;
        }
        Ok(Schema {
            dialect: Dialect::Postgres,
            database: database.try_get(0)?,
            tables: self.tables,
            enums: kinds.enums,
            composites: kinds.composites,
            others: self.others,
        })
    }

    fn relation(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let name = Name { schema: Some(row.try_get(1)?), name: row.try_get(2)?, on_path: row.try_get(3)? };
        let may_read: bool = row.try_get(6)?;
        let why = match row.try_get::<&str, _>(4)? {
            "v" => "a view has no key to get or page by",
            "m" => "a materialized view has no key to get or page by",
            _ if !may_read => "this user may not read it",
            _ => {
                let oid = row.try_get(0)?;
                self.places.insert(oid, self.tables.len());
                self.oids.push(oid);
                self.numbers.push(Vec::new());
                self.tables.push(Table::named(name, row.try_get(5)?));
                return Ok(());
            }
        };
        self.others.push(Other { name, why });
        Ok(())
    }

    fn column(&mut self, row: &PgRow, kinds: &Kinds) -> Result<(), sqlx::Error> {
        let Some(table) = self.place(row, 0)? else { return Ok(()) };
        let not_null: bool = row.try_get(5)?;
        let origin = match (row.try_get(6)?, row.try_get::<Option<String>, _>(7)?) {
            (true, _) => Origin::Database,
            (false, None) => Origin::Client,
            (false, Some(default)) if default.starts_with("nextval(") => Origin::Database,
            (false, Some(default)) => Origin::Default(default),
        };
        self.numbers[table].push(row.try_get(1)?);
        self.tables[table].columns.push(Column {
            name: row.try_get(2)?,
            kind: kinds.of(row.try_get(3)?),
            sql_type: row.try_get(4)?,
            nullable: !not_null,
            origin,
            comment: row.try_get(8)?,
        });
        Ok(())
    }

    fn index(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let Some(table) = self.place(row, 0)? else { return Ok(()) };
        let Some(columns) = self.columns(table, &row.try_get::<Vec<i16>, _>(1)?) else { return Ok(()) };
        self.tables[table].add_index(columns, row.try_get(2)?, row.try_get(3)?);
        Ok(())
    }

    fn reference(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let (Some(table), Some(referred)) = (self.place(row, 0)?, self.place(row, 2)?) else { return Ok(()) };
        let columns = self.columns(table, &row.try_get::<Vec<i16>, _>(1)?);
        let referenced = self.columns(referred, &row.try_get::<Vec<i16>, _>(3)?);
        if let (Some(columns), Some(referenced)) = (columns, referenced) {
            let cascades = row.try_get(4)?;
            let reference = Reference { columns, table: referred, referenced, cascades };
            self.tables[table].references.push(reference);
        }
        Ok(())
    }

    fn place(&self, row: &PgRow, oid: usize) -> Result<Option<usize>, sqlx::Error> {
        Ok(self.places.get(&row.try_get::<Oid, _>(oid)?).copied())
    }

    /// Where the columns of these numbers are; none where one of them is no column of the table's own.
    fn columns(&self, table: usize, numbers: &[i16]) -> Option<Vec<usize>> {
        let known = &self.numbers[table];
        numbers.iter().map(|number| known.iter().position(|other| other == number)).collect()
    }
}
