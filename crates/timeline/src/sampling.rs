//! What a span's `tracestate` says of sampling: the member `ot` carries the threshold `th` below which traces were left out
//! (OpenTelemetry, "TraceState: probability sampling"), or in older services the exponent `p`.

/// Digits of a threshold: 56 bits.
const DIGITS: usize = 14;

/// How many traces the span stands for, itself among them; 1 where nothing is said of sampling.
pub(crate) fn one_in(tracestate: &str) -> u32 {
    let value = tracestate.split(',').find_map(|member| member.trim().strip_prefix("ot="));
    let mut fields = value.into_iter().flat_map(|value| value.split(';'));
    fields
        .find_map(|field| match field.split_once(':')? {
            ("th", threshold) => by_threshold(threshold),
            ("p", exponent) => by_exponent(exponent),
            _ => None,
        })
        .unwrap_or(1)
}

fn by_threshold(digits: &str) -> Option<u32> {
    let is_threshold =
        (1..=DIGITS).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let rejected =
        u64::from_str_radix(digits, 16).ok().filter(|_| is_threshold)? << (4 * (DIGITS - digits.len()));
    let all = 1_u64 << (4 * DIGITS);
    let one_in = all as f64 / (all - rejected) as f64;
    Some(one_in.round().min(f64::from(u32::MAX)) as u32)
}

fn by_exponent(digits: &str) -> Option<u32> {
    let exponent = digits.parse::<u32>().ok().filter(|exponent| *exponent <= 62)?;
    Some(1_u32.checked_shl(exponent).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::one_in;

    #[test]
    fn a_threshold_says_of_how_many_traces_one_was_kept() {
        assert_eq!(one_in("ot=th:0"), 1);
        assert_eq!(one_in("ot=th:8"), 2);
        assert_eq!(one_in("vendor=1, ot=rv:6e6d1a75832a2f;th:c"), 4);
        assert_eq!(one_in("ot=th:fd70a3d70a3d71"), 100);
        assert_eq!(one_in("ot=th:ffffffffffffff"), u32::MAX);
    }

    #[test]
    fn an_exponent_of_older_services_is_read_too() {
        assert_eq!(one_in("ot=r:10;p:3"), 8);
        assert_eq!(one_in("ot=p:62"), u32::MAX);
    }

    #[test]
    fn what_says_nothing_that_is_known_is_not_sampled() {
        for text in [
            "",
            "ot",
            "ot=",
            "ot=th:",
            "ot=th:xyz",
            "ot=th:+8",
            "ot=th:0123456789abcdef",
            "ot=p:63",
            "th:8",
            "xot=th:8",
        ] {
            assert_eq!(one_in(text), 1, "{text:?}");
        }
    }
}
