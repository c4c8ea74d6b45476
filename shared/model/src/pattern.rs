//! The model's patterns. They are Java's, and differ from the `regex` crate's in three ways that matter here:
//! `\w`, `\s`, `\d` and `\S` know only ASCII, `.` stops at every line terminator, and look-behind exists.

use std::fmt::Write;
use std::sync::OnceLock;

use regex::Regex;

/// The only use of look-behind in the models: the text must not end with a dot.
const NO_DOT_AT_THE_END: &str = r"(?<!\.)$";

/// The ASCII characters of the general categories that the models name.
const ASCII_CATEGORIES: [(&str, &str); 6] = [
    (r"\p{L}", "a-zA-Z"),
    (r"\p{M}", ""),
    (r"\p{N}", "0-9"),
    (r"\p{P}", r##"!"#%&'()*,\-./:;?@\[\\\]_{}"##),
    (r"\p{S}", r"$+<=>\^`|\~"),
    (r"\p{Z}", r"\x20"),
];

/// A pattern that the whole of a text must match, compiled when it is first needed.
#[derive(Debug)]
pub struct Pattern {
    source: &'static str,
    ascii: OnceLock<Option<Regex>>,
    unicode: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// The pattern that the model spells `source`.
    pub const fn new(source: &'static str) -> Self {
        Self {
            source,
            ascii: OnceLock::new(),
            unicode: OnceLock::new(),
        }
    }

    /// The model's spelling.
    pub const fn source(&self) -> &'static str {
        self.source
    }

    /// Whether the whole of `text` matches. A pattern that does not compile matches nothing.
    ///
    /// Almost every text is ASCII, and without Unicode's tables a pattern compiles a hundred times faster: on
    /// a cold start that is the difference between microseconds and milliseconds a pattern.
    pub fn matches(&self, text: &str) -> bool {
        let regex = if text.is_ascii() {
            self.ascii.get_or_init(|| compile(&narrowed(self.source)))
        } else {
            self.unicode.get_or_init(|| compile(self.source))
        };
        let refused = self.source.ends_with(NO_DOT_AT_THE_END) && text.ends_with('.');
        !refused && regex.as_ref().is_some_and(|regex| regex.is_match(text))
    }

    /// [`Pattern::matches`] without the short form for ASCII.
    #[cfg(test)]
    pub(crate) fn matches_in_full(&self, text: &str) -> bool {
        let refused = self.source.ends_with(NO_DOT_AT_THE_END) && text.ends_with('.');
        !refused
            && self
                .unicode
                .get_or_init(|| compile(self.source))
                .as_ref()
                .is_some_and(|r| r.is_match(text))
    }

    /// Whether both forms compile.
    #[cfg(test)]
    pub(crate) fn compiles(&self) -> bool {
        compile(self.source).is_some() && compile(&narrowed(self.source)).is_some()
    }
}

fn compile(source: &str) -> Option<Regex> {
    let source = match source.strip_suffix(NO_DOT_AT_THE_END) {
        Some(rest) => format!("{rest}$"),
        None => source.to_owned(),
    };
    Regex::new(&format!(r"\A(?:{})\z", translated(&source))).ok()
}

/// `source` as far as it concerns ASCII texts.
fn narrowed(source: &str) -> String {
    ASCII_CATEGORIES
        .iter()
        .fold(source.to_owned(), |source, (category, ascii)| {
            source.replace(category, ascii)
        })
}

/// Java's pattern in this crate's syntax.
fn translated(source: &str) -> String {
    let dot_is_any = source.starts_with("(?s)");
    let mut out = String::with_capacity(source.len() * 2);
    let mut in_class = false;
    let mut characters = source.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('w') => out.push_str("[a-zA-Z0-9_]"),
                Some('d') => out.push_str("[0-9]"),
                Some('s') => out.push_str(r"[ \t\n\x0B\f\r]"),
                Some('S') => out.push_str(r"[^ \t\n\x0B\f\r]"),
                Some(escaped) => _ = write!(out, "\\{escaped}"),
                None => out.push('\\'),
            },
            '.' if !in_class && !dot_is_any => out.push_str(r"[^\n\r\u{85}\u{2028}\u{2029}]"),
            _ => {
                in_class = character == '[' || in_class && character != ']';
                out.push(character);
            }
        }
    }
    out
}
