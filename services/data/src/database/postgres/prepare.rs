//! A statement is prepared untyped, so that PostgreSQL decides what its parameters are. Where `:x IS NULL` hides that
//! from it, it is asked again without those tests. Only where it cannot tell at all is the type taken from the
//! request's field; only where we have no binary form is the parameter cast from text.

mod objections;

use std::sync::Arc;

use meanwhile_catalog::{Dialect, Origin, Param, Statement};
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgConnection, PgStatement, PgTypeInfo, PgTypeKind};
use sqlx::{
    AssertSqlSafe, Column as _, Connection as _, Either, Executor as _, SqlSafeStr as _, SqlStr,
    Statement as _, TypeInfo as _,
};

use super::params::{ParamKind, PgParam, ValueSource, implied};
use super::types::{Types, column_type};
use crate::database::cuts::Cuts;
use crate::database::prepared::{Form, Objection, PrepareError, Prepared};
use crate::request::Given;
use crate::rows::ColumnType;

/// "could not determine data type of parameter $n"
const INDETERMINATE: &str = "42P18";

/// "inconsistent types deduced for parameter $n": `$n IS NULL` makes it text, and then it is compared to another type.
const INCONSISTENT: &str = "42P08";

/// "function unnest(unknown) is not unique"
const AMBIGUOUS: &str = "42725";

/// What the driver calls a type that it does not know.
const UNKNOWN: &str = "?";

/// `in_transaction` says that one is open, which a refusal must not end.
pub(super) async fn prepare(
    connection: &mut PgConnection,
    in_transaction: bool,
    statement: &Statement,
    sources: &[Option<Given>],
) -> Result<Prepared, PrepareError> {
    let mut preparing = Preparing {
        statement,
        sources,
        in_transaction,
        types: vec![Oid(0); sources.len()],
        casts: vec![None; sources.len()],
    };
    let (sql, described) = preparing.with_implied_types(connection).await?;
    let takes_rows = takes_rows(&described);
    let (mut params, mut objections) = preparing.params(&described);
    let (sql, described) = preparing.with_casts(connection, &params, sql, described).await?;
    for (param, cast) in params.iter_mut().zip(&preparing.casts) {
        param.cast = cast.as_ref().map(|(_, name)| name.clone());
    }
    // A row whose columns are all NULL is NULL itself, and only the database sees that it is.
    let cuts = (!takes_rows).then(|| preparing.cuts(&params)).flatten();
    let types: Vec<Option<ColumnType>> =
        described.columns().iter().map(|column| column_type(column.type_info())).collect();
    let unread = described.columns().iter().zip(&types).filter(|(_, known)| known.is_none());
    objections.extend(unread.map(|(column, _)| objections::unread(statement, column)));
    let columns = described.columns().iter().map(|column| column.type_info().clone()).collect();
    let prepared = Prepared {
        text: statement.text(),
        sql,
        columns: described.columns().iter().map(|column| column.name().to_owned()).collect(),
        // Nobody can tell what one that is not read would fit.
        types: types.into_iter().map(|known| known.unwrap_or(ColumnType::Any)).collect(),
        writes: statement.writes(),
        changes_existing: statement.changes_existing(),
        locks: false,
        has_star: statement.has_star(),
        form: Form::Postgres(Arc::new(Types { params, columns })),
        cuts,
        batch: None,
    };
    prepared.unless(objections)
}

/// A statement on its way to being accepted.
struct Preparing<'a> {
    statement: &'a Statement,
    sources: &'a [Option<Given>],
    in_transaction: bool,
    types: Vec<Oid>,
    /// What a parameter comes as, and what it is cast to.
    casts: Vec<Option<(&'static str, String)>>,
}

