//! Any bytes over HTTP/2.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meanwhile_fuzz::{peer, seeds};

fuzz_target!(
    init: {
        if let Some(folder) = std::env::var_os("MEANWHILE_FUZZ_SEEDS") {
            seeds::write(folder.as_ref(), peer::seeds()).expect("the folder of seeds");
        }
    },
    |input: &[u8]| peer::check(input)
);
