//! Where a result has its columns. They are known since their statement was prepared; but a table may be altered since,
//! and `SELECT *` follows it. Values are told apart by their column's name, never by a place that was theirs once.

use meanwhile_proto::errors::Reason;

use crate::fault::Fault;

/// Where a result has the columns that its statement had when it was prepared.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Places {
    /// Where they were.
    Same,
    /// The place of each.
    Moved(Vec<usize>),
}

impl Places {
    /// The places of `names` in a result of columns `now`.
    ///
    /// # Errors
    /// METHOD_BROKEN where a column is gone, or there twice.
    pub fn find<'a>(names: &[String], now: impl Iterator<Item = &'a str> + Clone) -> Result<Self, Fault> {
        let mut more = now.clone();
        let begins = names.iter().all(|name| more.next() == Some(name));
        if begins && more.all(|more| !names.iter().any(|name| name == more)) {
            return Ok(Self::Same);
        }
        let now: Vec<&str> = now.collect();
        let place = |name: &String| {
            let mut found = (0..now.len()).filter(|&index| now[index] == name);
            found.next().filter(|_| found.next().is_none()).ok_or_else(|| gone(name))
        };
        names.iter().map(place).collect::<Result<_, _>>().map(Self::Moved)
    }

    pub fn of(&self, index: usize) -> usize {
        match self {
            Self::Same => index,
            Self::Moved(places) => places[index],
        }
    }
}

fn gone(name: &str) -> Fault {
    Fault::new(Reason::MethodBroken, "the method's statement does not fit the database as it is now")
        .detail(format_args!("its column {name} is gone, or there twice"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(names: &[&str], now: &[&str]) -> Option<Places> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Places::find(&names, now.iter().copied()).ok()
    }

    #[test]
    fn columns_are_found_by_name_wherever_they_went() {
        assert_eq!(find(&["a", "b"], &["a", "b"]), Some(Places::Same));
        assert_eq!(find(&["a", "b"], &["a", "b", "new"]), Some(Places::Same));
        assert_eq!(find(&["a", "b"], &["a", "b", "a"]), None);
        assert_eq!(find(&["a", "b"], &["b", "new", "a"]), Some(Places::Moved(vec![2, 0])));
        assert_eq!(find(&["a"], &["a", "new", "new"]), Some(Places::Same));
        assert_eq!(find(&[], &["new"]), Some(Places::Same));
    }

    #[test]
    fn a_column_that_is_gone_or_there_twice_is_not() {
        assert_eq!(find(&["a", "b"], &["a"]), None);
        assert_eq!(find(&["a"], &["a", "b", "a"]), None);
        assert_eq!(find(&["a"], &[]), None);
    }

    #[test]
    fn two_columns_of_one_name_that_always_were_stay_where_they_are() {
        assert_eq!(find(&["a", "a"], &["a", "a"]), Some(Places::Same));
    }
}
