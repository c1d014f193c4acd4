//! Days, times, instants and lengths of time.

use super::*;

/// Every day that PostgreSQL has, as text that it reads.
fn day() -> impl Strategy<Value = String> {
    let far = (-4_712..=5_874_897_i64, 1..=12_u8, 1..=28_u8);
    far.prop_map(|(year, month, day)| match year {
        1.. => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{:04}-{month:02}-{day:02} BC", 1 - year),
    })
}

/// A moment as text that PostgreSQL reads, and its seconds and nanoseconds as protobuf's JSON has them.
pub(super) fn moment() -> impl Strategy<Value = Sample> {
    let instant = -62_135_596_800_000_000..=253_402_300_799_999_999_i64;
    let near = 1_700_000_000_000_000..1_800_000_000_000_000_i64;
    prop_oneof![instant, near].prop_map(|micros| {
        let instant = crate::instant::Instant::from_micros(micros).unwrap().to_string();
        (instant.clone(), json!(protobuf(&instant)))
    })
}

/// Protobuf's JSON has 0, 3, 6 or 9 decimals.
fn protobuf(instant: &str) -> String {
    match instant.trim_end_matches('Z').split_once('.') {
        None => instant.to_owned(),
        Some((seconds, decimals)) => {
            format!("{seconds}.{decimals:0<width$}Z", width = decimals.len().div_ceil(3) * 3)
        }
    }
}

#[test]
fn days() {
    is_postgresqls_text("date", day());
    let named = (1..=9_999_i16, 1..=12_i8, 1..=28_i8).prop_map(|(year, month, day)| {
        (format!("{year:04}-{month:02}-{day:02}"), json!({"year": year, "month": month, "day": day}))
    });
    holds("date", "google.type.Date", named);
}

#[test]
fn times() {
    let clock = || (0..24_u8, 0..60_u8, 0..60_u8, prop_oneof![Just(0), 1..1_000_000_u32]);
    let text =
        |(hours, minutes, seconds, micros)| format!("{hours:02}:{minutes:02}:{seconds:02}.{micros:06}");
    is_postgresqls_text("time", clock().prop_map(text));
    let fields = move |(hours, minutes, seconds, micros): (u8, u8, u8, u32)| {
        let all = [("hours", hours.into()), ("minutes", minutes.into()), ("seconds", seconds.into())];
        let all = all.into_iter().chain([("nanos", micros * 1_000)]).filter(|(_, value)| *value != 0);
        let fields = all.map(|(name, value)| (name.to_owned(), json!(value))).collect();
        (text((hours, minutes, seconds, micros)), Json::Object(fields))
    };
    holds("time", "google.type.TimeOfDay", clock().prop_map(fields));
}

#[test]
fn moments() {
    for kind in ["timestamp", "timestamptz"] {
        holds(kind, "google.protobuf.Timestamp", moment());
        is_postgresqls_text(kind, day().prop_filter("in range", |day| day.len() < 12 || day.ends_with("BC")));
        is_postgresqls_text(kind, moment().prop_map(|(text, _)| text));
    }
}

#[test]
fn intervals() {
    let any = (any::<i32>(), any::<i32>(), any::<i64>());
    let small = (-30..30_i32, -40..40_i32, -90_000_000_000..90_000_000_000_i64);
    // PostgreSQL takes microseconds one by one only where they fit its own arithmetic.
    let text = |(months, days, micros): (i32, i32, i64)| {
        format!("{months} mons {days} days {} microseconds", micros / 2)
    };
    is_postgresqls_text("interval", prop_oneof![any, small].prop_map(text));
    let fixed = (-3_000_000..3_000_000_i32, -9_000_000_000_000_000..9_000_000_000_000_000_i64);
    let duration = |(days, micros): (i32, i64)| {
        let all = i128::from(days) * 86_400_000_000 + i128::from(micros);
        let sign = if all < 0 { "-" } else { "" };
        let (seconds, rest) = (all.unsigned_abs() / 1_000_000, all.unsigned_abs() % 1_000_000);
        let decimals = match rest {
            0 => String::new(),
            _ if rest % 1_000 == 0 => format!(".{:03}", rest / 1_000),
            _ => format!(".{rest:06}"),
        };
        (format!("{days} days {micros} microseconds"), json!(format!("{sign}{seconds}{decimals}s")))
    };
    holds("interval", "google.protobuf.Duration", fixed.prop_map(duration));
}
