//! Tests of decoding, over every operation where that is possible.

mod patterns;
mod properties;
mod secrets;
mod values;
mod wording;

use std::fmt::Debug;

use serde::Serialize;
use serde_json::Value;

use crate::{DecodeError, Operation, decode, identity_pool, user_pool};

/// The operation `O` as a value; the build script lists all of them.
pub(crate) struct Check {
    name: &'static str,
    shape: fn() -> &'static crate::Shape,
    /// Decodes a body and writes the input as JSON again.
    round_trip: fn(&[u8]) -> Result<Value, DecodeError>,
    /// The input as a log would have it, without validation.
    debug: fn(Value) -> String,
}

impl Check {
    pub(crate) const fn of<O: Operation>() -> Self
    where
        O::Input: Debug + Serialize,
    {
        Self {
            name: O::NAME,
            shape: O::input_shape,
            round_trip: |body| decode::<O>(body).map(|input| serde_json::to_value(input).unwrap()),
            debug: |value| format!("{:?}", serde_json::from_value::<O::Input>(value).unwrap()),
        }
    }
}

fn checks() -> impl Iterator<Item = &'static Check> {
    user_pool::operations::CHECKS
        .iter()
        .chain(identity_pool::operations::CHECKS)
}

#[test]
fn every_operation_of_both_services_is_there() {
    assert_eq!(user_pool::operations::ALL.len(), 141);
    assert_eq!(identity_pool::operations::ALL.len(), 23);
    assert!(
        checks()
            .map(|check| check.name)
            .eq(crate::operations().map(|operation| operation.name))
    );
}
