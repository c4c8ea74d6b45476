//! Structures and enums.

use std::fmt::Write;

use crate::model::{Model, Shape};
use crate::naming;

type Rendered = Result<String, Box<dyn std::error::Error>>;

/// All structures and enums that an operation takes or gives.
pub(crate) fn render(model: &Model) -> Rendered {
    let ends = model
        .operations
        .values()
        .flat_map(|operation| std::iter::once(&operation.input).chain(&operation.output));
    let mut out = String::new();
    for name in model.reachable(ends)? {
        let shape = model.shape(name)?;
        if let Some(values) = &shape.values {
            out.push_str(&enumeration(name, values)?);
        } else if shape.is_structure() {
            out.push_str(&structure(model, name, shape)?);
        }
    }
    Ok(out)
}

fn enumeration(name: &str, values: &[String]) -> Rendered {
    let mut out = format!("crate::runtime::string_enum! {{ {name}\n");
    for value in values {
        writeln!(out, "    {} = {value:?},", naming::variant(value))?;
    }
    Ok(out + "}\n\n")
}

fn structure(model: &Model, name: &str, shape: &Shape) -> Rendered {
    let debug = if hides_anything(model, name, shape)? {
        ""
    } else {
        "Debug, "
    };
    let mut out = format!(
        "#[derive({debug}Clone, Default, PartialEq, Serialize, Deserialize)]\n#[serde(default)]\npub struct {name} {{\n"
    );
    for (member, target) in &shape.members {
        writeln!(
            out,
            "    #[serde(rename = {member:?}, skip_serializing_if = \"Option::is_none\")]\n    pub {}: Option<{}>,",
            naming::field(member),
            rust_type(model, target)?
        )?;
    }
    out.push_str("}\n\n");
    if debug.is_empty() {
        out.push_str(&redacted_debug(model, name, shape)?);
    }
    Ok(out)
}

/// Whether a structure holds secrets that its members' own types do not hide: maps of them, or all its members.
fn hides_anything(model: &Model, name: &str, shape: &Shape) -> Result<bool, String> {
    for target in shape.members.values() {
        if model.is_sensitive(name)? || model.is_sensitive(target)? && model.shape(target)?.kind == "map" {
            return Ok(true);
        }
    }
    Ok(false)
}

fn redacted_debug(model: &Model, name: &str, shape: &Shape) -> Rendered {
    let mut out = format!(
        "impl std::fmt::Debug for {name} {{\n    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{\n        \
         f.debug_struct({name:?})\n"
    );
    for (member, target) in &shape.members {
        let field = naming::field(member);
        let hidden = model.is_sensitive(name)? || model.is_sensitive(target)?;
        let shown = if hidden {
            format!("self.{field}.as_ref().map(|_| crate::runtime::Redacted)")
        } else {
            format!("self.{field}")
        };
        writeln!(out, "            .field({field:?}, &{shown})")?;
    }
    Ok(out + "            .finish()\n    }\n}\n\n")
}

fn rust_type(model: &Model, name: &str) -> Result<String, String> {
    let shape = model.shape(name)?;
    let part = |part: &Option<String>| match part {
        Some(part) => rust_type(model, part),
        None => Err(format!("{name} lacks the shape of its members")),
    };
    Ok(match shape.kind.as_str() {
        "string" if shape.values.is_some() => name.to_owned(),
        "string" if model.is_sensitive(name)? => "Sensitive".to_owned(),
        "string" => "String".to_owned(),
        "boolean" => "bool".to_owned(),
        "integer" => "i32".to_owned(),
        "long" => "i64".to_owned(),
        "timestamp" => "EpochSeconds".to_owned(),
        "blob" => "Blob".to_owned(),
        "list" => format!("Vec<{}>", part(&shape.member)?),
        "map" => format!("BTreeMap<String, {}>", part(&shape.value)?),
        "structure" if shape.document => "Value".to_owned(),
        "structure" if model.is_recursive(name)? => format!("Box<{name}>"),
        "structure" => name.to_owned(),
        other => return Err(format!("{name} has the unknown type {other}")),
    })
}
