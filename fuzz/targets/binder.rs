//! Any bytes as a request.
#![no_main]

use std::path::PathBuf;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use meanwhile_fuzz::binder::Binder;
use meanwhile_fuzz::seeds;

/// The catalog is served once, for all inputs.
static BINDER: OnceLock<Binder> = OnceLock::new();

fuzz_target!(
    init: {
        let folder = std::env::var_os("MEANWHILE_FUZZ_WORK").map(PathBuf::from).expect("an empty folder to work in");
        let binder = BINDER.get_or_init(|| Binder::start(&folder).unwrap_or_else(|error| panic!("{error}")));
        if let Some(folder) = std::env::var_os("MEANWHILE_FUZZ_SEEDS") {
            let inputs = binder.seeds().unwrap_or_else(|error| panic!("{error}"));
            seeds::write(folder.as_ref(), inputs).expect("the folder of seeds");
        }
    },
    |input: &[u8]| BINDER.get().expect("what init made").check(input)
);
