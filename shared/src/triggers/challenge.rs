//! What Gatehouse's three functions of a custom challenge tell one another: what was asked, and what the answer is.
//!
//! It travels in the session of the sign-in, which the pool seals: as private parameters from the function that asks to
//! the one that verifies, and as metadata to those that come after.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use gatehouse_model::Sensitive;

use super::event::ChallengeResult;
use crate::Timestamp;

/// What a pool calls the challenges of its functions.
pub const CUSTOM_CHALLENGE: &str = "CUSTOM_CHALLENGE";
const CAPTCHA: &str = "CAPTCHA";
const CODE: &str = "CODE";

/// A service that tells people from machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Captcha {
    /// Cloudflare Turnstile.
    Turnstile,
    /// hCaptcha.
    Hcaptcha,
}

impl Captcha {
    /// The service's name, as variables and applications have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Turnstile => "turnstile",
            Self::Hcaptcha => "hcaptcha",
        }
    }

    /// Where the service says whether an answer is right (`siteverify`).
    pub const fn url(self) -> &'static str {
        match self {
            Self::Turnstile => "https://challenges.cloudflare.com/turnstile/v0/siteverify",
            Self::Hcaptcha => "https://api.hcaptcha.com/siteverify",
        }
    }
}

impl fmt::Display for Captcha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Captcha {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Turnstile, Self::Hcaptcha]
            .into_iter()
            .find(|captcha| captcha.as_str() == text)
            .ok_or("must be turnstile or hcaptcha")
    }
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A CAPTCHA.
    Captcha,
    /// What was sent in a message.
    Code(SentCode),
}

/// A code, or the secret of a link, that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentCode {
    /// The code.
    pub code: Sensitive,
    /// When it stops working.
    pub until: Timestamp,
}

impl Asked {
    /// For the function that verifies.
    pub fn to_private(&self) -> BTreeMap<String, Sensitive> {
        let pairs = match self {
            Self::Captcha => vec![("challenge", Sensitive::from(CAPTCHA))],
            Self::Code(SentCode { code, until }) => vec![
                ("challenge", Sensitive::from(CODE)),
                ("code", code.clone()),
                ("until", Sensitive::from(until.seconds().to_string())),
            ],
        };
        pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// What [`to_private`](Self::to_private) has written; `None` for anything else.
    pub fn from_private(parameters: &BTreeMap<String, Sensitive>) -> Option<Self> {
        let kept = |name: &str| parameters.get(name).map(Sensitive::expose);
        match kept("challenge")? {
            CAPTCHA => Some(Self::Captcha),
            CODE => SentCode::new(kept("code")?, kept("until")?).map(Self::Code),
            _ => None,
        }
    }

    /// For the functions that come after: `challengeMetadata`.
    pub fn to_metadata(&self) -> String {
        match self {
            Self::Captcha => CAPTCHA.to_owned(),
            Self::Code(SentCode { code, until }) => {
                format!("{CODE}-{}-{}", until.seconds(), code.expose())
            }
        }
    }

    /// What was asked when `result` came of it; `None` for challenges that are not ours.
    pub fn of(result: &ChallengeResult) -> Option<Self> {
        if result.challenge_name != CUSTOM_CHALLENGE {
            return None;
        }
        match result.challenge_metadata.as_deref()? {
            CAPTCHA => Some(Self::Captcha),
            text => {
                let (until, code) = text.strip_prefix(CODE)?.strip_prefix('-')?.split_once('-')?;
                SentCode::new(code, until).map(Self::Code)
            }
        }
    }
}

impl SentCode {
    fn new(code: &str, until: &str) -> Option<Self> {
        Some(Self {
            code: Some(code).filter(|code| !code.is_empty()).map(Sensitive::from)?,
            until: until.parse().ok().map(Timestamp::from_seconds)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent() -> Asked {
        Asked::Code(SentCode {
            code: Sensitive::from("123-456"),
            until: Timestamp::from_seconds(99),
        })
    }

    fn result(name: &str, metadata: Option<String>) -> ChallengeResult {
        ChallengeResult {
            challenge_name: name.to_owned(),
            challenge_result: true,
            challenge_metadata: metadata,
        }
    }

    #[test]
    fn what_was_asked_arrives_as_it_was() {
        for asked in [Asked::Captcha, sent()] {
            assert_eq!(Asked::from_private(&asked.to_private()), Some(asked.clone()));
            let after = result(CUSTOM_CHALLENGE, Some(asked.to_metadata()));
            assert_eq!(Asked::of(&after), Some(asked));
        }
        assert!(!format!("{:?} {:?}", sent(), sent().to_private()).contains("123"));
    }

    #[test]
    fn what_others_asked_is_not_ours() {
        for metadata in [
            None,
            Some("QUESTION"),
            Some("CODE"),
            Some("CODE-x-1"),
            Some("CODE-1-"),
            Some("CODE1-1"),
        ] {
            let other = result(CUSTOM_CHALLENGE, metadata.map(str::to_owned));
            assert_eq!(Asked::of(&other), None, "{metadata:?}");
        }
        let srp = result("SRP_A", Some(sent().to_metadata()));
        assert_eq!(Asked::of(&srp), None);
        let empty = [("challenge", "CODE"), ("code", ""), ("until", "9")];
        let private = empty
            .map(|(name, value)| (name.to_owned(), Sensitive::from(value)))
            .into();
        assert_eq!(Asked::from_private(&private), None);
    }
}
