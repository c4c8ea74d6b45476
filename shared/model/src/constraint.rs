//! Single constraints, in the services' words.

use serde_json::Value;

use crate::{Blob, Kind, Limits};

/// Longer values are cut where an error repeats them.
const LONGEST_ECHO: usize = 1024;

/// The constraints that a scalar breaks, in words.
pub(crate) fn broken(kind: &Kind, value: &Value) -> Vec<String> {
    match kind {
        Kind::String { length, pattern } => {
            let text = value.as_str().unwrap_or_default();
            let mut broken = broken_length(*length, text.chars().count());
            broken.extend(
                pattern
                    .filter(|pattern| !pattern.matches(text))
                    .map(|pattern| matching(pattern.source())),
            );
            broken
        }
        Kind::Enum(values) if !values.contains(&value.as_str().unwrap_or_default()) => vec![one_of(values)],
        Kind::Integer(limits) | Kind::Long(limits) => {
            let number = value.as_i64().unwrap_or_default();
            broken_limits(*limits, number, "value")
        }
        Kind::Blob(limits) => {
            let bytes = value.as_str().and_then(Blob::from_base64).unwrap_or_default();
            broken_length(*limits, bytes.0.len())
        }
        _ => Vec::new(),
    }
}

/// All constraints of a scalar kind, in words and in the services' order.
pub(crate) fn all(kind: &Kind) -> Vec<String> {
    match kind {
        Kind::String { length, pattern } => {
            let mut all = all_limits(*length, "length");
            all.extend(pattern.map(|pattern| matching(pattern.source())));
            all
        }
        Kind::Enum(values) => vec![one_of(values)],
        Kind::Integer(limits) | Kind::Long(limits) => all_limits(*limits, "value"),
        Kind::Blob(limits) => all_limits(*limits, "length"),
        _ => Vec::new(),
    }
}

/// The bounds that a length breaks.
pub(crate) fn broken_length(limits: Limits, length: usize) -> Vec<String> {
    broken_limits(limits, i64::try_from(length).unwrap_or(i64::MAX), "length")
}

fn broken_limits(limits: Limits, number: i64, what: &str) -> Vec<String> {
    let max = limits.max.filter(|max| number > *max);
    let min = limits.min.filter(|min| number < *min);
    all_limits(Limits { min, max }, what)
}

fn all_limits(limits: Limits, what: &str) -> Vec<String> {
    let max = limits
        .max
        .map(|max| format!("Member must have {what} less than or equal to {max}"));
    let min = limits
        .min
        .map(|min| format!("Member must have {what} greater than or equal to {min}"));
    max.into_iter().chain(min).collect()
}

fn matching(pattern: &str) -> String {
    format!("Member must satisfy regular expression pattern: {pattern}")
}

fn one_of(values: &[&str]) -> String {
    format!("Member must satisfy enum value set: [{}]", values.join(", "))
}

/// A value as an error repeats it.
pub(crate) fn echo(value: &Value) -> String {
    let mut text = String::new();
    write_echo(value, &mut text);
    if let Some((end, _)) = text.char_indices().nth(LONGEST_ECHO) {
        text.truncate(end);
        text.push('…');
    }
    text
}

fn write_echo(value: &Value, out: &mut String) {
    if out.len() > LONGEST_ECHO * 4 {
        return;
    }
    match value {
        Value::String(text) => out.push_str(text),
        Value::Array(values) => {
            out.push('[');
            for (i, value) in values.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                write_echo(value, out);
            }
            out.push(']');
        }
        Value::Object(entries) => {
            out.push('{');
            for (i, (key, value)) in entries.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { ", " });
                out.push_str(key);
                out.push('=');
                write_echo(value, out);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}
