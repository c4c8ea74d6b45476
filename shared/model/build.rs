//! Turns the service models in `data/` into Rust: one file of types, one of validator tables and one of
//! operations for each service. `src/lib.rs` includes them.

#[path = "build/model.rs"]
mod model;
#[path = "build/naming.rs"]
mod naming;
#[path = "build/operations.rs"]
mod operations;
#[path = "build/tables.rs"]
mod tables;
#[path = "build/types.rs"]
mod types;

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use model::Model;

/// A service: the name of its Rust module, the file of its model, its variant of `Service`.
const SERVICES: [(&str, &str, &str); 2] = [
    ("user_pool", "cognito-idp", "UserPool"),
    ("identity_pool", "cognito-identity", "IdentityPool"),
];

#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script where to write in the environment"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=data");
    let target = PathBuf::from(env::var("OUT_DIR")?);
    for (module, file, service) in SERVICES {
        let model: Model = serde_json::from_str(&fs::read_to_string(format!("data/{file}.json"))?)?;
        fs::write(target.join(format!("{module}_types.rs")), types::render(&model)?)?;
        fs::write(
            target.join(format!("{module}_shapes.rs")),
            tables::render(&model)?,
        )?;
        fs::write(
            target.join(format!("{module}_operations.rs")),
            operations::render(&model, service)?,
        )?;
    }
    Ok(())
}
