//! The packages that a draft's contract is in: one for what bare names lead to, and one for each other schema.

use super::DraftError;
use super::model::{Name, Schema};
use super::words::{snake, words};

/// The package of what bare names lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package(String);

impl Package {
    /// The package of that name.
    ///
    /// # Errors
    /// A name that protobuf does not take, or that others' packages have.
    pub fn named(name: &str) -> Result<Self, DraftError> {
        let is_word = |word: &str| {
            word.starts_with(|letter: char| letter.is_ascii_lowercase())
                && word
                    .chars()
                    .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
        };
        let is_free = name.split('.').all(|word| !is_others(word));
        match name.split('.').all(is_word) && is_free {
            true => Ok(Self(name.to_owned())),
            false => Err(DraftError::Package(name.to_owned())),
        }
    }

    /// The package named after the database, in its first version (AIP-185).
    pub fn of(schema: &Schema) -> Self {
        Self(format!("{}.v1", word(&schema.database, "database")))
    }

    /// The package of what is called that: `shop.v1`, or `shop.sales.v1` in the schema `sales`.
    pub fn of_name(&self, name: &Name) -> String {
        let Some(schema) = name.schema.as_deref().filter(|_| !name.on_path) else { return self.0.clone() };
        let schema = word(schema, "schema");
        match self.version() {
            Some(version) => format!("{}.{schema}.{version}", &self.0[..self.0.len() - version.len() - 1]),
            None => format!("{}.{schema}", self.0),
        }
    }

    /// Where the HTTP paths of what is called that begin: `/v1`, or `/v1/sales` in the schema `sales`.
    pub fn path_of(&self, name: &Name) -> String {
        let version = self.version().map(|version| format!("/{version}")).unwrap_or_default();
        match name.schema.as_deref().filter(|_| !name.on_path) {
            Some(schema) => format!("{version}/{}", word(schema, "schema")),
            None => version,
        }
    }

    fn version(&self) -> Option<&str> {
        let (_, last) = self.0.rsplit_once('.')?;
        last.strip_prefix('v')
            .filter(|number| number.starts_with(|digit: char| digit.is_ascii_digit()))
            .map(|_| last)
    }
}

fn word(name: &str, fallback: &str) -> String {
    let word = snake(&words(name), fallback);
    if is_others(&word) { format!("{word}_{fallback}") } else { word }
}

/// Names inside a package that is called so would be looked up in it.
fn is_others(word: &str) -> bool {
    matches!(word, "google" | "meanwhile")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(schema: &str, on_path: bool) -> Name {
        Name { schema: Some(schema.to_owned()), name: "orders".to_owned(), on_path }
    }

    #[test]
    fn other_schemas_have_packages_and_paths_of_their_own() {
        let package = Package::named("shop.v2beta1").unwrap();
        assert_eq!(package.of_name(&name("public", true)), "shop.v2beta1");
        assert_eq!(package.of_name(&name("Back Office", false)), "shop.back_office.v2beta1");
        assert_eq!(package.path_of(&name("public", true)), "/v2beta1");
        assert_eq!(package.path_of(&name("Back Office", false)), "/v2beta1/back_office");
        assert_eq!(package.of_name(&name("google", false)), "shop.google_schema.v2beta1");
        let plain = Package::named("shop").unwrap();
        assert_eq!(plain.of_name(&name("sales", false)), "shop.sales");
        assert_eq!(plain.path_of(&name("public", true)), "");
    }

    #[test]
    fn a_name_that_is_no_packages_is_refused() {
        for name in [
            "",
            "Shop",
            "shop.",
            ".v1",
            "1shop",
            "shop-v1",
            "shop v1",
            "google.v1",
            "shop.meanwhile.v1",
            "a;b",
        ] {
            assert!(Package::named(name).is_err(), "{name}");
        }
    }
}
