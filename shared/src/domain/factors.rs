//! What a user can prove to sign in: authentication methods, and the levels that they add up to.
//!
//! The levels and the values of `amr` are Cognito's (developer guide, "Authentication levels with ACR and AMR claims");
//! `amr` follows RFC 8176 where it has a word.

use std::collections::BTreeSet;

use gatehouse_model::user_pool::{AuthFactorType, ChallengeNameType};
use serde::{Deserialize, Serialize};

use super::names::AliasKind;

/// A method that was completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The password, by whichever protocol.
    Password,
    /// A code of an authenticator app.
    SoftwareToken,
    /// A code sent by text message.
    Sms,
    /// A code sent by mail.
    Email,
    /// A passkey of the device itself or one that is synchronized.
    Passkey,
    /// A passkey of a separate device.
    SecurityKey,
    /// A recovery code in the place of a second factor.
    RecoveryCode,
    /// Challenges that the pool's own triggers defined.
    Custom,
}

impl Method {
    /// The method's value in the claim `amr`; `None` where Cognito has no word.
    pub const fn amr(self) -> Option<&'static str> {
        match self {
            Self::Password => Some("pwd"),
            Self::SoftwareToken => Some("otp"),
            Self::Sms => Some("sms"),
            Self::Email => Some("email_otp"),
            Self::Passkey => Some("swk"),
            Self::SecurityKey => Some("hwk"),
            Self::RecoveryCode | Self::Custom => None,
        }
    }

    /// The method of a value of `amr`.
    pub fn from_amr(value: &str) -> Option<Self> {
        [
            Self::Password,
            Self::SoftwareToken,
            Self::Sms,
            Self::Email,
            Self::Passkey,
            Self::SecurityKey,
        ]
        .into_iter()
        .find(|method| method.amr() == Some(value))
    }
}

/// The methods that a sign-in completed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Methods(BTreeSet<Method>);

/// How strongly a user authenticated: 1 to 4.
pub type Level = u8;

/// The names of the levels where the pool has none of its own.
pub const DEFAULT_LEVEL_NAMES: [&str; 4] = [
    "urn:cognito:loa:1",
    "urn:cognito:loa:2",
    "urn:cognito:loa:3",
    "urn:cognito:loa:4",
];

impl Methods {
    /// These methods.
    pub fn of(methods: impl IntoIterator<Item = Method>) -> Self {
        Self(methods.into_iter().collect())
    }

    /// The same and one more.
    #[must_use]
    pub fn with(mut self, method: Method) -> Self {
        self.0.insert(method);
        self
    }

    /// The same and all of another sign-in.
    #[must_use]
    pub fn and(mut self, others: &Self) -> Self {
        self.0.extend(&others.0);
        self
    }

    /// Whether the method is among them.
    pub fn has(&self, method: Method) -> bool {
        self.0.contains(&method)
    }

    /// Whether none was completed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether two or more distinct ones were completed.
    pub fn are_several(&self) -> bool {
        self.0.len() > 1
    }

    /// The claim `amr`.
    pub fn amr(&self) -> Vec<&'static str> {
        let mut values: Vec<_> = self.0.iter().filter_map(|method| method.amr()).collect();
        if self.are_several() {
            values.push("mfa");
        }
        values
    }

    /// The methods of a claim `amr`; what is unknown does not count.
    pub fn from_amr<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        Self::of(values.into_iter().filter_map(Method::from_amr))
    }

    /// The highest level that the methods satisfy; `None` for what no level describes.
    pub fn level(&self) -> Option<Level> {
        let sent = self.has(Method::Sms) || self.has(Method::Email);
        let password = self.has(Method::Password);
        if password && self.has(Method::SoftwareToken) {
            Some(4)
        } else if self.has(Method::Passkey) || self.has(Method::SecurityKey) || (password && sent) {
            Some(3)
        } else if sent {
            Some(2)
        } else {
            password.then_some(1)
        }
    }
}

/// A second factor, as a user may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// A code by text message.
    Sms,
    /// A code of an authenticator app.
    SoftwareToken,
    /// A code by mail.
    Email,
}

impl Factor {
    /// Every one, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Sms, Self::SoftwareToken, Self::Email];

    /// The challenge that asks for it, which is also its name in lists of settings.
    pub const fn challenge(self) -> ChallengeNameType {
        match self {
            Self::Sms => ChallengeNameType::SmsMfa,
            Self::SoftwareToken => ChallengeNameType::SoftwareTokenMfa,
            Self::Email => ChallengeNameType::EmailOtp,
        }
    }

