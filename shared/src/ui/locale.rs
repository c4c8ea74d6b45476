//! Languages of the pages: one Fluent file each in `locales/`, chosen by the request.

use std::cell::RefCell;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use lambda_http::http::HeaderMap;
use unic_langid::LanguageIdentifier;

/// A language that the pages speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locale {
    /// BCP 47 tag.
    pub tag: &'static str,
    /// What speakers call it.
    pub name: &'static str,
    /// It is written from right to left.
    pub right_to_left: bool,
    text: &'static str,
}

macro_rules! locales {
    ($($tag:literal, $name:literal, $right_to_left:literal;)*) => {
        /// Every language; the first is used where none fits.
        pub const LOCALES: &[Locale] = &[$(Locale {
            tag: $tag,
            name: $name,
            right_to_left: $right_to_left,
            text: include_str!(concat!("../../locales/", $tag, ".ftl")),
        },)*];
    };
}

locales! {
    "en", "English", false;
    "de", "Deutsch", false;
    "es", "Español", false;
    "fr", "Français", false;
    "id", "Bahasa Indonesia", false;
    "it", "Italiano", false;
    "ja", "日本語", false;
    "ko", "한국어", false;
    "pt-BR", "Português (Brasil)", false;
    "zh-CN", "简体中文", false;
    "zh-TW", "繁體中文", false;
    "ar", "العربية", true;
}

