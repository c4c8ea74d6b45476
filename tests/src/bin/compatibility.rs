//! Writes what follows from operations.toml anew: docs/COMPATIBILITY.md, and the edge's function in template.yaml.

use std::error::Error;

use gatehouse_tests::table::Operations;
use gatehouse_tests::{compatibility, edge, root};

fn main() -> Result<(), Box<dyn Error>> {
    let root = root();
    let operations = Operations::read(&root)?;
    std::fs::create_dir_all(root.join("docs"))?;
    std::fs::write(root.join(compatibility::PATH), compatibility::render(&operations))?;
    let template = std::fs::read_to_string(root.join(edge::PATH))?;
    let template = edge::splice(&template, &edge::render(&operations))
        .ok_or("template.yaml has no place for the edge's function")?;
    Ok(std::fs::write(root.join(edge::PATH), template)?)
}
