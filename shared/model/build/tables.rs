//! What validation reads: one static description for each shape that an operation takes.

use std::fmt::Write;

use crate::model::{Model, Shape};

type Rendered = Result<String, Box<dyn std::error::Error>>;

/// The descriptions of all shapes that an operation takes.
pub(crate) fn render(model: &Model) -> Rendered {
    let mut out = String::new();
    for name in model.reachable(model.operations.values().map(|operation| &operation.input))? {
        let shape = model.shape(name)?;
        if let Some(pattern) = &shape.pattern {
            writeln!(out, "static {name}_PATTERN: Pattern = Pattern::new({pattern:?});")?;
        }
        writeln!(
            out,
            "pub(super) static {name}: Shape = Shape {{ sensitive: {}, holds_secrets: {}, kind: {} }};",
            model.is_sensitive(name)?,
            model.holds_secrets(name)?,
            kind(name, shape)?
        )?;
    }
    Ok(out)
}

fn kind(name: &str, shape: &Shape) -> Rendered {
    let part = |part: &Option<String>| {
        part.clone()
            .ok_or_else(|| format!("{name} lacks the shape of its members"))
    };
    let limits = format!("Limits {{ min: {:?}, max: {:?} }}", shape.min, shape.max);
    Ok(match shape.kind.as_str() {
        "string" if let Some(values) = &shape.values => format!("Kind::Enum(&{values:?})"),
        "string" => {
            let pattern = if shape.pattern.is_some() {
                format!("Some(&{name}_PATTERN)")
            } else {
                "None".to_owned()
            };
            format!("Kind::String {{ length: {limits}, pattern: {pattern} }}")
        }
        "boolean" => "Kind::Boolean".to_owned(),
        "integer" => format!("Kind::Integer({limits})"),
        "long" => format!("Kind::Long({limits})"),
        "timestamp" => "Kind::Timestamp".to_owned(),
        "blob" => format!("Kind::Blob({limits})"),
        "list" => format!(
            "Kind::List {{ length: {limits}, member: &{} }}",
            part(&shape.member)?
        ),
        "map" => {
            format!(
                "Kind::Map {{ length: {limits}, key: &{}, value: &{} }}",
                part(&shape.key)?,
                part(&shape.value)?
            )
        }
        "structure" if shape.document => "Kind::Document".to_owned(),
        "structure" => {
            let mut members = String::new();
            for (member, target) in &shape.members {
                let required = shape.required.contains(member);
                write!(
                    members,
                    "Member {{ name: {member:?}, required: {required}, shape: &{target} }}, "
                )?;
            }
            format!("Kind::Structure(&[{members}])")
        }
        other => return Err(format!("{name} has the unknown type {other}").into()),
    })
}
