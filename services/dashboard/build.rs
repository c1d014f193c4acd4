//! Takes the built page into the program. It is built by `make page`, never from here: building the program needs no Node.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

/// What the build of the page leaves in its folder, by the path that it is asked for under.
const FILES: [(&str, &str); 4] =
    [("/", "index.html"), ("/page.js", "page.js"), ("/page.css", "page.css"), ("/icon.svg", "icon.svg")];

fn main() -> Result<(), Box<dyn Error>> {
    // The folder is there before the page is: otherwise cargo would build this crate anew each time.
    println!("cargo:rerun-if-changed=web/dist");
    let folder = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("web/dist");
    let files = FILES.map(|(path, name)| (path, folder.join(name)));
    let mut table = String::from("&[\n");
    // All of it or nothing: half a page helps nobody.
    if files.iter().all(|(_, file)| file.is_file()) {
        for (path, file) in &files {
            writeln!(table, "    ({path:?}, include_bytes!({file:?})),")?;
        }
    }
    table.push(']');
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("page.rs"), table)?;
    Ok(())
}
