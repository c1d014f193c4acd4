//! The files a catalog may import without shipping them. Google's are written down as names and numbers only;
//! `google/protobuf/*` comes with the compiler.

macro_rules! built_in {
    ($name:literal) => {
        ($name, include_str!(concat!("../", $name)))
    };
}

/// Name as imported, and source text.
pub const BUILT_IN: &[(&str, &str)] = &[
    built_in!("google/api/annotations.proto"),
    built_in!("google/api/client.proto"),
    built_in!("google/api/field_behavior.proto"),
    built_in!("google/api/http.proto"),
    built_in!("google/api/resource.proto"),
    built_in!("google/rpc/code.proto"),
    built_in!("google/rpc/error_details.proto"),
    built_in!("google/rpc/status.proto"),
    built_in!("google/type/date.proto"),
    built_in!("google/type/decimal.proto"),
    built_in!("google/type/latlng.proto"),
    built_in!("google/type/money.proto"),
    built_in!("google/type/timeofday.proto"),
    built_in!("meanwhile/v1/options.proto"),
];

/// The package of our own options; reflection strips what is in it.
pub const OPTIONS_PACKAGE: &str = "meanwhile.v1";

/// The file of our own options, as a catalog imports it.
pub const OPTIONS_FILE: &str = "meanwhile/v1/options.proto";
