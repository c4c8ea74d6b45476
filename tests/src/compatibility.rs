//! docs/COMPATIBILITY.md, rendered from the operation table.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::table::{Entry, Operations};

/// Where the document lives.
pub const PATH: &str = "docs/COMPATIBILITY.md";

const INTRODUCTION: &str = "\
# Compatibility

<!-- Rendered from operations.toml by `cargo run -p gatehouse-tests --bin compatibility`; do not edit. -->

Every operation of Amazon Cognito user pools and identity pools, and where Gatehouse stands with it. *Served* \
operations are shown by the test beside them. *Missing* ones are refused by the front door with an honest \
`NotImplementedException`; the function is the one that will serve them.

*Access*: **public** operations need no signature; **signed** ones carry AWS Signature V4 with an access key of \
Gatehouse's own, or come through `/iam/` with IAM's; **either** takes a signature or the client's own credentials.
";

/// The whole document.
pub fn render(operations: &Operations) -> String {
    let services = [
        ("User pools", &operations.user_pool),
        ("Identity pools", &operations.identity_pool),
    ];
    let mut out = INTRODUCTION.to_owned();
    out.push_str("\n| Service | Served | Missing | Operations |\n|---|---|---|---|\n");
    for (title, entries) in services {
        let served = entries.values().filter(|entry| entry.served).count();
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "| {title} | {served} | {} | {} |",
            entries.len() - served,
            entries.len()
        );
    }
    for (title, entries) in services {
        let _ = write!(out, "\n## {title}\n");
        for (family, entries) in by_family(entries) {
            let _ = write!(
                out,
                "\n### {family}\n\n| Operation | Function | Access | Status | Test |\n|---|---|---|---|---|\n"
            );
            for (name, entry) in entries {
                out.push_str(&row(name, entry));
            }
        }
    }
    out
}

fn by_family(entries: &BTreeMap<String, Entry>) -> BTreeMap<&str, Vec<(&str, &Entry)>> {
    let mut families = BTreeMap::<_, Vec<_>>::new();
    for (name, entry) in entries {
        families
            .entry(entry.family.as_str())
            .or_default()
            .push((name.as_str(), entry));
    }
    families
}

fn row(name: &str, entry: &Entry) -> String {
    let status = if entry.served { "served" } else { "missing" };
    let test = match entry.test.as_deref().and_then(|test| test.split_once("::")) {
        Some((file, test)) => format!("[{test}](../{file})"),
        None => String::new(),
    };
    let (function, access) = (&entry.function, entry.access.as_str());
    format!("| {name} | `{function}` | {access} | {status} | {test} |\n")
}
