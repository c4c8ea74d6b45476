//! Goes through a request along its shape: wrong types end it, broken constraints are collected.

use serde_json::{Map, Value};

use crate::constraint::{all, broken, broken_length, echo};
use crate::{Blob, DecodeError, Kind, Member, Shape};

/// Further violations are counted but not told, so that an answer stays small.
const MOST_TOLD: usize = 100;
/// Longer keys are cut where a path names them.
const LONGEST_KEY: usize = 128;

/// The violations found so far.
pub(crate) struct Validator {
    told: Vec<String>,
    count: usize,
}

/// Where a value stands.
#[derive(Clone)]
struct Place {
    path: String,
    /// A container above is sensitive, so everything in it is.
    hidden: bool,
}

impl Validator {
    /// Checks a whole request.
    pub(crate) fn check(shape: &Shape, value: &mut Value) -> Result<(), DecodeError> {
        let mut validator = Self {
            told: Vec::new(),
            count: 0,
        };
        validator.value(
            shape,
            value,
            &Place {
                path: String::new(),
                hidden: false,
            },
        )?;
        if validator.count == 0 {
            return Ok(());
        }
        let errors = if validator.count == 1 { "error" } else { "errors" };
        let message = format!(
            "{} validation {errors} detected: {}",
            validator.count,
            validator.told.join("; ")
        );
        Err(DecodeError::Invalid(message))
    }

    fn value(&mut self, shape: &Shape, value: &mut Value, place: &Place) -> Result<(), DecodeError> {
        let place = &Place {
            path: place.path.clone(),
            hidden: place.hidden || shape.sensitive,
        };
        match (&shape.kind, &mut *value) {
            (Kind::Document, _) => {}
            (Kind::Structure(members), Value::Object(given)) => self.structure(members, given, place)?,
            (Kind::List { member, .. }, Value::Array(given)) => self.list(member, given, place)?,
            (Kind::Map { value, .. }, Value::Object(given)) => self.map_values(value, given, place)?,
            (kind, value) => expect_scalar(kind, value)?,
        }
        self.constraints(shape, value, place);
        Ok(())
    }

    fn structure(
        &mut self,
        members: &[Member],
        given: &mut Map<String, Value>,
        place: &Place,
    ) -> Result<(), DecodeError> {
        for member in members {
            let place = place.below(&lower_camel(member.name));
            match given.get_mut(member.name) {
                Some(value) if !value.is_null() => self.value(member.shape, value, &place)?,
                _ if member.required => self.missing(&place),
                _ => {}
            }
        }
        Ok(())
    }

    fn list(&mut self, member: &Shape, given: &mut [Value], place: &Place) -> Result<(), DecodeError> {
        for (i, value) in given.iter_mut().enumerate() {
            if value.is_null() {
                self.missing(&place.below(&format!("{}.member", i + 1)));
            } else if member.kind.is_scalar() {
                expect_scalar(&member.kind, value)?;
            } else {
                self.value(member, value, &place.below(&format!("{}.member", i + 1)))?;
            }
        }
        Ok(())
    }

    fn map_values(
        &mut self,
        shape: &Shape,
        given: &mut Map<String, Value>,
        place: &Place,
    ) -> Result<(), DecodeError> {
        given.retain(|_, value| !value.is_null());
        for (key, value) in given {
            if shape.kind.is_scalar() {
                expect_scalar(&shape.kind, value)?;
            } else {
                let key: String = key.chars().take(LONGEST_KEY).collect();
                self.value(shape, value, &place.below(&format!("{key}.member")))?;
            }
        }
        Ok(())
    }

    /// The constraints of one value. Scalars inside lists and maps are told of with the whole list or map, as
    /// the services do.
    fn constraints(&mut self, shape: &Shape, value: &Value, place: &Place) {
        let violations = match (&shape.kind, value) {
            (Kind::List { length, member }, Value::Array(given)) => {
                let mut violations = broken_length(*length, given.len());
                let breaks = |value: &Value| !value.is_null() && !broken(&member.kind, value).is_empty();
                if given.iter().any(breaks) {
                    violations.push(of_parts("Member", member));
                }
                violations
            }
            (Kind::Map { length, key, value }, Value::Object(given)) => {
                let mut violations = broken_length(*length, given.len());
                if given
                    .keys()
                    .any(|name| !broken(&key.kind, &Value::String(name.clone())).is_empty())
                {
                    violations.push(of_parts("Map keys", key));
                }
                if given.values().any(|given| !broken(&value.kind, given).is_empty()) {
                    violations.push(of_parts("Map value", value));
                }
                violations
            }
            (kind, value) => broken(kind, value),
        };
        for violation in violations {
            let shown = if place.hidden || shape.holds_secrets {
                String::new()
            } else if self.told.len() < MOST_TOLD {
                format!("'{}' ", echo(value))
            } else {
                String::new()
            };
            self.tell(&shown, place, &violation);
        }
    }

    fn missing(&mut self, place: &Place) {
        self.tell("null ", place, "Member must not be null");
    }

    fn tell(&mut self, shown: &str, place: &Place, violation: &str) {
        self.count += 1;
        if self.told.len() < MOST_TOLD {
            let path = &place.path;
            self.told.push(format!(
                "Value {shown}at '{path}' failed to satisfy constraint: {violation}"
            ));
        }
    }
}

impl Place {
    fn below(&self, name: &str) -> Self {
        let path = if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        };
        Self {
            path,
            hidden: self.hidden,
        }
    }
}

fn of_parts(which: &str, shape: &Shape) -> String {
    format!(
        "{which} must satisfy constraint: [{}]",
        all(&shape.kind).join(", ")
    )
}

fn lower_camel(name: &str) -> String {
    let mut characters = name.chars();
    characters
        .next()
        .map(|first| first.to_ascii_lowercase())
        .into_iter()
        .chain(characters)
        .collect()
}

/// Refuses JSON of another type than `kind` wants; reaches containers only where they are refused.
fn expect_scalar(kind: &Kind, value: &Value) -> Result<(), DecodeError> {
    let (fits, wanted) = match kind {
        Kind::String { .. } | Kind::Enum(_) => (value.is_string(), "a String"),
        Kind::Boolean => (value.is_boolean(), "a Boolean"),
        Kind::Integer(_) => (
            value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
            "an Integer",
        ),
        Kind::Long(_) => (value.is_i64(), "a Long"),
        Kind::Timestamp => (value.is_number(), "a Timestamp"),
        Kind::Blob(_) => (
            value
                .as_str()
                .is_some_and(|text| Blob::from_base64(text).is_some()),
            "a Blob",
        ),
        Kind::List { .. } => (false, "a List"),
        Kind::Map { .. } => (false, "a Map"),
        Kind::Structure(_) => (false, "a Structure"),
        Kind::Document => (true, "a Document"),
    };
    if fits {
        return Ok(());
    }
    let message = match value {
        Value::Object(_) => "Start of structure or map found where not expected.".to_owned(),
        Value::Array(_) => "Start of list found where not expected.".to_owned(),
        other => format!("{} can not be converted to {wanted}", token(other)),
    };
    Err(DecodeError::Serialization(message))
}

fn token(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    }
}
