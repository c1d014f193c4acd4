//! Any text as a `.sql` file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use meanwhile_fuzz::{seeds, statement};

fuzz_target!(
    init: {
        if let Some(folder) = std::env::var_os("MEANWHILE_FUZZ_SEEDS") {
            seeds::write(folder.as_ref(), seeds::statements().expect("seeds")).expect("the folder of seeds");
        }
    },
    |input: &[u8]| if let Ok(text) = std::str::from_utf8(input) { statement::check(text) }
);
