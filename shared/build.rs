//! Turns `operations.toml` into the table that `src/api/operations.rs` includes.

use std::error::Error;
use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

use toml::{Table, Value};

const SOURCE: &str = "../operations.toml";
/// A service's section of the file and its variant of `Service`, in that type's order.
const SERVICES: [(&str, &str); 2] = [("user-pool", "UserPool"), ("identity-pool", "IdentityPool")];

#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script where to write in the environment"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={SOURCE}");
    let operations: Table = fs::read_to_string(SOURCE)?.parse()?;
    let mut out = "&[\n".to_owned();
    for (section, service) in SERVICES {
        let entries = operations
            .get(section)
            .and_then(Value::as_table)
            .ok_or("a service has no operations")?;
        // A table's keys are sorted, which `find` relies on.
        for (name, entry) in entries {
            let function = text(name, entry, "function")?;
            let access = match text(name, entry, "access")? {
                "public" => "Public",
                "signed" => "Signed",
                "either" => "Either",
                other => return Err(format!("{name}: access is not {other:?}").into()),
            };
            let served = entry.get("served").and_then(Value::as_bool).unwrap_or_default();
            writeln!(
                out,
                "    Entry {{ service: Service::{service}, name: {name:?}, function: {function:?}, \
                 access: Access::{access}, served: {served} }},"
            )?;
        }
    }
    out.push(']');
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("operations.rs"), out)?;
    Ok(())
}

fn text<'a>(name: &str, entry: &'a Value, key: &str) -> Result<&'a str, String> {
    entry
        .get(key)
        .and_then(Value::as_str)
        .ok_or_else(|| format!("{name} has no {key}"))
}
