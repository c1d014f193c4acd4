//! How the database answers a method's statements: by which indexes, or by looking at every row. It is what a generic
//! plan does, which serves all values; and one that shuns scans, as on a table that is still small a scan is cheaper than
//! any index. `check --explain` prints it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// How one statement is answered.
#[derive(Debug, Clone)]
pub struct PlanShown {
    /// The statement's file.
    pub file: PathBuf,
    /// The part it is of.
    pub part: Arc<str>,
    /// Without optional filters first, then with each alone.
    pub calls: Vec<CallPlan>,
}

/// How a statement is answered in one kind of call.
#[derive(Debug, Clone)]
pub struct CallPlan {
    /// The filter that the call gives, by index in the statement; none where it gives none.
    pub filter: Option<usize>,
    /// The parameters that such a call gives, as their author wrote them.
    pub given: Vec<String>,
    /// How each table is read.
    pub tables: Vec<TableRead>,
    /// The table of which every row is looked at for the filter's sake, as no index serves it.
    pub scanned: Option<String>,
}

/// How a table is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRead {
    /// The table.
    pub table: String,
    /// By which way.
    pub way: Way,
}

/// The way to a table's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// The rows that an index finds.
    Index {
        /// Its name.
        index: String,
        /// What it is asked for, as the database writes it.
        condition: String,
    },
    /// All rows in an index's order, until there are enough.
    InOrder {
        /// Its name.
        index: String,
    },
    /// Every row.
    Scan,
}

impl CallPlan {
    /// True where no table is scanned.
    pub fn is_indexed(&self) -> bool {
        self.scanned.is_none() && self.tables.iter().all(|read| read.way != Way::Scan)
    }
}

impl fmt::Display for TableRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.way {
            Way::Index { index, condition } => write!(f, "{} by index {index}: {condition}", self.table),
            Way::InOrder { index } => write!(f, "{} in order of index {index}", self.table),
            Way::Scan => write!(f, "{} by scan", self.table),
        }
    }
}

impl fmt::Display for CallPlan {
    /// `with :country: cities by index cities_country: (country = $1)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.given.is_empty() {
            write!(f, "with :{}: ", self.given.join(", :"))?;
        }
        for (index, read) in self.tables.iter().enumerate() {
            write!(f, "{}{read}", if index == 0 { "" } else { "; " })?;
        }
        if self.tables.is_empty() {
            write!(f, "no table")?;
        }
        Ok(())
    }
}