impl Preparing<'_> {
    /// Asks until PostgreSQL knows every parameter's type, giving it one more at a time.
    async fn with_implied_types(
        &mut self,
        connection: &mut PgConnection,
    ) -> Result<(SqlStr, PgStatement), PrepareError> {
        loop {
            let sql = self.sql();
            match self.describe(connection, sql.clone(), &self.types).await {
                Ok(described) => return Ok((sql, described)),
                Err(error) => match self.undetermined(&error) {
                    Some(index) => self.imply_types(connection, index).await,
                    None if is_ambiguous(&error) && self.imply_lists() => {}
                    None => return Err(self.refused(&error)),
                },
            }
        }
    }

    /// Gives the parameters the types that their other uses say, where these tell; else the one in question that of
    /// its field.
    async fn imply_types(&mut self, connection: &mut PgConnection, index: usize) {
        let mut types = self.types.clone();
        let has_no_other_use = |index: &usize| self.statement.is_only_tested(*index);
        for index in (0..types.len()).filter(has_no_other_use).filter(|&index| self.types[index] == Oid(0)) {
            types[index] = implied(self.sources[index].as_ref());
        }
        let text = self.statement.render_without_null_tests(|index| format!("${}", index + 1));
        let sql = AssertSqlSafe(text + &types_comment(types.iter())).into_sql_str();
        let described = self.describe(connection, sql, &types).await.ok();
        let infos =
            described.as_ref().and_then(|described| described.parameters()?.left()).unwrap_or_default();
        for (known, info) in self.types.iter_mut().zip(infos) {
            *known = info.oid().unwrap_or(*known);
        }
        if self.types[index] == Oid(0) {
            self.types[index] = implied(self.sources[index].as_ref());
        }
    }

    /// `unnest(:items.sku)` may be a list of anything: gives the lists the types of their fields. False where that was done.
    fn imply_lists(&mut self) -> bool {
        let mut any = false;
        for (known, source) in self.types.iter_mut().zip(self.sources) {
            if *known == Oid(0) && source.as_ref().is_some_and(|given| given.is_list) {
                *known = implied(source.as_ref());
                any = true;
            }
        }
        any
    }

    /// The parameter that PostgreSQL cannot tell the type of, unless it was given one already.
    fn undetermined(&self, error: &sqlx::Error) -> Option<usize> {
        let error = error.as_database_error()?;
        if !matches!(error.code().as_deref(), Some(INDETERMINATE | INCONSISTENT)) {
            return None;
        }
        let number = error.message().split_once('$')?.1;
        let number = number.split(|c: char| !c.is_ascii_digit()).next()?;
        let index = number.parse::<usize>().ok()?.checked_sub(1)?;
        (self.types.get(index) == Some(&Oid(0))).then_some(index)
    }

    /// What is sent for each parameter, and what is against it: a field none of whose values its parameter could take
    /// would be refused call by call.
    fn params(&self, described: &PgStatement) -> (Vec<PgParam>, Vec<Objection>) {
        let infos = match described.parameters() {
            Some(Either::Left(infos)) => infos,
            _ => &[],
        };
        let (mut params, mut objections) = (Vec::new(), Vec::new());
        for (index, (info, param)) in infos.iter().zip(&self.statement.params).enumerate() {
            let given = self.sources[index].as_ref();
            let field = given.map(|given| &given.field);
            let kind = ParamKind::of(info, field);
            if let Some(given) = given.filter(|given| from_request(param) && !kind.takes(given)) {
                objections.push(self.misfit(index, &kind, given));
            }
            let as_text = kind.is_sent_as_text(info, field.filter(|_| from_request(param)));
            params.push(PgParam {
                oid: if as_text { kind.cast_from().0 } else { info.oid().unwrap_or(Oid(0)) },
                kind,
                as_text,
                cast: None,
                name: param.name.clone(),
                source: ValueSource::from(&param.origin),
            });
        }
        (params, objections)
    }

    /// The statement with a cast of each parameter that is sent as text.
    async fn with_casts(
        &mut self,
        connection: &mut PgConnection,
        params: &[PgParam],
        sql: SqlStr,
        described: PgStatement,
    ) -> Result<(SqlStr, PgStatement), PrepareError> {
        let infos = match described.parameters() {
            Some(Either::Left(infos)) => infos.to_vec(),
            _ => Vec::new(),
        };
        for (index, (param, info)) in params.iter().zip(&infos).enumerate() {
            self.types[index] = param.oid;
            if param.as_text {
                let name = type_name(connection, info).await.map_err(|error| self.refused(&error))?;
                self.casts[index] = Some((param.kind.cast_from().1, name));
            }
        }
        if self.casts.iter().all(Option::is_none) {
            return Ok((sql, described));
        }
        let sql = self.sql();
        let described = self.describe(connection, sql.clone(), &self.types).await;
        let described = described.map_err(|error| self.refused(&error))?;
        Ok((sql, described))
    }

    async fn describe(
        &self,
        connection: &mut PgConnection,
        sql: SqlStr,
        types: &[Oid],
    ) -> Result<PgStatement, sqlx::Error> {
        if !self.in_transaction {
            return describe(connection, sql, types).await;
        }
        connection.execute("SAVEPOINT meanwhile").await?;
        let described = describe(connection, sql, types).await;
        if described.is_err() {
            connection.execute("ROLLBACK TO meanwhile").await?;
        }
        described
    }

    fn sql(&self) -> SqlStr {
        let mut text = self.statement.render_with(|index| self.written(index));
        if self.types.iter().any(|oid| *oid != Oid(0)) {
            text.push_str(&types_comment(self.types.iter()));
        }
        // The text is the catalog author's own; requests come in as parameters only.
        AssertSqlSafe(Arc::<str>::from(text)).into_sql_str()
    }

    /// What the parameter of that index is written as.
    fn written(&self, index: usize) -> String {
        let number = index + 1;
        match &self.casts[index] {
            Some((from, name)) => format!("CAST(${number}::{from} AS {name})"),
            None => format!("${number}"),
        }
    }

    /// The statement's texts without some of its filters.
    fn cuts(&self, params: &[PgParam]) -> Option<Arc<Cuts>> {
        let types = types_comment(params.iter().map(|param| &param.oid));
        let written = (0..params.len()).map(|index| self.written(index)).collect();
        Cuts::new(self.statement, Dialect::Postgres, written, types)
    }
}

