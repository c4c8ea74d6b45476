//! What Gatehouse's own functions for triggers write to users, in the user's language.
//!
//! The texts are shared/locales/messages/<language>.json. Variables of the environment:
//! - `BRAND_NAME`: who writes; `Gatehouse` unless it is set.
//! - `DEFAULT_LANGUAGE`: the language of users who have none of ours; `en` unless it is set.
//! - `MESSAGES`: texts in the place of ours, as JSON of the same form by language: `{"en": {"confirm": {"sms": "…"}}}`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::event::Metadata;
use super::serve::{Misconfigured, Variables};
use crate::domain::user::Attributes;
use crate::messages::templates::escape;

const LANGUAGES: [(&str, &str); 4] = [
    ("en", include_str!("../../locales/messages/en.json")),
    ("de", include_str!("../../locales/messages/de.json")),
    ("fr", include_str!("../../locales/messages/fr.json")),
    ("es", include_str!("../../locales/messages/es.json")),
];

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// A code that confirms an account.
    Confirm,
    /// A code to set a new password.
    Reset,
    /// A code that verifies an address.
    Verify,
    /// A name and a temporary password.
    Invite,
    /// A name, of a user who signs in without a password.
    Welcome,
    /// A code to sign in with.
    SignIn,
    /// A link to sign in by.
    Link,
    /// A sign-in that was unusual. Conveys nothing.
    Alert,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 8] = [
        Self::Confirm,
        Self::Reset,
        Self::Verify,
        Self::Invite,
        Self::Welcome,
        Self::SignIn,
        Self::Link,
        Self::Alert,
    ];

    /// The topic of a `triggerSource` of `CustomMessage`, `CustomEmailSender` or `CustomSMSSender`.
    pub fn of(source: &str) -> Option<Self> {
        match source.split_once('_')?.1 {
            "SignUp" | "ResendCode" => Some(Self::Confirm),
            "ForgotPassword" => Some(Self::Reset),
            "UpdateUserAttribute" | "VerifyUserAttribute" => Some(Self::Verify),
            "AdminCreateUser" => Some(Self::Invite),
            "Authentication" => Some(Self::SignIn),
            "AccountTakeOverNotification" => Some(Self::Alert),
            _ => None,
        }
    }

    /// What the texts have to convey: in a mail or text message, and what of it.
    const fn conveys(self) -> &'static [&'static str] {
        match self {
            Self::Invite => &["{username}", "{code}"],
            Self::Welcome => &["{username}"],
            Self::Link => &["{link}"],
            Self::Alert => &[],
            _ => &["{code}"],
        }
    }
}

/// The texts of one topic in one language.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    subject: Option<String>,
    email: Option<String>,
    sms: Option<String>,
}

type Language = BTreeMap<Topic, Texts>;

/// The texts of all languages.
#[derive(Debug)]
pub struct Words {
    languages: BTreeMap<String, Language>,
    usual: String,
    brand: String,
}

/// What a message conveys. What is `None` has no place in its text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Values<'a> {
    /// The code, the temporary password, or what stands for it.
    pub code: Option<&'a str>,
    /// The user name, or what stands for it.
    pub username: Option<&'a str>,
    /// The link.
    pub link: Option<&'a str>,
}

/// A message in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worded {
    /// The subject of the mail.
    pub subject: String,
    /// The mail, HTML.
    pub email: String,
    /// The text message.
    pub sms: String,
}

