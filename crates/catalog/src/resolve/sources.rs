//! What an answer asks: its statement in each dialect, or its web call, with every `:name` understood.

use super::Resolver;
use super::answers::{Answer, Dialects};
use super::names::{self, Names};
use super::orders::{self, OrderField};
use crate::contract;
use crate::files::File;
use crate::http_call::RawHttpCall;
use crate::manifest;
use crate::statement::RawStatement;
use crate::{Dialect, Finding, Findings, Source, SqlSource};

impl Resolver<'_> {
    pub(super) fn source(
        &self,
        answer: &Answer,
        order: Option<(&OrderField, i32)>,
        names: &Names<'_>,
        faults: &mut Findings,
    ) -> Source {
        let is_ordered = answer.sql.keys().any(Option::is_some);
        let sql = answer.sql.values().next();
        if let (Some(http), Some(sql)) = (&answer.http, sql.and_then(|it| it.values().next())) {
            let message = format!("{} answers the same", sql.path.display());
            faults.push(Finding::error(&http.path, message, "keep one of the two"));
        }
        match (&answer.http, orders::files(answer, order)) {
            (_, Some(statement)) => self.sql(statement, names, is_ordered, faults),
            (Some(http), None) => self.http(http, names, faults),
            (None, None) => unread(),
        }
    }

    fn sql(&self, files: &Dialects, names: &Names<'_>, is_ordered: bool, faults: &mut Findings) -> Source {
        let mut source = SqlSource::default();
        for (only, file) in files {
            if !file.is_read {
                source.unread.insert(*only);
                continue;
            }
            let dialect = only.and_then(Dialect::from_name).unwrap_or(Dialect::Postgres);
            let raw = match RawStatement::parse(&file.path, &file.text, dialect) {
                Ok(raw) => raw,
                Err(finding) => {
                    faults.push(finding);
                    source.unread.insert(*only);
                    continue;
                }
            };
            self.check_effects(&raw, faults);
            self.check_page(&raw, names, is_ordered, faults);
            let (params, found) =
                names.params(raw.params.iter().map(|param| (&param.path, param.range.clone())));
            faults.extend(found.into_iter().map(|(message, mend, range)| {
                Finding::error(raw.file(), message, mend).at(raw.place(range))
            }));
            match only {
                Some(only) => drop(source.own.insert(only, raw.with(params))),
                None => source.shared = Some(raw.with(params)),
            }
        }
        Source::Sql(source)
    }

    fn check_effects(&self, raw: &RawStatement, faults: &mut Findings) {
        let Some(place) = raw.write_place().filter(|_| contract::reads_only(self.descriptor)) else { return };
        let message =
            format!("{} is NO_SIDE_EFFECTS, and this statement writes", self.descriptor.full_name());
        let mend = "take idempotency_level off the method, or only read";
        faults.push(Finding::error(raw.file(), message, mend).at(place));
    }

    /// Without `:limit` a page is the whole list, and without `:after` every page is the first. One of several orders
    /// is made of some of the columns, and ends with the unique one.
    fn check_page(&self, raw: &RawStatement, names: &Names<'_>, is_ordered: bool, faults: &mut Findings) {
        let Some(page) = names.page() else { return };
        let first = if is_ordered { page.columns.len().saturating_sub(1) } else { 0 };
        let after = page.columns[first..].iter().map(|column| vec!["after", column.as_str()]);
        for path in after.chain([vec!["limit"]]).filter(|path| !raw.uses(path)) {
            let name = path.join(".");
            let message =
                format!("{} has page_by, and this statement does not use :{name}", self.descriptor.name());
            let mend = "page it: WHERE (:after.id IS NULL OR id > :after.id) ORDER BY id LIMIT :limit";
            faults.push(Finding::error(raw.file(), message, mend));
        }
    }

    fn http(&self, file: &File, names: &Names<'_>, faults: &mut Findings) -> Source {
        if !file.is_read {
            return unread();
        }
        let raw = match RawHttpCall::parse(&file.path, &file.text) {
            Ok(raw) => raw,
            Err(finding) => {
                faults.push(finding);
                return unread();
            }
        };
        if self.manifest.is_some_and(|manifest| !manifest.upstreams.contains_key(raw.upstream())) {
            let message = format!("{} names no upstream {}", manifest::FILE, raw.upstream());
            let mend = format!("add [upstreams.{}] with its url to {}", raw.upstream(), manifest::FILE);
            let start = file.text.find('{').unwrap_or(0);
            let range = start..start + raw.upstream().len() + 2;
            faults.push(Finding::error(&file.path, message, mend).at(raw.place(range)));
        }
        if !contract::reads_only(self.descriptor) {
            let mend = "set idempotency_level = NO_SIDE_EFFECTS on the method";
            faults.push(Finding::error(&file.path, "a web call in a method that may write", mend));
        }
        if names.page().is_some() {
            let mend = "answer it with SQL, or take page_by away";
            faults.push(Finding::error(&file.path, "page_by on a method that a web service answers", mend));
        }
        let (params, found) = names.params(raw.params.iter().map(|(path, range)| (path, range.clone())));
        faults.extend(
            found
                .into_iter()
                .map(|(message, mend, range)| Finding::error(raw.file(), message, mend).at(raw.place(range))),
        );
        let places: Vec<_> = raw.params.iter().map(|(_, range)| raw.place(range.clone())).collect();
        let call = raw.with(params);
        for (index, message, mend) in names::unfit_for_url(&call) {
            faults.push(Finding::error(&file.path, message, mend).at(places[index].clone()));
        }
        Source::Http(call)
    }
}

/// What has been told to be no answer.
fn unread() -> Source {
    Source::Sql(SqlSource { unread: [None].into(), ..SqlSource::default() })
}
