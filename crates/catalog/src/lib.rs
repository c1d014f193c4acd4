//! A catalog is a folder that declares one data API: `.proto` for the contract, `.sql` and `.http` for the answers.
//!
//! [`Catalog::load`] reads such a folder into a plan that has been checked as far as files alone allow, or into
//! [`Findings`] that name file, line, column and the mend; [`Catalog::read`] gives both, for `check`. Whether a statement
//! fits a database is not decided here: that takes the database, and is the data service's part.

mod catalog;
mod changes;
mod contract;
mod dialect;
mod digest;
mod enum_name;
mod files;
mod finding;
mod http_call;
mod look;
mod manifest;
mod plan;
mod resolve;
mod statement;

pub use catalog::{Catalog, Reading};
pub use changes::{Changes, Names};
pub use contract::{Contract, is_output_only, is_required};
pub use dialect::Dialect;
pub use enum_name::short_enum_name;
pub use files::{MigrationFile, SeedFile};
pub use finding::{Finding, Findings, Place, Severity};
pub use http_call::{HttpCall, Piece, QueryPair};
pub use look::Look;
pub use manifest::{Upstream, UpstreamProtocol};
pub use plan::{
    Child, ChildKey, Method, Order, Orders, Origin, Page, Param, Part, RequestId, Role, Shape, Source,
    SqlSource, Target, UpdateMask,
};
pub use statement::{Beside, Filter, Statement};
