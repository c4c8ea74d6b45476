//! The model's patterns mean here what they mean in Java.

use proptest::prelude::*;

use super::values::every_shape;
use crate::{Kind, Pattern, operations};

/// Every pattern of the models that an operation's input is checked against.
fn patterns() -> Vec<&'static Pattern> {
    let shapes = operations().flat_map(|operation| every_shape(operation.input));
    let mut patterns: Vec<_> = shapes
        .filter_map(|shape| match shape.kind {
            Kind::String { pattern, .. } => pattern,
            _ => None,
        })
        .collect();
    patterns.sort_by_key(|pattern| pattern.source());
    patterns.dedup_by_key(|pattern| pattern.source());
    patterns
}

#[test]
fn all_patterns_compile() {
    let patterns = patterns();
    assert!(patterns.len() > 40, "{}", patterns.len());
    for pattern in patterns {
        assert!(pattern.compiles(), "{}", pattern.source());
    }
}

#[test]
fn the_whole_text_must_match() {
    let pattern = Pattern::new(r"[\w-]+_[0-9a-zA-Z]+");
    assert!(pattern.matches("eu-west-1_abc"));
    for text in [
        " eu-west-1_abc",
        "eu-west-1_abc\n",
        "eu-west-1_abc/",
        "eu-west-1",
        "",
        "eu-west-1_ä",
    ] {
        assert!(!pattern.matches(text), "{text:?}");
    }
    assert!(
        Pattern::new("a|ab").matches("ab"),
        "an alternative must not end the match early"
    );
}

#[test]
fn classes_know_only_ascii_as_in_java() {
    assert!(!Pattern::new(r"[\w+]+").matches("é"));
    assert!(!Pattern::new(r"\d+").matches("٣"));
    assert!(
        Pattern::new(r"[\S]+").matches("a\u{a0}b"),
        "a no-break space is not Java's white space"
    );
    assert!(!Pattern::new(r"[\S]+").matches("a b"));
    assert!(!Pattern::new(r"[\w\s+=,.@-]+").matches("a\u{2003}b"));
    assert!(Pattern::new(r"[\w\s+=,.@-]+").matches("a\tb.c-d"));
    assert!(Pattern::new(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+").matches("Ünïcode٣✓"));
    assert!(!Pattern::new(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+").matches("a b"));
}

#[test]
fn a_dot_stops_at_line_terminators() {
    let pattern = Pattern::new(r".*\{####\}.*");
    assert!(pattern.matches("Your code is {####}."));
    for terminator in ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"] {
        assert!(
            !pattern.matches(&format!("Code{terminator}{{####}}")),
            "{terminator:?}"
        );
    }
    assert!(Pattern::new("(?s).*").matches("two\nlines"));
}

#[test]
fn look_behind_refuses_a_dot_at_the_end() {
    let pattern = Pattern::new(r"^[0-9A-Za-z\.\-_]*(?<!\.)$");
    for text in ["", "my-bucket", "my.bucket_1", "."] {
        assert_eq!(pattern.matches(text), text != ".", "{text}");
    }
    assert!(!pattern.matches("my-bucket."));
    assert!(!pattern.matches("my bucket"));
}

#[test]
fn ascii_categories_are_unicode_s() {
    for category in ["L", "M", "N", "P", "S", "Z"] {
        let pattern: &'static str = Box::leak(format!(r"[\p{{{category}}}]").into_boxed_str());
        let pattern = Pattern::new(pattern);
        let full = regex::Regex::new(&format!(r"^[\p{{{category}}}]$")).unwrap();
        // `[]` is no class: no ASCII character is a mark.
        for byte in (0..128u8).filter(|_| category != "M") {
            let text = char::from(byte).to_string();
            assert_eq!(
                pattern.matches(&text),
                full.is_match(&text),
                "{category} {text:?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_short_form_of_every_pattern_agrees_with_the_full_one(text in "[ -~\\t\\n]{0,24}") {
        for pattern in patterns() {
            prop_assert_eq!(pattern.matches(&text), pattern.matches_in_full(&text), "{}", pattern.source());
        }
    }
}
