//! How PostgreSQL compares values of a type for equality, where that is not how they look.

use sqlx::TypeInfo as _;
use sqlx::postgres::{PgTypeInfo, PgTypeKind};

use crate::database::KeyForm;

pub(super) fn key_form(info: &PgTypeInfo) -> KeyForm {
    if let PgTypeKind::Domain(base) = info.kind() {
        return key_form(base);
    }
    match info.name() {
        "NUMERIC" => KeyForm::Number,
        "CHAR" => KeyForm::Padded,
        // citext is in whatever schema its extension was made in.
        name if name.rsplit('.').next().is_some_and(|name| name.eq_ignore_ascii_case("citext")) => {
            KeyForm::Folded
        }
        _ => KeyForm::AsIs,
    }
}
