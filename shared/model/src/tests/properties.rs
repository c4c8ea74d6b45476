//! What holds for every operation and any request.

use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};
use serde_json::{Map, Value};

use super::values::{any_json, filled, near};
use super::{Check, checks};
use crate::{DecodeError, Kind, Shape, parse};

/// Runs `property` on requests for every operation.
fn for_every_operation(cases: u32, property: impl Fn(&Check, &Value) -> Result<(), TestCaseError>) {
    for check in checks() {
        let mut runner = TestRunner::new(ProptestConfig {
            cases,
            failure_persistence: None,
            ..Default::default()
        });
        let requests = prop_oneof![8 => near((check.shape)()), 1 => any_json()];
        match runner.run(&requests, |request| property(check, &request)) {
            Ok(()) => {}
            Err(TestError::Fail(why, request)) => panic!("{}: {why}: {request}", check.name),
            Err(TestError::Abort(why)) => panic!("{}: {why}", check.name),
        }
    }
}

/// `value` without what its shape does not know and without nulls.
fn known(shape: &Shape, value: Value) -> Value {
    match (&shape.kind, value) {
        (Kind::Structure(members), Value::Object(mut given)) => members
            .iter()
            .filter_map(|member| {
                Some((
                    member,
                    given.remove(member.name).filter(|value| !value.is_null())?,
                ))
            })
            .map(|(member, value)| (member.name.to_owned(), known(member.shape, value)))
            .collect::<Map<_, _>>()
            .into(),
        (Kind::List { member, .. }, Value::Array(given)) => given
            .into_iter()
            .map(|value| known(member, value))
            .collect::<Vec<_>>()
            .into(),
        (Kind::Map { value: shape, .. }, Value::Object(given)) => given
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, known(shape, value)))
            .collect::<Map<_, _>>()
            .into(),
        (_, value) => value,
    }
}

#[test]
fn what_is_valid_survives_the_round_trip_and_nothing_panics() {
    let taken = std::cell::Cell::new(0);
    for_every_operation(96, |check, request| {
        let body = serde_json::to_vec(request).unwrap();
        let parsed = parse((check.shape)(), &body);
        match (check.round_trip)(&body) {
            Ok(again) => {
                taken.set(taken.get() + 1);
                let request = if request.is_null() {
                    Value::Object(Map::new())
                } else {
                    request.clone()
                };
                prop_assert_eq!(again, known((check.shape)(), request));
            }
            // Whatever validation takes, the types take.
            Err(error) => prop_assert_eq!(parsed, Err(error)),
        }
        Ok(())
    });
    assert!(taken.get() > 1000, "only {} requests were valid", taken.get());
}

#[test]
fn errors_have_the_services_form() {
    for_every_operation(48, |check, request| {
        if let Err(DecodeError::Invalid(message)) =
            parse((check.shape)(), &serde_json::to_vec(request).unwrap())
        {
            let (count, rest) = message.split_once(' ').unwrap();
            let count: usize = count.parse().unwrap();
            let head = if count == 1 {
                "validation error detected: Value "
            } else {
                "validation errors detected: Value "
            };
            prop_assert!(count > 0 && rest.starts_with(head), "{}", message);
            prop_assert!(
                rest.matches("failed to satisfy constraint: ").count() >= count.min(100),
                "{}",
                message
            );
        }
        Ok(())
    });
}

#[test]
fn a_damaged_body_is_a_request_or_an_error_of_the_model() {
    for check in checks() {
        let whole = filled((check.shape)(), false, &|_, _| "a1".to_owned())
            .to_string()
            .into_bytes();
        let mut runner = TestRunner::new(ProptestConfig {
            cases: 24,
            failure_persistence: None,
            ..Default::default()
        });
        let damage = (
            any::<prop::sample::Index>(),
            any::<prop::sample::Index>(),
            prop::collection::vec(any::<u8>(), 0..4),
        );
        let answered = runner.run(&damage, |(from, to, bytes)| {
            let mut body = whole.clone();
            let (from, to) = (from.index(body.len()), to.index(body.len()));
            body.splice(from..to.max(from), bytes);
            if let Err(error) = (check.round_trip)(&body) {
                // Whatever validation takes, the types take.
                prop_assert_eq!(parse((check.shape)(), &body), Err(error));
            }
            Ok(())
        });
        assert!(answered.is_ok(), "{}: {answered:?}", check.name);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(body in prop::collection::vec(any::<u8>(), 0..200)) {
        for check in checks().take(8) {
            let _ = (check.round_trip)(&body);
        }
    }
}