thread_local! {
    /// The bundle in use, and its language: a function answers one request at a time, mostly in one language.
    static BUNDLE: RefCell<Option<(&'static str, FluentBundle<FluentResource>)>> = const { RefCell::new(None) };
}

impl Default for Locale {
    fn default() -> Self {
        LOCALES[0]
    }
}

impl Locale {
    /// The language of a request: `wanted` (`lang` or `ui_locales`, the first known of them), or else the browser's
    /// `Accept-Language` (RFC 9110 section 12.5.4).
    pub fn of(wanted: Option<&str>, accepted: Option<&str>) -> Self {
        let asked = wanted.unwrap_or_default().split([' ', ',']);
        asked
            .chain(by_weight(accepted.unwrap_or_default()))
            .find_map(Self::find)
            .unwrap_or_default()
    }

    /// The same, by the request's headers.
    pub fn asked(wanted: Option<&str>, headers: &HeaderMap) -> Self {
        let accepted = headers.get("accept-language");
        Self::of(wanted, accepted.and_then(|accepted| accepted.to_str().ok()))
    }

    /// The language of a tag, or the one nearest to it: `de-AT` is `de`, `zh-Hant` and `zh-HK` are `zh-TW`.
    fn find(tag: &str) -> Option<Self> {
        let tag = tag.trim();
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        let traditional = ["hant", "tw", "hk", "mo"].iter().any(|part| {
            tag.to_ascii_lowercase()
                .split(['-', '_'])
                .skip(1)
                .any(|own| own == *part)
        });
        let exact = LOCALES.iter().find(|locale| locale.tag.eq_ignore_ascii_case(tag));
        let near = || {
            LOCALES.iter().find(|locale| {
                let own = locale.tag.split('-').next().unwrap_or_default();
                own.eq_ignore_ascii_case(language) && (own != "zh" || (locale.tag == "zh-TW") == traditional)
            })
        };
        (!language.is_empty())
            .then(|| exact.or_else(near))
            .flatten()
            .copied()
    }

    /// The text of a message.
    pub fn text(self, key: &str) -> String {
        self.with(key, &[])
    }

    /// The text of a message with values in it.
    pub fn with(self, key: &str, values: &[(&'static str, &str)]) -> String {
        self.known(key, values).unwrap_or_else(|| key.to_owned())
    }

    /// The text of a message, if there is one: what an attribute that only the pool has is called, nobody knows.
    pub fn known(self, key: &str, values: &[(&'static str, &str)]) -> Option<String> {
        BUNDLE.with_borrow_mut(|kept| {
            if kept.as_ref().is_none_or(|(tag, _)| *tag != self.tag) {
                *kept = Some((self.tag, self.bundle()));
            }
            let (_, bundle) = kept.as_ref()?;
            let pattern = bundle.get_message(key)?.value()?;
            let mut arguments = FluentArgs::new();
            for (name, value) in values {
                arguments.set(*name, FluentValue::from(*value));
            }
            let mut problems = Vec::new();
            let text = bundle.format_pattern(pattern, Some(&arguments), &mut problems);
            problems.is_empty().then(|| text.into_owned())
        })
    }

    fn bundle(self) -> FluentBundle<FluentResource> {
        let language: LanguageIdentifier = self.tag.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![language]);
        // Values are text of their own direction; the page isolates them where it matters.
        bundle.set_use_isolating(self.right_to_left);
        let resource = match FluentResource::try_new(self.text.to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        bundle.add_resource_overriding(resource);
        bundle
    }
}

/// The languages of `Accept-Language`, the most wanted first.
fn by_weight(header: &str) -> impl Iterator<Item = &str> {
    let mut ranges: Vec<_> = header
        .split(',')
        .take(50)
        .filter_map(|range| {
            let (tag, weight) = range.split_once(";q=").unwrap_or((range, "1"));
            let weight: f32 = weight.trim().parse().ok()?;
            (weight > 0.0).then_some((tag.trim(), weight))
        })
        .collect();
    ranges.sort_by(|one, other| other.1.total_cmp(&one.1));
    ranges.into_iter().map(|(tag, _)| tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn keys(locale: Locale) -> BTreeSet<&'static str> {
        locale
            .text
            .lines()
            .filter_map(|line| Some(line.split_once(" = ")?.0))
            .collect()
    }

    fn places(line: &str) -> BTreeSet<&str> {
        line.split("{ $")
            .skip(1)
            .filter_map(|rest| rest.split_once(" }"))
            .map(|(name, _)| name)
            .collect()
    }

    #[test]
    fn every_language_says_everything() {
        for locale in LOCALES {
            assert!(
                FluentResource::try_new(locale.text.to_owned()).is_ok(),
                "{}",
                locale.tag
            );
            assert_eq!(keys(*locale), keys(LOCALES[0]), "{}", locale.tag);
            let own: std::collections::BTreeMap<_, _> = locale
                .text
                .lines()
                .filter_map(|line| line.split_once(" = "))
                .collect();
            for (key, text) in LOCALES[0].text.lines().filter_map(|line| line.split_once(" = ")) {
                assert_eq!(places(own[key]), places(text), "{}: {key}", locale.tag);
                let said = locale.with(
                    key,
                    &[
                        ("name", "N"),
                        ("destination", "D"),
                        ("length", "8"),
                        ("rule", "R"),
                        ("client", "C"),
                    ],
                );
                assert!(!said.contains("{ $") && !said.is_empty(), "{}: {key}", locale.tag);
            }
        }
    }

    #[test]
    fn the_language_is_the_one_asked_for_or_the_browsers_or_english() {
        let tag = |wanted, accepted| Locale::of(wanted, accepted).tag;
        assert_eq!(tag(Some("fr"), Some("de")), "fr");
        assert_eq!(tag(Some("xx"), Some("de-AT,en;q=0.5")), "de");
        assert_eq!(tag(None, Some("en;q=0.5, ja;q=0.9")), "ja");
        assert_eq!(tag(None, Some("tlh, de;q=0")), "en");
        assert_eq!(tag(Some("zh-HK"), None), "zh-TW");
        assert_eq!(tag(Some("zh-Hans"), None), "zh-CN");
        assert_eq!(tag(Some("pt"), None), "pt-BR");
        assert_eq!(tag(Some("tlh ar"), None), "ar");
        assert_eq!(tag(None, None), "en");
    }

    proptest! {
        #[test]
        fn any_header_names_a_language(header in ".{0,80}") {
            let _ = Locale::of(Some(&header), Some(&header));
        }
    }
}
