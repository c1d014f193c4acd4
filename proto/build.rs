//! Makes the messages and services of `meanwhile/v1` that Meanwhile itself serves; protox compiles, so no protoc is needed.

use std::error::Error;
use std::path::Path;

use prost::Message;

const FILES: [&str; 2] = ["meanwhile/v1/timeline.proto", "meanwhile/v1/waits.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    for file in FILES {
        println!("cargo:rerun-if-changed={file}");
    }
    let out = std::env::var("OUT_DIR")?;
    for file in FILES {
        // Each by itself: who serves one of them does not tell of the others.
        let name = Path::new(file).with_extension("bin");
        let name = name.file_name().ok_or("a file without a name")?;
        std::fs::write(Path::new(&out).join(name), protox::compile([file], ["."])?.encode_to_vec())?;
    }
    let descriptors = protox::compile(FILES, ["."])?;
    tonic_prost_build::configure().build_client(true).build_server(true).compile_fds(descriptors)?;
    Ok(())
}
