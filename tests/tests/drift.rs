//! What is written down in two places says the same in both.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gatehouse_model::Service;
use gatehouse_tests::table::{Access, Entry, Operations};
use gatehouse_tests::{compatibility, edge, root};
use toml::{Table, Value};

fn operations() -> Operations {
    Operations::read(&root()).unwrap()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

fn manifest(path: &str) -> Table {
    read(path).parse().unwrap()
}

/// The functions that serve something today.
fn serving<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> BTreeSet<&'a str> {
    entries
        .into_iter()
        .filter(|entry| entry.served)
        .map(|entry| entry.function.as_str())
        .collect()
}

/// Fails with all problems at once.
fn none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn the_table_has_exactly_the_models_operations() {
    let operations = operations();
    for (service, entries) in [
        (Service::UserPool, &operations.user_pool),
        (Service::IdentityPool, &operations.identity_pool),
    ] {
        let listed: Vec<_> = entries.keys().map(String::as_str).collect();
        let modelled: Vec<_> = gatehouse_model::operations()
            .filter(|operation| operation.service == service)
            .map(|operation| operation.name)
            .collect();
        assert_eq!(listed, modelled);
    }
}

#[test]
fn operations_are_public_where_the_model_asks_for_no_signature() {
    let operations = operations();
    for operation in gatehouse_model::operations() {
        let entries = match operation.service {
            Service::UserPool => &operations.user_pool,
            Service::IdentityPool => &operations.identity_pool,
        };
        let access = entries[operation.name].access;
        assert_eq!(access == Access::Public, operation.unsigned, "{}", operation.name);
    }
}

#[test]
fn the_compatibility_document_is_its_rendering() {
    let rendered = compatibility::render(&operations());
    assert!(
        read(compatibility::PATH) == rendered,
        "run `cargo run -p gatehouse-tests --bin compatibility`"
    );
}

/// Whether the file at `path` defines the test `name`, in Python's, Node's or Rust's way.
fn defines(path: &str, name: &str) -> bool {
    let text = fs::read_to_string(root().join(path)).unwrap_or_default();
    if Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "rs")
    {
        return text.contains(&format!("fn {name}("));
    }
    if Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "py")
    {
        let (head, head_async) = (format!("def {name}("), format!("async def {name}("));
        text.lines()
            .any(|line| line.starts_with(&head) || line.starts_with(&head_async))
    } else {
        ['"', '\'']
            .iter()
            .any(|quote| text.contains(&format!("test({quote}{name}{quote}")))
    }
}

#[test]
fn every_served_operation_is_shown_by_a_test_of_its_own() {
    let operations = operations();
    let mut problems = Vec::new();
    let mut tests = BTreeSet::new();
    for (name, entry) in operations.all() {
        match (&entry.test, entry.served) {
            (Some(test), true) => match test.split_once("::") {
                Some((path, test)) if defines(path, test) => {}
                _ => problems.push(format!("{name}: there is no test {test}")),
            },
            (Some(_), false) => problems.push(format!("{name} has a test but is not served")),
            (None, true) => problems.push(format!("{name} is served but no test shows it")),
            (None, false) => {}
        }
        if let Some(test) = &entry.test
            && !tests.insert(test)
        {
            problems.push(format!("{name} shares {test} with another operation"));
        }
    }
    assert!(!tests.is_empty());
    none(&problems);
}

#[test]
fn every_serving_function_is_a_binary() {
    let manifest = manifest("functions/Cargo.toml");
    let binaries: BTreeSet<_> = manifest["bin"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|bin| bin["name"].as_str())
        .collect();
    let operations = operations();
    let missing: Vec<_> = serving(operations.all().map(|(_, entry)| entry))
        .difference(&binaries)
        .copied()
        .collect();
    assert!(missing.is_empty(), "no [[bin]] for {missing:?}");
}

#[test]
fn every_binary_has_its_file_and_its_events() {
    let manifest = manifest("functions/Cargo.toml");
    let mut problems = Vec::new();
    for bin in manifest["bin"].as_array().unwrap() {
        let (name, path) = (bin["name"].as_str().unwrap(), bin["path"].as_str().unwrap());
        if !root().join("functions").join(path).is_file() {
            problems.push(format!("{name}: there is no functions/{path}"));
        }
        let stem = path
            .trim_end_matches(".rs")
            .trim_end_matches("/main")
            .replace(['/', '_'], "-");
        if !stem.ends_with(name.trim_start_matches("oidc-")) {
            problems.push(format!("{name} is spelled otherwise in functions/{path}"));
        }
        let events = json_files(&root().join("events").join(name));
        if events.is_empty() {
            problems.push(format!("{name}: there is no event in events/{name}"));
        }
        for event in events {
            if let Err(why) = serde_json::from_slice::<serde_json::Value>(&fs::read(&event).unwrap()) {
                problems.push(format!("{}: {why}", event.display()));
            }
        }
    }
    none(&problems);
}

#[test]
fn every_folder_of_events_belongs_to_a_binary() {
    let manifest = manifest("functions/Cargo.toml");
    let binaries: BTreeSet<_> = manifest["bin"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|bin| bin["name"].as_str())
        .collect();
    for entry in fs::read_dir(root().join("events")).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            let name = entry.file_name().into_string().unwrap();
            assert!(
                binaries.contains(name.as_str()),
                "events/{name} belongs to no binary"
            );
        }
    }
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect()
}

