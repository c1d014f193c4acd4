//! What PostgreSQL has no binary reader for here becomes text, and that text is PostgreSQL's own.

use crate::fixture::{Shop, on_postgres};

/// Asks PostgreSQL for values of one type, in our text and in its own, and tells those that differ.
fn differing(kind: &str, values: &[&str]) -> Vec<String> {
    let rows: Vec<String> = values.iter().map(|value| format!("('{value}'::{kind})")).collect();
    let sql =
        format!("SELECT x AS ours, format('%s', x) AS theirs FROM (VALUES {}) AS v (x)", rows.join(", "));
    let shop = Shop::reading(
        "message Request {} message Reply { repeated Pair pairs = 1; } message Pair { string ours = 1; string theirs = 2; }",
        &sql,
    );
    let mut differing = Vec::new();
    on_postgres(&shop, async |served| {
        let reply: serde_json::Value = serde_json::from_str(&served.get("{}").await.unwrap()).unwrap();
        let pairs = reply["pairs"].as_array().unwrap();
        assert_eq!(pairs.len(), values.len());
        let differ = pairs.iter().filter(|pair| pair["ours"] != pair["theirs"]);
        differing = differ.map(ToString::to_string).collect();
    });
    differing
}

const NONE: [String; 0] = [];

#[test]
fn numerics_of_every_size() {
    let long = format!("{}.{}", "9".repeat(300), "1".repeat(300));
    let values = [
        "0",
        "-0",
        "0.0",
        "0.000",
        "1",
        "-1",
        "10000",
        "9999",
        "10001",
        "100000000",
        "-50000",
        "12.34",
        "0.1",
        "0.0001",
        "0.00001",
        "0.00012345",
        "1e-20",
        "-1e-20",
        "1e-400",
        "1e20",
        "1e400",
        "-1e131071",
        "123456789.987654321",
        "10000.00010000",
        "1.10",
        "0.10000",
        "99999999.99990000",
        "NaN",
        &long,
        "1e-16383",
        "1000000000000.0000000000001",
    ];
    assert_eq!(differing("numeric", &values), NONE);
}

#[test]
fn infinite_numerics_since_14() {
    let version = meanwhile_testbed::postgres::Cluster::shared()
        .map(|cluster| cluster.run_as_admin("SHOW server_version_num"));
    if version.is_some_and(|version| version.unwrap().as_str() >= "140000") {
        assert_eq!(differing("numeric", &["Infinity", "-Infinity"]), NONE);
    }
}

#[test]
fn numerics_with_a_scale_of_their_column() {
    assert_eq!(differing("numeric(20, 6)", &["0", "1", "-1.5", "12345678901234.123456", "0.000001"]), NONE);
}

#[test]
fn dates_from_first_to_last() {
    let values = [
        "2000-01-01",
        "1999-12-31",
        "1970-01-01",
        "2024-02-29",
        "1900-02-28",
        "1582-10-15",
        "0999-12-31",
        "0001-01-01",
        "0001-12-31 BC",
        "0001-01-01 BC",
        "0005-02-29 BC",
        "0044-03-15 BC",
        "0100-02-28 BC",
        "4713-01-01 BC",
        "9999-12-31",
        "10000-01-01",
        "294276-12-31",
        "5874897-12-31",
        "infinity",
        "-infinity",
    ];
    assert_eq!(differing("date", &values), NONE);
}

#[test]
fn times_from_first_to_last() {
    let values = [
        "00:00:00",
        "00:00:00.000001",
        "12:30:00",
        "12:30:00.5",
        "23:59:59.999999",
        "24:00:00",
        "01:02:03.040",
    ];
    assert_eq!(differing("time", &values), NONE);
}

#[test]
fn timestamps_from_first_to_last() {
    let values = [
        "2024-05-01 12:30:00",
        "2024-05-01 12:30:00.5",
        "1999-12-31 23:59:59.999999",
        "0001-01-01 00:00:00",
        "0001-12-31 23:59:59.999999 BC",
        "4713-01-01 00:00:00 BC",
        "10000-01-01 00:00:00",
        "294276-12-31 23:59:59.999999",
        "infinity",
        "-infinity",
    ];
    assert_eq!(differing("timestamp", &values), NONE);
    let in_utc: Vec<String> = values.iter().map(|value| utc(value)).collect();
    assert_eq!(differing("timestamptz", &in_utc.iter().map(String::as_str).collect::<Vec<_>>()), NONE);
}

