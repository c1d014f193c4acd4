//! PostgreSQL's numeric: digits to the base of 10,000, the place of the first, and how many decimals to show. It never
//! passes through a float.

use super::write_digits;

const NEGATIVE: u16 = 0x4000;

/// A number with all its digits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Numeric<'a> {
    /// The first digit's place: it counts 10,000 to this power.
    weight: i16,
    sign: u16,
    /// How many decimals there are to show.
    scale: u16,
    /// Two bytes each.
    digits: &'a [u8],
}

impl<'a> Numeric<'a> {
    /// Reads it as it comes over the wire; none where that is cut off.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (head, digits) = bytes.split_at_checked(8)?;
        let word = |index: usize| u16::from_be_bytes([head[index * 2], head[index * 2 + 1]]);
        let is_whole = digits.len() == usize::from(word(0)) * 2;
        is_whole.then_some(Self { weight: word(1) as i16, sign: word(2), scale: word(3), digits })
    }

    /// What it is where it is no number: `NaN`, `Infinity`, `-Infinity`.
    fn special(&self) -> Option<&'static str> {
        match self.sign {
            0 | NEGATIVE => None,
            0xD000 => Some("Infinity"),
            0xF000 => Some("-Infinity"),
            _ => Some("NaN"),
        }
    }

    /// True for what is neither NaN nor infinite.
    pub fn is_finite(&self) -> bool {
        self.special().is_none()
    }

    fn count(&self) -> i32 {
        (self.digits.len() / 2) as i32
    }

    /// The digit at that place after the first one.
    fn digit(&self, place: i32) -> u64 {
        let at = usize::try_from(place).unwrap_or(usize::MAX);
        match at.checked_mul(2).and_then(|at| self.digits.get(at..at.checked_add(2)?)) {
            Some(bytes) => u64::from(u16::from_be_bytes([bytes[0], bytes[1]])),
            None => 0,
        }
    }

    /// The same as an integer; none where it is not a whole number, or one that no 64 bits could hold.
    pub fn integer(&self) -> Option<i128> {
        let weight = i32::from(self.weight);
        let is_whole = (weight.max(-1) + 1..self.count()).all(|place| self.digit(place) == 0);
        if !self.is_finite() || !is_whole || weight > 4 {
            return None;
        }
        let value = (0..=weight).fold(0, |value, place| value * 10_000 + i128::from(self.digit(place)));
        Some(if self.sign == NEGATIVE { -value } else { value })
    }

    /// Appends the number with as many decimals as its scale has.
    pub fn write_text(&self, out: &mut Vec<u8>) {
        if let Some(special) = self.special() {
            return out.extend_from_slice(special.as_bytes());
        }
        if self.sign == NEGATIVE {
            out.push(b'-');
        }
        let weight = i32::from(self.weight);
        match weight {
            ..0 => out.push(b'0'),
            _ => write_digits(out, self.digit(0), 1),
        }
        (1..=weight).for_each(|place| write_digits(out, self.digit(place), 4));
        if self.scale > 0 {
            let scale = usize::from(self.scale);
            out.push(b'.');
            let end = out.len() + scale;
            (1..=scale.div_ceil(4) as i32).for_each(|group| write_digits(out, self.digit(weight + group), 4));
            out.truncate(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[u16]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn a_numeric_reads_as_postgresql_writes_it() {
        let read = |list: &[u16]| {
            let mut text = Vec::new();
            Numeric::read(&words(list)).unwrap().write_text(&mut text);
            String::from_utf8(text).unwrap()
        };
        assert_eq!(read(&[2, 0, 0, 2, 12, 3400]), "12.34");
        assert_eq!(read(&[1, 1, 0x4000, 0, 5]), "-50000");
        assert_eq!(read(&[1, 0xFFFF, 0, 4, 7]), "0.0007");
        assert_eq!(read(&[1, 0xFFFE, 0, 8, 7]), "0.00000007");
        assert_eq!(read(&[0, 0, 0, 0]), "0");
        assert_eq!(read(&[0, 0, 0xC000, 0]), "NaN");
    }

    #[test]
    fn only_whole_numbers_are_integers() {
        let integer = |list: &[u16]| Numeric::read(&words(list)).unwrap().integer();
        assert_eq!(integer(&[2, 1, 0, 0, 12, 3400]), Some(123_400));
        assert_eq!(integer(&[1, 1, 0x4000, 2, 5]), Some(-50_000));
        assert_eq!(integer(&[0, 0, 0, 2]), Some(0));
        assert_eq!(integer(&[5, 4, 0, 0, 1844, 6744, 737, 955, 1615]), Some(u64::MAX.into()));
        assert_eq!(integer(&[2, 0, 0, 2, 12, 3400]), None);
        assert_eq!(integer(&[1, 0xFFFF, 0, 4, 7]), None);
        assert_eq!(integer(&[1, 5, 0, 0, 1]), None);
        assert_eq!(integer(&[0, 0, 0xC000, 0]), None);
    }

    #[test]
    fn one_that_is_cut_off_is_none() {
        assert_eq!(Numeric::read(&words(&[2, 0, 0, 2, 12])), None);
        assert_eq!(Numeric::read(&words(&[0, 0, 0])), None);
    }
}
