//! Secrets stay out of errors and out of logs, for every operation.

use proptest::prelude::*;

use super::checks;
use super::values::{every_shape, filled};
use crate::{DecodeError, Kind, Limits, Sensitive, parse};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn errors_never_hold_a_secret(secret in "[A-Za-z0-9]{16}") {
        // Too long for every limit, and with a space that most patterns refuse.
        let long = format!("{secret} {}", "x".repeat(140_000));
        let mut told = 0;
        for check in checks() {
            let shape = (check.shape)();
            let request = filled(shape, false, &|shape, hidden| match &shape.kind {
                _ if hidden => long.clone(),
                // Break the open members too, so that whatever contains a secret may be repeated.
                Kind::String { length: Limits { max: Some(max), .. }, .. } if *max < 4096 => "y ".repeat(2100),
                _ => "y y".to_owned(),
            });
            let Err(error) = parse(shape, &serde_json::to_vec(&request).unwrap()) else { continue };
            prop_assert!(matches!(error, DecodeError::Invalid(_)), "{}: {}", check.name, error);
            prop_assert!(!error.to_string().contains(&secret), "{}: {}", check.name, error);
            told += error.to_string().matches("Value at '").count();
        }
        prop_assert!(told > 80, "only {told} secrets were refused");
    }
}

#[test]
fn logs_never_hold_a_secret() {
    let mut operations = 0;
    for check in checks().filter(|check| every_shape((check.shape)()).iter().any(|shape| shape.sensitive)) {
        let text = |_: &_, secret| if secret { "hunter2" } else { "open" }.to_owned();
        let log = (check.debug)(filled((check.shape)(), false, &text));
        assert!(
            log.contains("***") && !log.contains("hunter2"),
            "{}: {log}",
            check.name
        );
        operations += 1;
    }
    assert!(operations > 40, "only {operations} operations take secrets");
}

#[test]
fn a_secret_is_text_in_json_and_stars_in_logs() {
    let secret = Sensitive::from("hunter2");
    assert_eq!(format!("{secret:?}"), "***");
    assert_eq!(serde_json::to_string(&secret).unwrap(), r#""hunter2""#);
    assert_eq!(
        serde_json::from_str::<Sensitive>(r#""hunter2""#)
            .unwrap()
            .expose(),
        "hunter2"
    );
}
