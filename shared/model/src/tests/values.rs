//! Requests made from shapes.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::{Kind, Shape};

/// `shape` and every shape in it.
pub(super) fn every_shape(shape: &'static Shape) -> Vec<&'static Shape> {
    let mut found = vec![shape];
    match &shape.kind {
        Kind::List { member, .. } => found.extend(every_shape(member)),
        Kind::Map { key, value, .. } => found.extend(every_shape(key).into_iter().chain(every_shape(value))),
        Kind::Structure(members) => found.extend(members.iter().flat_map(|member| every_shape(member.shape))),
        _ => {}
    }
    found
}

/// A request with every member, where `text` makes each string from its shape and from whether it is secret.
pub(super) fn filled(shape: &Shape, secret: bool, text: &dyn Fn(&Shape, bool) -> String) -> Value {
    let secret = secret || shape.sensitive;
    match &shape.kind {
        Kind::String { .. } => text(shape, secret).into(),
        Kind::Enum(values) => values[0].into(),
        Kind::Boolean => true.into(),
        Kind::Integer(_) | Kind::Long(_) | Kind::Timestamp => 1.into(),
        Kind::Blob(_) => "".into(),
        Kind::List { member, .. } => json!([filled(member, secret, text)]),
        Kind::Map { value, .. } => json!({ "key": filled(value, secret, text) }),
        Kind::Structure(members) => members
            .iter()
            .map(|member| (member.name.to_owned(), filled(member.shape, secret, text)))
            .collect::<Map<_, _>>()
            .into(),
        Kind::Document => json!({}),
    }
}

/// Requests that mostly have the right types and often satisfy the constraints.
pub(super) fn near(shape: &'static Shape) -> BoxedStrategy<Value> {
    prop_oneof![60 => plausible(shape), 1 => any_json(), 1 => Just(Value::Null)].boxed()
}

fn plausible(shape: &'static Shape) -> BoxedStrategy<Value> {
    match &shape.kind {
        Kind::String { .. } => text().prop_map(Value::from).boxed(),
        Kind::Enum(values) => {
            prop_oneof![20 => prop::sample::select(*values).prop_map(Value::from), 1 => text().prop_map(Value::from)]
                .boxed()
        }
        Kind::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        Kind::Integer(_) => prop_oneof![(0..100i32).prop_map(Value::from), any::<i32>().prop_map(Value::from)].boxed(),
        Kind::Long(_) => prop_oneof![(0..100i64).prop_map(Value::from), any::<i64>().prop_map(Value::from)].boxed(),
        Kind::Timestamp => (0.5..2e9f64).prop_map(Value::from).boxed(),
        Kind::Blob(_) => prop::sample::select(&["", "aGk=", "AAAA"][..]).prop_map(Value::from).boxed(),
        Kind::List { member, .. } => prop::collection::vec(near(member), 0..3).prop_map(Value::from).boxed(),
        Kind::Map { value, .. } => {
            let entry = (text(), near(value));
            prop::collection::vec(entry, 0..3).prop_map(|entries| Map::from_iter(entries).into()).boxed()
        }
        Kind::Structure(members) => members
            .iter()
            .map(|member| {
                let value = near(member.shape).prop_map(|value| (member.name.to_owned(), value));
                if member.required { prop::option::weighted(0.99, value).boxed() } else { prop::option::of(value).boxed() }
            })
            .collect::<Vec<_>>()
            .prop_map(|members| members.into_iter().flatten().collect::<Map<_, _>>().into())
            .boxed(),
        Kind::Document => any_json(),
    }
}

fn text() -> impl Strategy<Value = String> {
    let samples = [
        "a1",
        "a1",
        "a1",
        "eu-west-1_a1",
        "eu-west-1:0f",
        "123456789012",
        "arn:aws:sns:eu-west-1:123456789012:topic",
        "ann@example.com",
        "https://example.com/",
        "Code {####}",
        "",
        "two words",
        "é😀",
        "authenticated",
    ];
    prop_oneof![8 => prop::sample::select(samples.map(str::to_owned).to_vec()), 1 => any::<String>()]
}

/// Any JSON.
pub(super) fn any_json() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // Quarters, which survive being written and read.
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 4.0)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4).prop_map(|m| Map::from_iter(m).into()),
        ]
    })
    .boxed()
}
