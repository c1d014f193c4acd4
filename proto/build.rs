//! Makes the messages and services of `meanwhile/v1` that Meanwhile itself serves; protox compiles, so no protoc is needed.

use std::error::Error;
use std::path::Path;

use prost::Message;

const FILES: [&str; 1] = ["meanwhile/v1/waits.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    for file in FILES {
        println!("cargo:rerun-if-changed={file}");
    }
    let descriptors = protox::compile(FILES, ["."])?;
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("v1.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().build_client(true).build_server(true).compile_fds(descriptors)?;
    Ok(())
}