    /// The factor that a user chooses by name, also by the name `EMAIL_MFA`, which the API's prose has.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "EMAIL_MFA" => Some(Self::Email),
            _ => Self::ALL
                .into_iter()
                .find(|factor| factor.challenge().as_str() == name),
        }
    }

    /// The method it proves.
    pub const fn method(self) -> Method {
        match self {
            Self::Sms => Method::Sms,
            Self::SoftwareToken => Method::SoftwareToken,
            Self::Email => Method::Email,
        }
    }

    /// The attribute that a code is sent to.
    pub const fn address(self) -> Option<AliasKind> {
        match self {
            Self::Sms => Some(AliasKind::PhoneNumber),
            Self::Email => Some(AliasKind::Email),
            Self::SoftwareToken => None,
        }
    }
}

/// A user's choice among second factors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaPreference {
    /// Those that are switched on.
    #[serde(default)]
    pub enabled: BTreeSet<Factor>,
    /// The one to ask for without a question.
    #[serde(default)]
    pub preferred: Option<Factor>,
    /// A passkey with user verification counts as both factors.
    #[serde(default)]
    pub passkey: bool,
}

impl MfaPreference {
    /// `UserMFASettingList`.
    pub fn to_api(&self) -> Vec<String> {
        let factors = self.enabled.iter().map(|factor| factor.challenge().to_string());
        let passkey = self.passkey.then(|| "WEB_AUTHN".to_owned());
        factors.chain(passkey).collect()
    }

    /// `PreferredMfaSetting`.
    pub fn preferred_to_api(&self) -> Option<String> {
        self.preferred.map(|factor| factor.challenge().to_string())
    }

    /// The preference without a factor.
    #[must_use]
    pub fn without(mut self, factor: Factor) -> Self {
        self.enabled.remove(&factor);
        self.preferred = self.preferred.filter(|preferred| *preferred != factor);
        self
    }
}

/// A first factor of choice-based sign-in, in the order in which they are offered.
pub const FIRST_FACTORS: [AuthFactorType; 4] = [
    AuthFactorType::Password,
    AuthFactorType::EmailOtp,
    AuthFactorType::SmsOtp,
    AuthFactorType::WebAuthn,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_those_of_cognitos_table() {
        let level = |methods: &[Method]| Methods::of(methods.iter().copied()).level();
        assert_eq!(level(&[]), None);
        assert_eq!(level(&[Method::Password]), Some(1));
        assert_eq!(level(&[Method::Sms]), Some(2));
        assert_eq!(level(&[Method::Email]), Some(2));
        assert_eq!(level(&[Method::Password, Method::Sms]), Some(3));
        assert_eq!(level(&[Method::Password, Method::Email]), Some(3));
        assert_eq!(level(&[Method::Passkey]), Some(3));
        assert_eq!(level(&[Method::SecurityKey]), Some(3));
        assert_eq!(level(&[Method::Password, Method::SoftwareToken]), Some(4));
        assert_eq!(level(&[Method::Password, Method::RecoveryCode]), Some(1));
        assert_eq!(level(&[Method::Custom]), None);
    }

    #[test]
    fn amr_lists_the_methods_and_mfa_for_several() {
        let methods = Methods::of([Method::Password]);
        assert_eq!(methods.amr(), ["pwd"]);
        let methods = methods.with(Method::SoftwareToken);
        assert_eq!(methods.amr(), ["pwd", "otp", "mfa"]);
        assert_eq!(Methods::from_amr(methods.amr()), methods);
    }

    #[test]
    fn a_factor_goes_by_its_challenge() {
        for factor in Factor::ALL {
            assert_eq!(Factor::named(factor.challenge().as_str()), Some(factor));
        }
        assert_eq!(Factor::named("EMAIL_MFA"), Some(Factor::Email));
        assert_eq!(Factor::named("SMS"), None);
    }

    #[test]
    fn a_factor_that_goes_is_no_longer_preferred() {
        let both = MfaPreference {
            enabled: [Factor::Sms, Factor::SoftwareToken].into(),
            preferred: Some(Factor::SoftwareToken),
            passkey: false,
        };
        let left = both.without(Factor::SoftwareToken);
        assert_eq!(left.to_api(), ["SMS_MFA"]);
        assert_eq!(left.preferred, None);
    }
}