#[test]
fn every_serving_function_is_deployed_under_its_path() {
    let template = read("template.yaml");
    let operations = operations();
    let mut problems = Vec::new();
    for (folder, entries) in [
        ("user-pool", &operations.user_pool),
        ("identity-pool", &operations.identity_pool),
    ] {
        for function in serving(entries.values()) {
            let code = format!("CodeUri: target/lambda/{function}/");
            if !template.lines().any(|line| line.trim() == code) {
                problems.push(format!("template.yaml has no function {function}"));
            }
            if !template.contains(&format!(" /{folder}/{function}/{{operation}}")) {
                problems.push(format!(
                    "template.yaml has no route /{folder}/{function}/{{operation}}"
                ));
            }
            let signed = entries
                .values()
                .any(|entry| entry.function == function && entry.served && entry.access != Access::Public);
            if template.contains(&format!(" /iam/{function}/{{operation}}")) != signed {
                problems.push(format!(
                    "template.yaml must have a route /iam/{function}/ just when it serves signed operations"
                ));
            }
        }
    }
    none(&problems);
}

/// The functions that the development router sends `method path` to.
fn routed(router: &Table, path: &str, method: &str) -> Vec<String> {
    let Some((_, route)) = router.iter().find(|(pattern, _)| matches(pattern, path)) else {
        return Vec::new();
    };
    let takes = |route: &&Value| {
        route
            .get("method")
            .and_then(Value::as_str)
            .is_none_or(|taken| taken == method)
    };
    match route {
        Value::String(function) => vec![function.clone()],
        Value::Array(targets) => targets
            .iter()
            .filter(takes)
            .filter_map(|target| target["function"].as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

/// Whether a path has the form of a router's pattern, in which `{name}` stands for any one segment.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(path).all(|(wanted, given)| {
            *wanted == given || wanted.starts_with('{') && wanted.ends_with('}') && !wanted.starts_with("{*")
        })
}

#[test]
fn every_served_operation_is_routed_in_development() {
    let manifest = manifest("Cargo.toml");
    let router = manifest["workspace"]["metadata"]["lambda"]["watch"]["router"]
        .as_table()
        .unwrap();
    let operations = operations();
    let mut problems = Vec::new();
    let user_pool = operations.user_pool.iter().map(|entry| ("user-pool", entry));
    let identity_pool = operations
        .identity_pool
        .iter()
        .map(|entry| ("identity-pool", entry));
    for (folder, (name, entry)) in user_pool
        .chain(identity_pool)
        .filter(|(_, (_, entry))| entry.served)
    {
        let path = format!("/{folder}/{}/{name}", entry.function);
        for method in ["POST", "OPTIONS"] {
            let functions = routed(router, &path, method);
            if functions != [entry.function.clone()] {
                problems.push(format!("{method} {path} is routed to {functions:?}"));
            }
        }
    }
    none(&problems);
}

/// Where the security document's short names of files lead; `…` is the file before.
fn named_file(short: &str) -> String {
    match short.split_once('/') {
        None => format!("tests/clients/python/{short}"),
        Some(("node", name)) => format!("tests/clients/node/{name}"),
        Some(("secrets", _)) => format!("tests/{short}"),
        Some(_) => short.to_owned(),
    }
}

#[test]
fn every_test_that_the_security_document_names_exists() {
    let document = read("docs/SECURITY.md");
    let (mut file, mut seen, mut problems) = (String::new(), 0, Vec::new());
    for quoted in document.split('`').skip(1).step_by(2) {
        let (short, test) = quoted.split_once("::").unwrap_or((quoted, ""));
        let written_in = |extension: &str| {
            short
                .rsplit_once('.')
                .is_some_and(|(_, found)| found == extension)
        };
        let is_test = short.ends_with(".test.mjs") || short.contains("test_") && written_in("py");
        if is_test || short.starts_with("shared/") && !test.is_empty() {
            file = named_file(short);
        } else if short != "…" {
            continue;
        }
        seen += 1;
        let exists = if test.is_empty() {
            root().join(&file).is_file()
        } else {
            defines(&file, test)
        };
        if !exists {
            problems.push(format!("docs/SECURITY.md: there is no {file}::{test}"));
        }
    }
    none(&problems);
    assert!(seen > 100, "{seen} tests were found in the document");
}

#[test]
fn lock_files_name_no_address_with_a_port() {
    let mut locks = Vec::new();
    collect_locks(&root(), &mut locks);
    assert!(locks.iter().any(|path| path.ends_with("Cargo.lock")));
    for lock in locks {
        let text = fs::read_to_string(&lock).unwrap();
        for address in text.split("://").skip(1) {
            let host = address
                .split(['/', '"', '\'', ' ', '\n'])
                .next()
                .unwrap_or_default();
            assert!(!host.contains(':'), "{}: {host}", lock.display());
        }
    }
}

/// The lock files under `folder`, but for what builds and installs leave there.
fn collect_locks(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap_or_default();
        let is_folder = entry.file_type().unwrap().is_dir();
        if is_folder && !name.starts_with('.') && name != "target" && name != "node_modules" {
            collect_locks(&entry.path(), found);
        } else if name == "Cargo.lock" || name == "package-lock.json" || name == "npm-shrinkwrap.json" {
            found.push(entry.path());
        }
    }
}

#[test]
fn the_edge_knows_every_operation() {
    let template = read(edge::PATH);
    let code = edge::render(&operations());
    assert!(
        edge::splice(&template, &code).as_ref() == Some(&template),
        "run `make compatibility`"
    );
    // What CloudFront allows.
    assert!(code.len() <= 10 * 1024, "{} bytes", code.len());
}