impl Words {
    /// Reads the texts and what the environment says instead of them.
    ///
    /// # Errors
    /// A text that leaves out what it has to convey, a language that there is not.
    pub fn read(variables: &Variables) -> Result<Self, Misconfigured> {
        let mut languages = BTreeMap::new();
        for (name, text) in LANGUAGES {
            let language: Language =
                serde_json::from_str(text).map_err(|why| Misconfigured::new(name, why))?;
            languages.insert(name.to_owned(), language);
        }
        if let Some(text) = variables.text("MESSAGES") {
            let given: BTreeMap<String, Language> =
                serde_json::from_str(&text).map_err(|why| Misconfigured::new("MESSAGES", why))?;
            for (name, topics) in given {
                let language = languages.entry(name.to_lowercase()).or_default();
                for (topic, texts) in topics {
                    let known = language.entry(topic).or_default();
                    known.subject = texts.subject.or(known.subject.take());
                    known.email = texts.email.or(known.email.take());
                    known.sms = texts.sms.or(known.sms.take());
                }
            }
        }
        for texts in languages.values() {
            for (topic, texts) in texts {
                for text in [&texts.email, &texts.sms].into_iter().flatten() {
                    if !topic.conveys().iter().all(|part| text.contains(part)) {
                        let parts = topic.conveys().join(" and ");
                        return Err(Misconfigured::new(
                            "MESSAGES",
                            format!("a text for {topic:?} needs {parts}"),
                        ));
                    }
                }
            }
        }
        let usual = variables
            .text("DEFAULT_LANGUAGE")
            .unwrap_or_else(|| "en".to_owned());
        let usual = usual.to_lowercase();
        if !languages.contains_key(&usual) {
            return Err(Misconfigured::new("DEFAULT_LANGUAGE", "there are no texts in it"));
        }
        Ok(Self {
            languages,
            usual,
            brand: variables
                .text("BRAND_NAME")
                .unwrap_or_else(|| "Gatehouse".to_owned()),
        })
    }

