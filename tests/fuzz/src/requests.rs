//! The body of a request, as the model reads it: the first two bytes choose an operation.

use gatehouse_model::user_pool::operations::{CreateUserPool, InitiateAuth, RespondToAuthChallenge, SignUp};
use gatehouse_model::{DecodeError, Operation, decode, operations, parse};
use serde_json::Value;

/// The longest answer to a request that is not valid.
const LONGEST: usize = 100_000;

fn check(error: &DecodeError) {
    let (DecodeError::Serialization(message) | DecodeError::Invalid(message)) = error;
    assert!(message.len() < LONGEST);
}

fn has_double(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(has_double),
        Value::Object(members) => members.values().any(has_double),
        _ => false,
    }
}

/// Whatever validation takes, the types take.
fn typed<O: Operation>(name: &str, body: &[u8]) {
    if name == O::NAME {
        decode::<O>(body).map(drop).unwrap();
    }
}

pub fn run(data: &[u8]) {
    let Some((choice, body)) = data.split_first_chunk::<2>() else {
        return;
    };
    let count = operations().count();
    let Some(operation) = operations().nth(usize::from(u16::from_be_bytes(*choice)) % count) else {
        return;
    };
    match parse(operation.input, body) {
        Err(error) => check(&error),
        Ok(value) => {
            // What was read once reads the same again, but for the last digit of a double.
            let again = parse(operation.input, value.to_string().as_bytes()).unwrap();
            assert!(again == value || has_double(&value));
            typed::<CreateUserPool>(operation.name, body);
            typed::<InitiateAuth>(operation.name, body);
            typed::<RespondToAuthChallenge>(operation.name, body);
            typed::<SignUp>(operation.name, body);
        }
    }
}
