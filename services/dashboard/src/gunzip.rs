//! Unpacks gzip, but no further than a bound: a few bytes can be made to unpack to gigabytes.

use std::io::{self, Read as _};

use flate2::read::MultiGzDecoder;

/// Why something was not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum GunzipError {
    /// It is larger than the bound.
    #[error("it unpacks to more than {0} bytes")]
    TooLarge(usize),
    /// It is not gzip.
    #[error("it is not gzip: {0}")]
    Malformed(io::Error),
}

/// What those bytes unpack to.
pub fn gunzip(packed: &[u8], most: usize) -> Result<Vec<u8>, GunzipError> {
    let mut unpacked = Vec::new();
    let mut bounded = MultiGzDecoder::new(packed).take(most as u64 + 1);
    bounded.read_to_end(&mut unpacked).map_err(GunzipError::Malformed)?;
    match unpacked.len() > most {
        true => Err(GunzipError::TooLarge(most)),
        false => Ok(unpacked),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(bytes: usize) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&vec![0; bytes]).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_unpacks_to_the_bound_is_unpacked_and_no_byte_more() {
        assert_eq!(gunzip(&packed(1_000), 1_000).unwrap(), vec![0; 1_000]);
        assert!(matches!(gunzip(&packed(1_001), 1_000), Err(GunzipError::TooLarge(1_000))));
    }

    #[test]
    fn a_bomb_takes_no_more_memory_than_the_bound() {
        let bomb = packed(100 << 20);
        assert!(bomb.len() < 1 << 20, "{}", bomb.len());
        assert!(matches!(gunzip(&bomb, 1 << 20), Err(GunzipError::TooLarge(_))));
    }

    #[test]
    fn what_is_not_gzip_or_ends_early_is_refused() {
        let whole = packed(1_000);
        for bytes in [&b"{}"[..], &whole[..whole.len() - 4], &[0x1f, 0x8b]] {
            assert!(matches!(gunzip(bytes, 1_000), Err(GunzipError::Malformed(_))), "{bytes:?}");
        }
    }
}
