//! From a request's body to an operation's input.

use std::fmt;

use serde_json::Value;
use serde_json::error::Category;

use crate::validate::Validator;
use crate::{Operation, Shape};

/// Why a body is not an operation's input. The message is meant for the caller and holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// Not JSON, or JSON of the wrong types: `SerializationException`.
    Serialization(String),
    /// Constraints are broken: `InvalidParameterException`.
    Invalid(String),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Serialization(message) | Self::Invalid(message)) = self;
        f.write_str(message)
    }
}

impl std::error::Error for DecodeError {}

/// Reads the input of operation `O` from a request's body; an empty body is `{}`.
pub fn decode<O: Operation>(body: &[u8]) -> Result<O::Input, DecodeError> {
    let value = parse(O::input_shape(), body)?;
    // What `parse` lets through has the right types; this is for the day that it does not.
    serde_json::from_value(value)
        .map_err(|_| DecodeError::Serialization("The request can not be converted to its type".to_owned()))
}

/// Reads `body` as JSON that satisfies `shape`. Explicit nulls count as absent.
pub fn parse(shape: &Shape, body: &[u8]) -> Result<Value, DecodeError> {
    let mut value = if body.trim_ascii().is_empty() {
        Value::Null
    } else {
        read_json(body)?
    };
    if value.is_null() {
        value = Value::Object(serde_json::Map::new());
    }
    Validator::check(shape, &mut value)?;
    Ok(value)
}

/// Parses JSON, telling where it is malformed but never what stands there.
fn read_json(body: &[u8]) -> Result<Value, DecodeError> {
    serde_json::from_slice(body).map_err(|error| {
        DecodeError::Serialization(match error.classify() {
            Category::Eof => "Unexpected end of input".to_owned(),
            _ if error.to_string().starts_with("recursion limit") => "Too many levels of nesting".to_owned(),
            _ => format!(
                "Unexpected token at line {}, column {}",
                error.line(),
                error.column()
            ),
        })
    })
}