/// Parameters' types, behind a text that does not decide them alone: a session knows a statement by its text.
fn types_comment<'a>(types: impl Iterator<Item = &'a Oid>) -> String {
    let types: Vec<String> = types.map(|oid| oid.0.to_string()).collect();
    format!(" /* {} */", types.join(" "))
}

/// True where a parameter is of a composite type.
fn takes_rows(described: &PgStatement) -> bool {
    let infos = described.parameters().and_then(Either::left).unwrap_or_default();
    infos.iter().any(|info| is_row(info.kind()))
}

fn is_row(kind: &PgTypeKind) -> bool {
    match kind {
        PgTypeKind::Composite(_) => true,
        PgTypeKind::Domain(base) => is_row(base.kind()),
        _ => false,
    }
}

fn is_ambiguous(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).as_deref() == Some(AMBIGUOUS)
}

async fn describe(
    connection: &mut PgConnection,
    sql: SqlStr,
    types: &[Oid],
) -> Result<PgStatement, sqlx::Error> {
    let infos: Vec<PgTypeInfo> = types.iter().map(|oid| PgTypeInfo::with_oid(*oid)).collect();
    let mut described = connection.prepare_with(sql.clone(), &infos).await?;
    for _ in 0..LOOKS {
        if knows_all_types(&described) {
            break;
        }
        // It answers from what it remembers of a statement.
        connection.clear_cached_statements().await?;
        described = connection.prepare_with(sql.clone(), &infos).await?;
    }
    Ok(described)
}

/// Of types that the driver looks up together, and of which some are made of others, it may lose one, as their order happens
/// to be. What it found it remembers, so that it finds the rest when it is asked again.
const LOOKS: usize = 3;

fn knows_all_types(described: &PgStatement) -> bool {
    let columns = described.columns().iter().map(|column| column.type_info());
    let params = described.parameters().and_then(Either::left).unwrap_or_default();
    columns.chain(params).all(|info| info.name() != UNKNOWN)
}

fn from_request(param: &Param) -> bool {
    matches!(param.origin, Origin::Field(_))
}

/// The type as SQL writes it, schema and quotes included where they are needed. Of -1 it is one without a length:
/// `character` alone would be that of one character.
async fn type_name(connection: &mut PgConnection, info: &PgTypeInfo) -> Result<String, sqlx::Error> {
    let oid = info.oid().unwrap_or(Oid(25));
    sqlx::query_scalar("SELECT format_type($1, -1)").bind(oid).fetch_one(connection).await
}
