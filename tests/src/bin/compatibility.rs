//! Writes docs/COMPATIBILITY.md anew.

use std::error::Error;

use gatehouse_tests::table::Operations;
use gatehouse_tests::{compatibility, root};

fn main() -> Result<(), Box<dyn Error>> {
    let root = root();
    let document = compatibility::render(&Operations::read(&root)?);
    std::fs::create_dir_all(root.join("docs"))?;
    Ok(std::fs::write(root.join(compatibility::PATH), document)?)
}