/// With the offset before the era, as PostgreSQL has it.
fn utc(timestamp: &str) -> String {
    match timestamp.strip_suffix(" BC") {
        _ if timestamp.contains("infinity") => timestamp.to_owned(),
        Some(timestamp) => format!("{timestamp}+00 BC"),
        None => format!("{timestamp}+00"),
    }
}

#[test]
fn intervals_with_every_sign() {
    let values = [
        "0",
        "1 year 2 mons 3 days 04:05:06.789",
        "-1 year -2 mons +3 days -04:05:06.789",
        "1 mon",
        "-1 mon",
        "1 day -00:00:01",
        "-1 day +00:00:01",
        "-1 day -00:00:01",
        "1 year -1 day",
        "-1 year +1 day",
        "2 days",
        "-00:00:00.000001",
        "2562047788:00:54.775807",
        "-2562047788:00:54.775807",
        "178956970 years 7 mons 2147483647 days",
        "11 mons",
        "12 mons",
        "-13 mons",
    ];
    assert_eq!(differing("interval", &values), NONE);
}

#[test]
fn addresses_with_and_without_a_network() {
    let values = [
        "0.0.0.0",
        "192.168.0.1",
        "192.168.0.1/24",
        "10.0.0.0/8",
        "0.0.0.0/0",
        "::",
        "::1",
        "::2",
        "::1.2.3.4",
        "::0.1.0.0",
        "::ffff:1.2.3.4",
        "::ffff:0:1.2.3.4",
        "2001:db8::1",
        "2001:db8:0:1:0:0:0:1",
        "2001:0:0:1:0:0:2:3",
        "1:0:2:3:4:5:6:7",
        "1:0:0:3:4:0:0:7",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "2001:db8::/32",
        "::/0",
        "::1:0:0",
        "1::",
    ];
    assert_eq!(differing("inet", &values), NONE);
    assert_eq!(differing("cidr", &["192.168.0.0/24", "10.0.0.1/32", "::/0", "2001:db8::/32", "::1"]), NONE);
}

#[test]
fn ranges_of_every_kind() {
    for kind in ["int4range", "int8range", "numrange"] {
        assert_eq!(differing(kind, &["empty", "[1,10)", "(,5)", "[-5,)", "(,)", "[3,3]"]), NONE, "{kind}");
    }
    let days = ["empty", "[2024-05-01,2024-06-01)", "(,0044-03-15 BC)", "[infinity,)", "[2024-05-01,]"];
    assert_eq!(differing("daterange", &days), NONE);
    let moments = ["empty", "[2024-05-01 12:00,2024-06-01)", "(2024-05-01 12:00:00.5,infinity]", "(,)"];
    assert_eq!(differing("tsrange", &moments), NONE);
    assert_eq!(differing("tstzrange", &moments), NONE);
    let quoted = [r#"["",b)"#, r#"["a b","c\"\"d")"#, r#"[a\\b,"x,y"]"#, "[é,(]", r#"["(","[")"#];
    let quoted: Vec<String> = quoted.iter().map(|value| value.replace("(]", ")")).collect();
    assert_eq!(differing("textrange", &quoted.iter().map(String::as_str).collect::<Vec<_>>()), NONE);
}

#[test]
fn single_bytes() {
    assert_eq!(differing("\"char\"", &["", "a", "~", " "]), NONE);
}

#[test]
fn uuids() {
    let values = [
        "00000000-0000-0000-0000-000000000000",
        "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ];
    assert_eq!(differing("uuid", &values), NONE);
}

#[test]
fn what_is_text_already() {
    let json = [r#"{"b": 1, "a": [1, null, "é\u0041"]}"#, "1e3", r#""x""#];
    assert_eq!(differing("json", &json), NONE);
    assert_eq!(differing("jsonb", &json), NONE);
    assert_eq!(differing("mood", &["sad", "très bien"]), NONE);
    assert_eq!(differing("varchar(5)", &["", "é東京"]), NONE);
    assert_eq!(differing("name", &["x"]), NONE);
}
