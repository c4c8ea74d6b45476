//! The names a user can sign in with, fixed when the pool is created.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ids::{Malformed, Sub, UserKey, Username};
use crate::Fault;

/// What leads to a user besides the user name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AliasKind {
    /// Attribute `email`.
    Email,
    /// Attribute `phone_number`.
    PhoneNumber,
    /// Attribute `preferred_username`.
    PreferredUsername,
    /// The user's immutable id.
    Sub,
}

impl AliasKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Email, Self::PhoneNumber, Self::PreferredUsername, Self::Sub];

    /// The attribute that holds the alias.
    pub const fn attribute(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::PhoneNumber => "phone_number",
            Self::PreferredUsername => "preferred_username",
            Self::Sub => "sub",
        }
    }
}

impl fmt::Display for AliasKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.attribute())
    }
}

impl FromStr for AliasKind {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.attribute() == text)
            .ok_or(Malformed("alias kind"))
    }
}

/// Whether `text` is an e-mail address that mail can be sent to: one `@`, a dotted domain, no spaces, at most
/// 254 bytes (RFC 5321).
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && !local.contains('@')
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "()<>,;:\\\"[]".contains(c))
        && domain.contains('.')
        && domain.split('.').all(|label| {
            !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.len() <= 63
        })
}

/// Whether `text` is an E.164 phone number: `+` and 1–15 digits, the first not zero.
pub fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (1..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

/// `UsernameAttributes` or `AliasAttributes` of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInNames {
    /// Users choose a user name; these aliases also work once they are verified.
    Username(BTreeSet<AliasKind>),
    /// The user name is one of these attributes (e-mail, phone number); Gatehouse generates the real one.
    Attributes(BTreeSet<AliasKind>),
}

/// What a name given at sign-in may lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// Aliases to try first.
    pub aliases: Vec<(AliasKind, String)>,
    /// The user name itself, tried when no alias leads to a user.
    pub direct: UserKey,
}

/// An alias's value as storage spells it.
pub fn alias_value(kind: AliasKind, value: &str, case_sensitive: bool) -> String {
    match kind {
        AliasKind::Email | AliasKind::PreferredUsername if !case_sensitive => value.to_lowercase(),
        _ => value.to_owned(),
    }
}

impl SignInNames {
    /// Where to look for a user who gives `name`.
    pub fn lookup(&self, name: &Username, case_sensitive: bool) -> Lookup {
        let text = name.as_str();
        let mut aliases = Vec::new();
        let enabled = self.enabled();
        for &kind in enabled {
            let fits = match kind {
                AliasKind::Email => is_email(text),
                AliasKind::PhoneNumber => is_phone_number(text),
                AliasKind::PreferredUsername => true,
                AliasKind::Sub => false,
            };
            if fits {
                aliases.push((kind, alias_value(kind, text, case_sensitive)));
            }
        }
        if matches!(self, Self::Username(_)) && text.parse::<Sub>().is_ok() {
            aliases.push((AliasKind::Sub, text.to_lowercase()));
        }
        Lookup {
            aliases,
            direct: name.to_key(case_sensitive),
        }
    }

    /// The aliases that this pool knows, besides `sub`.
    pub fn enabled(&self) -> &BTreeSet<AliasKind> {
        match self {
            Self::Username(kinds) | Self::Attributes(kinds) => kinds,
        }
    }

    /// Checks the name of a new user.
    ///
    /// Returns the attribute that the name is a value of, where the pool's user names are attributes.
    ///
    /// # Errors
    /// `InvalidParameterException` where the name has the wrong form for this pool.
    pub fn check_new(&self, name: &Username) -> Result<Option<AliasKind>, Fault> {
        let text = name.as_str();
        let email = is_email(text);
        let phone = is_phone_number(text);
        match self {
            Self::Username(aliases) if email && aliases.contains(&AliasKind::Email) => {
                Err(Fault::invalid_parameter(
                    "Username cannot be of email format, since user pool is configured for email alias.",
                ))
            }
            Self::Username(aliases) if phone && aliases.contains(&AliasKind::PhoneNumber) => {
                Err(Fault::invalid_parameter(
                    "Username cannot be of phone number format, since user pool is configured for phone number alias.",
                ))
            }
            Self::Username(_) => Ok(None),
            Self::Attributes(kinds) => {
                if email && kinds.contains(&AliasKind::Email) {
                    return Ok(Some(AliasKind::Email));
                }
                if phone && kinds.contains(&AliasKind::PhoneNumber) {
                    return Ok(Some(AliasKind::PhoneNumber));
                }
                Err(Fault::invalid_parameter(
                    match (kinds.contains(&AliasKind::Email), kinds.len()) {
                        (true, 1) => "Username should be an email.",
                        (false, _) => "Username should be a phone number.",
                        _ => "Username should be either an email or a phone number.",
                    },
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(kinds: &[AliasKind]) -> BTreeSet<AliasKind> {
        kinds.iter().copied().collect()
    }

    #[test]
    fn addresses_are_told_from_other_text() {
        for good in ["a@b.co", "first.last+tag@sub.example.org", "ü@exämple.de"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@b",
            "@b.co",
            "a@.co",
            "a@b..co",
            "a b@c.de",
            "a@b@c.de",
            "a@-b.co",
            "a\u{0}@b.co",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
        assert!(is_phone_number("+4915112345678"));
        for bad in ["4915112345678", "+", "+0123", "+1234567890123456", "+12a"] {
            assert!(!is_phone_number(bad), "{bad}");
        }
    }

    #[test]
    fn a_user_name_must_not_look_like_an_enabled_alias() {
        let pool = SignInNames::Username(names(&[AliasKind::Email]));
        assert!(pool.check_new(&"ann@example.com".parse().unwrap()).is_err());
        assert_eq!(pool.check_new(&"+15550100".parse().unwrap()), Ok(None));
        assert_eq!(pool.check_new(&"ann".parse().unwrap()), Ok(None));
    }

    #[test]
    fn where_the_name_is_an_attribute_it_must_be_one() {
        let pool = SignInNames::Attributes(names(&[AliasKind::Email, AliasKind::PhoneNumber]));
        assert_eq!(
            pool.check_new(&"ann@example.com".parse().unwrap()),
            Ok(Some(AliasKind::Email))
        );
        assert_eq!(
            pool.check_new(&"+15550100".parse().unwrap()),
            Ok(Some(AliasKind::PhoneNumber))
        );
        let fault = pool.check_new(&"ann".parse().unwrap()).unwrap_err();
        assert_eq!(
            fault.message(),
            "Username should be either an email or a phone number."
        );
    }

    #[test]
    fn case_is_folded_in_aliases_as_in_names() {
        let pool = SignInNames::Attributes(names(&[AliasKind::Email]));
        let lookup = pool.lookup(&"Ann@Example.com".parse().unwrap(), false);
        assert_eq!(lookup.aliases, [(AliasKind::Email, "ann@example.com".to_owned())]);
        let lookup = pool.lookup(&"Ann@Example.com".parse().unwrap(), true);
        assert_eq!(lookup.aliases, [(AliasKind::Email, "Ann@Example.com".to_owned())]);
    }
}
