//! Both sides against each other, and against an implementation of somebody else's.

use bytes::BytesMut;
use http::HeaderValue;
use proptest::prelude::*;

use super::*;

type Fields = Vec<(String, Vec<u8>)>;

/// Fields, of which some are sensitive, and the size that the table has from then on.
type Block = (Vec<(String, Vec<u8>, bool)>, Option<usize>);

fn field() -> impl Strategy<Value = (String, Vec<u8>, bool)> {
    let name = prop_oneof![
        Just(":path".to_owned()),
        Just(":method".to_owned()),
        Just(":status".to_owned()),
        Just("content-type".to_owned()),
        Just("te".to_owned()),
        "[a-z]{1,3}(-[a-z0-9]{1,12})?",
    ];
    let value = prop_oneof!["[ -~]{0,8}", "[ -~]{0,300}", Just("POST".to_owned()), Just("200".to_owned())];
    (name, value.prop_map(String::into_bytes), any::<bool>())
}

fn blocks() -> impl Strategy<Value = Vec<Block>> {
    let size = prop_oneof![8 => Just(None), 1 => (0_usize..5_000).prop_map(Some)];
    prop::collection::vec((prop::collection::vec(field(), 1..12), size), 1..20)
}

fn decoded(decoder: &mut Decoder, block: &[u8]) -> Option<Fields> {
    let mut fields = Vec::new();
    let visit =
        |name: &Name, value: HeaderValue| fields.push((name.as_str().to_owned(), value.as_bytes().to_vec()));
    decoder.decode(block, visit).ok()?;
    Some(fields)
}

proptest! {
    #[test]
    fn what_is_written_is_read_by_us_and_by_others(blocks in blocks()) {
        let (mut encoder, mut ours, mut theirs) = (Encoder::new(), Decoder::new(), loona_hpack::Decoder::new());
        for (fields, size) in blocks {
            if let Some(size) = size {
                encoder.resize(size);
            }
            let mut block = BytesMut::new();
            encoder.begin(&mut block);
            for (name, value, is_sensitive) in &fields {
                let name = Name::read(name.as_bytes()).unwrap();
                match is_sensitive {
                    true => encoder.encode_sensitive(&name, value, &mut block),
                    false => encoder.encode(&name, value, &mut block),
                }
            }
            let expected: Fields = fields.into_iter().map(|(name, value, _)| (name, value)).collect();
            prop_assert_eq!(decoded(&mut ours, &block), Some(expected.clone()));
            let theirs = theirs.decode(&block).unwrap();
            let theirs: Fields =
                theirs.into_iter().map(|(name, value)| (String::from_utf8(name.to_vec()).unwrap(), value.to_vec())).collect();
            prop_assert_eq!(theirs, expected);
        }
    }

    #[test]
    fn what_others_write_is_read(blocks in blocks()) {
        let (mut encoder, mut decoder) = (loona_hpack::Encoder::new(), Decoder::new());
        for (fields, _) in blocks {
            let expected: Fields = fields.into_iter().map(|(name, value, _)| (name, value)).collect();
            let block = encoder.encode(expected.iter().map(|(name, value)| (name.as_bytes(), value.as_slice())));
            prop_assert_eq!(decoded(&mut decoder, &block), Some(expected));
        }
    }

    #[test]
    fn no_bytes_are_too_much(blocks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..5)) {
        let mut decoder = Decoder::new();
        for block in blocks {
            let _ = decoded(&mut decoder, &block);
        }
    }
}

#[test]
fn a_name_whose_values_are_never_sent_again_enters_the_table_no_more() {
    let (mut encoder, mut decoder) = (Encoder::new(), Decoder::new());
    let mut block = BytesMut::new();
    for call in 0..100 {
        block.clear();
        encoder.encode(&Name::read(b"x-id").unwrap(), format!("id-{call}").as_bytes(), &mut block);
        encoder.encode(&Name::Method, b"PATCH", &mut block);
        decoded(&mut decoder, &block).unwrap();
    }
    assert_eq!(decoder.changes(), 9);
}
