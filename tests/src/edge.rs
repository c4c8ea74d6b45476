//! The function of the edge, a `CloudFront` function: it sends what AWS SDKs post to `/` to the path of its operation.
//!
//! It stands in template.yaml, between two comments, since `CloudFormation` takes it nowhere else; it is rendered from
//! operations.toml. `CloudFront` allows a function 10 kB, so operations stand under their function's name once.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::table::{Entry, Operations};

/// Where it stands, below the project's root.
pub const PATH: &str = "template.yaml";

/// The line before it.
const BEGIN: &str = "      # Rendered from operations.toml by `make compatibility`: begin\n";
/// The line after it.
const END: &str = "      # Rendered: end\n";

const HANDLER: &str = r#"
var paths = {};
for (var service in functions) {
  for (var name in functions[service][1]) {
    functions[service][1][name].split(" ").forEach(function (operation) {
      paths[functions[service][0] + "." + operation] = "/" + service + "/" + name + "/" + operation;
    });
  }
}

function handler(event) {
  var request = event.request, headers = request.headers, target = headers["x-amz-target"];
  headers["x-gatehouse-viewer-host"] = { value: headers.host.value };
  headers["x-gatehouse-viewer-address"] = { value: event.viewer.ip };
  var path = target && Object.prototype.hasOwnProperty.call(paths, target.value) ? paths[target.value] : undefined;
  if (path && request.method === "POST" && request.uri === "/") {
    request.uri = path;
  }
  return request;
}
"#;

/// The function's code, JavaScript of `CloudFront`'s runtime 2.0.
pub fn render(operations: &Operations) -> String {
    let mut code = String::from("var functions = {\n");
    for (folder, prefix, entries) in [
        (
            "user-pool",
            "AWSCognitoIdentityProviderService",
            &operations.user_pool,
        ),
        (
            "identity-pool",
            "AWSCognitoIdentityService",
            &operations.identity_pool,
        ),
    ] {
        let _ = writeln!(code, "  \"{folder}\": [\"{prefix}\", {{");
        for (function, names) in by_function(entries) {
            let _ = writeln!(code, "    \"{function}\": \"{}\",", names.join(" "));
        }
        code.push_str("  }],\n");
    }
    code.push_str("};");
    code.push_str(HANDLER);
    code
}

fn by_function(entries: &BTreeMap<String, Entry>) -> BTreeMap<&str, Vec<&str>> {
    let mut functions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, entry) in entries {
        functions.entry(&entry.function).or_default().push(name);
    }
    functions
}

/// The template with this code in the place of what stands there; `None` where it has no such place.
pub fn splice(template: &str, code: &str) -> Option<String> {
    let (before, rest) = template.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    let mut block = String::from("      FunctionCode: |\n");
    for line in code.lines() {
        if !line.is_empty() {
            let _ = write!(block, "        {line}");
        }
        block.push('\n');
    }
    Some(format!("{before}{BEGIN}{block}{END}{after}"))
}
