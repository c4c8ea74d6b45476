//! Parameters of a query string or of a form (`application/x-www-form-urlencoded`, WHATWG URL).

use std::collections::BTreeSet;
use std::fmt;

use lambda_http::{Body, Request};
use percent_encoding::percent_decode;

/// The longest query string or form that is read, in bytes.
const LONGEST: usize = 64 << 10;

/// Parameters, each with a value and given once.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Form(Vec<(String, String)>);

/// Passwords, codes and secrets travel in forms: only the names are shown.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// Why a request has no readable form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoForm {
    /// The body is of another type.
    #[error("the body is not application/x-www-form-urlencoded")]
    Type,
    /// There is more of it than is read.
    #[error("the request is too long")]
    TooLong,
    /// It is not UTF-8 (RFC 6749 appendix B). Read all the same, as the WHATWG has it, two passwords could be one.
    #[error("the request is not UTF-8")]
    Encoding,
    /// A parameter is given more than once (RFC 6749 section 3.1).
    #[error("the parameter {0} is given more than once")]
    Twice(String),
}

impl Form {
    /// Reads a text. A parameter without a value counts as left out (RFC 6749 section 3.1).
    ///
    /// # Errors
    /// [`NoForm::TooLong`], [`NoForm::Encoding`] and [`NoForm::Twice`].
    pub fn parse(text: &[u8]) -> Result<Self, NoForm> {
        if text.len() > LONGEST {
            return Err(NoForm::TooLong);
        }
        if percent_decode(text).decode_utf8().is_err() {
            return Err(NoForm::Encoding);
        }
        let mut form = Self::default();
        let mut seen = BTreeSet::new();
        for (name, value) in form_urlencoded::parse(text) {
            if value.is_empty() {
                continue;
            }
            if !seen.insert(name.clone()) {
                return Err(NoForm::Twice(
                    name.chars().filter(char::is_ascii_graphic).take(40).collect(),
                ));
            }
            form.0.push((name.into_owned(), value.into_owned()));
        }
        Ok(form)
    }

    /// The parameters of a request's address.
    ///
    /// # Errors
    /// As [`Form::parse`].
    pub fn of_query(request: &Request) -> Result<Self, NoForm> {
        Self::parse(request.uri().query().unwrap_or_default().as_bytes())
    }

    /// The parameters of a request's body.
    ///
    /// # Errors
    /// As [`Form::parse`], and [`NoForm::Type`].
    pub fn of_body(request: &Request) -> Result<Self, NoForm> {
        let kind = request
            .headers()
            .get("content-type")
            .and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default();
        if !kind
            .trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        {
            return Err(NoForm::Type);
        }
        match request.body() {
            Body::Text(text) => Self::parse(text.as_bytes()),
            Body::Binary(bytes) => Self::parse(bytes),
            _ => Ok(Self::default()),
        }
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    /// Each parameter with its value, in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same and one more parameter, which must not be among them.
    #[must_use]
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The parameters of these names, as a query string.
    pub fn query_of(&self, names: &[&str]) -> String {
        query(self.iter().filter(|(name, _)| names.contains(name)))
    }
}

/// A query string of these parameters.
pub fn query<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_parameter_has_one_value_or_none() {
        let form = Form::parse(b"a=1&b=&c=%C3%A4+%2B&d").unwrap();
        assert_eq!(
            (form.get("a"), form.get("b"), form.get("d")),
            (Some("1"), None, None)
        );
        assert_eq!(form.get("c"), Some("\u{e4} +"));
        assert_eq!(Form::parse(b"a=1&a=1"), Err(NoForm::Twice("a".to_owned())));
        assert_eq!(Form::parse(&vec![b'a'; LONGEST + 1]), Err(NoForm::TooLong));
        for text in [&b"a=%FF"[..], b"a=\xc3", b"a=%C3&b=%A4", b"%ED%A0%80=1"] {
            assert_eq!(Form::parse(text), Err(NoForm::Encoding));
        }
        assert_eq!(form.query_of(&["c", "a"]), "a=1&c=%C3%A4+%2B");
    }

    #[test]
    fn values_are_not_shown() {
        let form = Form::parse(b"password=Correct-horse1").unwrap();
        assert_eq!(format!("{form:?}"), r#"{"password"}"#);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(value in ".{1,40}") {
            let form = Form::parse(query([("x", value.as_str())]).as_bytes()).unwrap();
            prop_assert_eq!(form.get("x"), Some(value.as_str()));
        }

        #[test]
        fn any_bytes_read_or_do_not_and_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Form::parse(&bytes);
        }

        #[test]
        fn what_reads_has_each_parameter_once_and_reads_back(text in "[ab=&%0-9A-Fa-f+;\\x00é]{0,60}") {
            let given: Vec<_> = form_urlencoded::parse(text.as_bytes()).filter(|(_, value)| !value.is_empty()).collect();
            let names: BTreeSet<_> = given.iter().map(|(name, _)| name).collect();
            match Form::parse(text.as_bytes()) {
                Ok(form) => {
                    prop_assert_eq!(names.len(), given.len());
                    prop_assert!(form.iter().eq(given.iter().map(|(name, value)| (&**name, &**value))));
                    prop_assert_eq!(Form::parse(query(form.iter()).as_bytes()), Ok(form));
                }
                Err(NoForm::Encoding) => prop_assert!(percent_decode(text.as_bytes()).decode_utf8().is_err()),
                Err(why) => prop_assert!(matches!(why, NoForm::Twice(_)) && names.len() < given.len()),
            }
        }
    }
}
