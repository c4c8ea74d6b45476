//! The filter language of `ListUsers`: one attribute, `=` or `^=`, a quoted value.

use std::collections::BTreeSet;

use gatehouse::Fault;
use gatehouse::domain::user::{Status, User};

/// Attributes that can be filtered by.
const NAMES: [&str; 10] = [
    "username",
    "email",
    "phone_number",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "cognito:user_status",
    "status",
    "sub",
];

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equals,
    BeginsWith,
}

/// A parsed filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) attribute: String,
    pub(crate) comparison: Comparison,
    pub(crate) value: String,
}

fn malformed() -> Fault {
    Fault::invalid_parameter("Error while parsing filter.")
}

impl Filter {
    /// Parses a filter by one of Cognito's attributes or one that the pool makes `searchable`; an empty one filters
    /// nothing.
    pub(crate) fn parse(text: &str, searchable: &BTreeSet<String>) -> Result<Option<Self>, Fault> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let (left, right) = text.split_once('=').ok_or_else(malformed)?;
        let (left, comparison) = match left.strip_suffix('^') {
            Some(left) => (left, Comparison::BeginsWith),
            None => (left, Comparison::Equals),
        };
        let name = left.trim().trim_matches('"');
        if !NAMES.contains(&name) && !searchable.contains(name) {
            return Err(Fault::invalid_parameter(format!(
                "Error while parsing filter: {name} is not a searchable attribute."
            )));
        }
        let attribute = name.to_owned();
        Ok(Some(Self {
            attribute,
            comparison,
            value: quoted(right.trim())?,
        }))
    }

    /// Whether a user matches. One who lacks the attribute does not.
    pub(crate) fn matches(&self, user: &User) -> bool {
        let value = match self.attribute.as_str() {
            "username" => user.username.as_str(),
            "sub" => user.sub.as_str(),
            "cognito:user_status" => match user.status {
                Status::Unconfirmed => "UNCONFIRMED",
                Status::Confirmed => "CONFIRMED",
                Status::ResetRequired => "RESET_REQUIRED",
                Status::ForceChangePassword => "FORCE_CHANGE_PASSWORD",
            },
            "status" if user.enabled => "Enabled",
            "status" => "Disabled",
            attribute => match user.attributes.get(attribute) {
                Some(value) => value,
                None => return false,
            },
        };
        let (value, wanted) = (value.to_lowercase(), self.value.to_lowercase());
        match self.comparison {
            Comparison::Equals => value == wanted,
            Comparison::BeginsWith => value.starts_with(&wanted),
        }
    }
}

/// The text between double quotes; a backslash takes the next character as it is.
fn quoted(text: &str) -> Result<String, Fault> {
    let inner = text.strip_prefix('"').ok_or_else(malformed)?;
    let mut value = String::new();
    let mut characters = inner.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' if characters.as_str().is_empty() => return Ok(value),
            '"' => return Err(malformed()),
            '\\' => value.push(characters.next().ok_or_else(malformed)?),
            c => value.push(c),
        }
    }
    Err(malformed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatehouse::fault::FaultKind;
    use proptest::prelude::*;

    #[test]
    fn filters_are_read_as_people_write_them() {
        let parsed = |text| {
            Filter::parse(text, &["custom:team".to_owned()].into())
                .unwrap()
                .unwrap()
        };
        assert_eq!(
            parsed("email = \"ann@example.com\""),
            Filter {
                attribute: "email".to_owned(),
                comparison: Comparison::Equals,
                value: "ann@example.com".to_owned()
            }
        );
        assert_eq!(
            parsed("\"given_name\"^=\"Jo\"").comparison,
            Comparison::BeginsWith
        );
        assert_eq!(parsed(r#"name="a\"b\\c""#).value, r#"a"b\c"#);
        assert_eq!(parsed(r#"name = "a = b""#).value, "a = b");
        assert_eq!(parsed(r#"custom:team = "blue""#).attribute, "custom:team");
        assert_eq!(Filter::parse(" ", &BTreeSet::new()).unwrap(), None);
    }

    #[test]
    fn anything_else_is_an_error() {
        for bad in [
            "email",
            "email = ann",
            "email = \"ann",
            "email = \"a\" and",
            "custom:x = \"y\"",
            "= \"a\"",
            "\\",
        ] {
            assert!(Filter::parse(bad, &BTreeSet::new()).is_err(), "{bad}");
        }
    }

    fn searchable() -> BTreeSet<String> {
        ["custom:team".to_owned()].into()
    }

    proptest! {
        #[test]
        fn any_text_is_a_filter_or_an_error_of_the_model(
            noise in ".{0,60}",
            nearly in "[ \\t\"]{0,2}(name|email|custom:team|custom:x|é)?[ \\t\"^]{0,2}[=]?[ \\t]?[\"]?[a-zé\\\\\" ]{0,8}[\"]?[ ]?",
        ) {
            for text in [noise, nearly] {
                match Filter::parse(&text, &searchable()) {
                    Ok(None) => prop_assert!(text.trim().is_empty()),
                    Ok(Some(filter)) => prop_assert!(
                        NAMES.contains(&filter.attribute.as_str()) || filter.attribute == "custom:team",
                        "{}", text
                    ),
                    Err(fault) => prop_assert_eq!(fault.kind(), FaultKind::InvalidParameter),
                }
            }
        }

        #[test]
        fn what_is_written_reads_back(
            attribute in prop::sample::select([NAMES.as_slice(), &["custom:team"]].concat()),
            begins: bool,
            value in ".{0,40}",
            space in "[ \\t]{0,2}",
            quote in "\"?",
        ) {
            let (sign, comparison) = if begins { ("^=", Comparison::BeginsWith) } else { ("=", Comparison::Equals) };
            let escaped = value.replace('\\', r"\\").replace('"', r#"\""#);
            let text = format!("{space}{quote}{attribute}{quote}{space}{sign}{space}\"{escaped}\"{space}");
            let attribute = attribute.to_owned();
            prop_assert_eq!(
                Filter::parse(&text, &searchable()),
                Ok(Some(Filter { attribute, comparison, value })),
                "{}", text
            );
        }
    }
}