    /// The languages to look for a text in, the best first: what the application says, the user's `locale`, the usual.
    fn languages<'a>(
        &'a self,
        attributes: &'a Attributes,
        metadata: Option<&'a Metadata>,
    ) -> impl Iterator<Item = &'a Language> {
        let wanted = [
            metadata.and_then(|metadata| metadata.get("locale")),
            attributes.get("locale"),
        ];
        let mut names: Vec<String> = Vec::new();
        for tag in wanted.into_iter().flatten() {
            let tag = tag.replace('_', "-").to_lowercase();
            let language = tag.split('-').next().unwrap_or_default().to_owned();
            names.extend([tag, language]);
        }
        names.extend([self.usual.clone(), "en".to_owned()]);
        names.into_iter().filter_map(|name| self.languages.get(&name))
    }

    /// The message about `topic` for a user. `ClientMetadata`'s `locale` (RFC 5646) comes before the attribute's.
    pub fn message(
        &self,
        topic: Topic,
        attributes: &Attributes,
        metadata: Option<&Metadata>,
        values: Values<'_>,
    ) -> Worded {
        let text = |of: fn(&Texts) -> Option<&String>| {
            self.languages(attributes, metadata)
                .find_map(|language| language.get(&topic).and_then(of))
                .cloned()
                .unwrap_or_default()
        };
        let plain = |text: &str| text.to_owned();
        Worded {
            subject: self.filled(&text(|texts| texts.subject.as_ref()), Values::default(), plain),
            email: self.filled(&text(|texts| texts.email.as_ref()), values, escape),
            sms: self.filled(&text(|texts| texts.sms.as_ref()), values, plain),
        }
    }

    /// A text with its places filled, each once: what is filled in is not looked at again.
    fn filled(&self, text: &str, values: Values<'_>, shown: fn(&str) -> String) -> String {
        let places = [
            ("{brand}", Some(self.brand.as_str())),
            ("{code}", values.code),
            ("{username}", values.username),
            ("{link}", values.link),
        ];
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            out.push_str(&rest[..start]);
            rest = &rest[start..];
            let place = places
                .iter()
                .find_map(|(place, value)| Some((place, (*value)?)).filter(|_| rest.starts_with(place)));
            match place {
                Some((place, value)) => {
                    out.push_str(&shown(value));
                    rest = &rest[place.len()..];
                }
                None => {
                    out.push('{');
                    rest = &rest[1..];
                }
            }
        }
        out.push_str(rest);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(variables: &[(&str, &str)]) -> Words {
        Words::read(&Variables::given(variables)).unwrap()
    }

    fn speaking(locale: &str) -> Attributes {
        Attributes::from([("locale".to_owned(), locale.to_owned())])
    }

    const VALUES: Values<'static> = Values {
        code: Some("{####}"),
        username: Some("{username}"),
        link: Some("https://example.com/?a=1&b=2"),
    };

    #[test]
    fn every_language_says_everything_and_a_text_message_is_short() {
        let words = words(&[]);
        for (language, _) in LANGUAGES {
            for topic in Topic::ALL {
                let texts = &words.languages[language][&topic];
                assert!(texts.subject.is_some() && texts.email.is_some() && texts.sms.is_some());
                let worded = words.message(topic, &speaking(language), None, VALUES);
                assert!(worded.sms.chars().count() <= 140, "{language} {topic:?}");
                assert!(!worded.subject.contains('{'), "{language} {topic:?}");
            }
        }
    }

    #[test]
    fn the_language_is_the_applications_then_the_users_then_the_usual() {
        let words = words(&[("DEFAULT_LANGUAGE", "fr")]);
        let subject = |locale: &str, metadata: Option<&str>| {
            let metadata = metadata.map(|locale| Metadata::from([("locale".to_owned(), locale.to_owned())]));
            words
                .message(Topic::Confirm, &speaking(locale), metadata.as_ref(), VALUES)
                .subject
        };
        assert_eq!(subject("de_AT", None), "Ihr Bestätigungscode für Gatehouse");
        assert_eq!(subject("EN-us", None), "Your Gatehouse confirmation code");
        assert_eq!(
            subject("de", Some("es")),
            "Su código de confirmación de Gatehouse"
        );
        assert_eq!(subject("tlh", None), "Votre code de confirmation Gatehouse");
    }

    #[test]
    fn what_is_filled_in_is_text_and_is_not_filled_again() {
        let words = words(&[("BRAND_NAME", "A & {code}")]);
        let values = Values {
            code: Some("<1{brand}>"),
            ..Values::default()
        };
        let worded = words.message(Topic::SignIn, &Attributes::new(), None, values);
        assert!(worded.email.contains("A &amp; {code}"));
        assert!(worded.email.contains("<b>&lt;1{brand}&gt;</b>"));
        assert!(worded.sms.contains("<1{brand}>"));
        let worded = words.message(Topic::Link, &Attributes::new(), None, VALUES);
        assert!(worded.email.contains("href=\"https://example.com/?a=1&amp;b=2\""));
    }

    #[test]
    fn texts_can_be_others_and_have_to_convey_what_they_are_for() {
        let other = words(&[(
            "MESSAGES",
            r#"{"en": {"confirm": {"sms": "{code}!"}}, "tlh": {"confirm": {"subject": "Qapla'"}}}"#,
        )]);
        let english = other.message(Topic::Confirm, &speaking("en"), None, VALUES);
        assert_eq!(english.sms, "{####}!");
        assert_eq!(english.subject, "Your Gatehouse confirmation code");
        let klingon = other.message(Topic::Confirm, &speaking("tlh"), None, VALUES);
        assert_eq!(
            (klingon.subject.as_str(), klingon.sms.as_str()),
            ("Qapla'", "{####}!")
        );
        for wrong in [
            r#"{"en": {"confirm": {"sms": "no place"}}}"#,
            r#"{"en": {"invite": {"email": "{code}"}}}"#,
            r#"{"en": {"greet": {}}}"#,
            "nonsense",
        ] {
            assert!(
                Words::read(&Variables::given(&[("MESSAGES", wrong)])).is_err(),
                "{wrong}"
            );
        }
        assert!(Words::read(&Variables::given(&[("DEFAULT_LANGUAGE", "tlh")])).is_err());
    }
}
