//! One unit struct for each operation, and the table of them all.

use std::fmt::Write;

use crate::model::Model;

/// The operations of the service that is `Service::<service>`.
pub(crate) fn render(model: &Model, service: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut out = String::new();
    let mut all = String::new();
    let mut checks = String::new();
    for (name, operation) in &model.operations {
        for error in &operation.errors {
            if !model.shape(error)?.exception {
                return Err(format!("{name} answers {error}, which is no exception").into());
            }
        }
        let output = operation
            .output
            .as_ref()
            .map_or("crate::Empty".to_owned(), |output| format!("types::{output}"));
        let (input, errors) = (&operation.input, &operation.errors);
        let unsigned = operation.authtype.as_deref() == Some("none");
        writeln!(
            out,
            "/// The operation `{name}`.\npub struct {name};\n\nimpl Operation for {name} {{\n    \
             const SERVICE: Service = Service::{service};\n    const NAME: &'static str = {name:?};\n    \
             const ERRORS: &'static [&'static str] = &{errors:?};\n    type Input = types::{input};\n    \
             type Output = {output};\n    fn input_shape() -> &'static Shape {{\n        &shapes::{input}\n    }}\n}}\n"
        )?;
        writeln!(checks, "    crate::tests::Check::of::<{name}>(),")?;
        writeln!(
            all,
            "    OperationInfo {{ service: Service::{service}, name: {name:?}, errors: {name}::ERRORS, \
             unsigned: {unsigned}, input: &shapes::{input} }},"
        )?;
    }
    // Decoding every operation takes minutes to compile; only the tests do.
    write!(
        out,
        "#[cfg(test)]\npub(crate) static CHECKS: &[crate::tests::Check] = &[\n{checks}];\n\n"
    )?;
    write!(
        out,
        "/// Every operation, by name.\npub static ALL: &[OperationInfo] = &[\n{all}];\n"
    )?;
    Ok(out)
}
