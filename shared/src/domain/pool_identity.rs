//! Identities of an identity pool, and the logins that lead to them.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use gatehouse_model::identity_pool::IdentityDescription;
use serde::{Deserialize, Serialize};

use super::ids::{IdentityId, IdentityPoolId, Malformed};
use crate::crypto::base64url;
use crate::{Fault, Timestamp, fault::FaultKind};

/// Logins of an identity at most.
pub const MOST_LOGINS: usize = 20;

/// Who vouches for a login: an issuer without its scheme, such as `accounts.google.com` or
/// `auth.example.com/eu-west-1_aB3dE5fG7`, or a developer provider's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LoginProvider(String);

impl LoginProvider {
    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for LoginProvider {
    type Error = Malformed;
    fn try_from(text: String) -> Result<Self, Malformed> {
        // It stands in the middle of a key.
        let valid =
            (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
        valid.then_some(Self(text)).ok_or(Malformed("provider name"))
    }
}

impl FromStr for LoginProvider {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        Self::try_from(text.to_owned())
    }
}

impl From<LoginProvider> for String {
    fn from(name: LoginProvider) -> Self {
        name.0
    }
}

impl fmt::Display for LoginProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Bytes of a subject that a key holds as they are; a partition key has 2048 bytes at most.
const LONGEST_SUBJECT: usize = 1024;
/// Stands before the digest of a subject that is longer.
const DIGESTED: char = '\u{1}';

/// Whom a provider vouches for, as a key spells it: the subject itself, or the digest of a long one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subject(String);

impl Subject {
    /// The form of a provider's subject.
    pub fn new(text: &str) -> Self {
        if text.len() <= LONGEST_SUBJECT && !text.starts_with(DIGESTED) {
            return Self(text.to_owned());
        }
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
        Self(format!("{DIGESTED}{}", base64url(digest.as_ref())))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Subject {
    type Err = Malformed;
    /// Reads what a key holds.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        (!text.is_empty() && text.len() <= LONGEST_SUBJECT)
            .then(|| Self(text.to_owned()))
            .ok_or(Malformed("subject"))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A provider and whom it vouches for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Login {
    /// Who vouches.
    pub provider: LoginProvider,
    /// For whom.
    pub subject: Subject,
}

/// An identity as storage has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The id, claim `sub` of the tokens that get credentials.
    pub id: IdentityId,
    /// The pool.
    pub pool: IdentityPoolId,
    /// The logins that lead here; none for a guest. Each has an item of its own that leads here.
    pub logins: Vec<Login>,
    /// A guest who turned out to be somebody known: the other identity goes on, this one gets nothing any more.
    #[serde(default)]
    pub disabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its logins changed last.
    pub modified_at: Timestamp,
    /// Counts every write.
    pub version: u64,
}

impl Identity {
    /// A new identity.
    pub const fn new(id: IdentityId, pool: IdentityPoolId, logins: Vec<Login>, now: Timestamp) -> Self {
        Self {
            id,
            pool,
            logins,
            disabled: false,
            created_at: now,
            modified_at: now,
            version: 1,
        }
    }

    /// Whether no login leads here.
    pub fn is_guest(&self) -> bool {
        self.logins.is_empty()
    }

    /// Whether a login leads here.
    pub fn has(&self, login: &Login) -> bool {
        self.logins.contains(login)
    }

    /// The identity with more logins.
    ///
    /// # Errors
    /// `ResourceConflictException` for a second user of one provider (a developer provider may have several), and past
    /// [`MOST_LOGINS`].
    pub fn linked(
        &self,
        more: &[Login],
        developer: Option<&LoginProvider>,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let mut logins = self.logins.clone();
        for login in more {
            if logins.contains(login) {
                continue;
            }
            let several = developer == Some(&login.provider);
            if !several && logins.iter().any(|known| known.provider == login.provider) {
                return Err(Fault::new(
                    FaultKind::ResourceConflict,
                    format!(
                        "Identity '{}' is linked to another login of {} already.",
                        self.id, login.provider
                    ),
                ));
            }
            logins.push(login.clone());
        }
        if logins.len() > MOST_LOGINS {
            return Err(Fault::new(
                FaultKind::ResourceConflict,
                format!("An identity has at most {MOST_LOGINS} logins."),
            ));
        }
        Ok(self.with_logins(logins, now))
    }

    /// The identity without some of its logins. Without its last one it is switched off: it is nobody's guest.
    #[must_use]
    pub fn unlinked(&self, gone: &[Login], now: Timestamp) -> Self {
        let kept: Vec<_> = self
            .logins
            .iter()
            .filter(|login| !gone.contains(login))
            .cloned()
            .collect();
        Self {
            disabled: self.disabled || kept.is_empty(),
            ..self.with_logins(kept, now)
        }
    }

    /// The identity with all logins of `source`, which is to be gone.
    ///
    /// # Errors
    /// `ResourceConflictException` where both have a login of one public provider, or too many together.
    pub fn merged(&self, source: &Self, developer: &LoginProvider, now: Timestamp) -> Result<Self, Fault> {
        self.linked(&source.logins, Some(developer), now)
    }

    /// The identity, switched off.
    #[must_use]
    pub fn disabled(&self, now: Timestamp) -> Self {
        Self {
            disabled: true,
            modified_at: now,
            version: self.version + 1,
            ..self.clone()
        }
    }

    fn with_logins(&self, logins: Vec<Login>, now: Timestamp) -> Self {
        Self {
            logins,
            modified_at: now,
            version: self.version + 1,
            ..self.clone()
        }
    }

    /// The identity as the API shows it.
    pub fn to_api(&self) -> IdentityDescription {
        let providers: BTreeSet<_> = self
            .logins
            .iter()
            .map(|login| login.provider.to_string())
            .collect();
        let providers: Vec<_> = providers.into_iter().collect();
        IdentityDescription {
            identity_id: Some(self.id.to_string()),
            logins: (!providers.is_empty()).then_some(providers),
            creation_date: Some(self.created_at.epoch()),
            last_modified_date: Some(self.modified_at.epoch()),
        }
    }
}

/// The answer where there is no such identity.
pub fn no_identity(id: &str) -> Fault {
    Fault::not_found(format!("Identity '{id}' not found."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::{Counting, NOON};
    use proptest::prelude::*;

    fn login(provider: &str, subject: &str) -> Login {
        Login {
            provider: provider.parse().unwrap(),
            subject: Subject::new(subject),
        }
    }

    fn identity(logins: &[Login]) -> Identity {
        let entropy = Counting::default();
        let pool = IdentityPoolId::generate("eu-west-1", &entropy);
        Identity::new(
            IdentityId::generate("eu-west-1", &entropy),
            pool,
            logins.to_vec(),
            NOON,
        )
    }

    #[test]
    fn a_provider_links_one_user_and_a_developer_several() {
        let ann = identity(&[login("accounts.google.com", "1"), login("login.mine", "ann")]);
        let developer: LoginProvider = "login.mine".parse().unwrap();
        let second = [login("login.mine", "anna")];
        let linked = ann.linked(&second, Some(&developer), NOON).unwrap();
        assert_eq!(linked.logins.len(), 3);
        let other = [login("accounts.google.com", "2")];
        assert_eq!(
            ann.linked(&other, Some(&developer), NOON).unwrap_err().kind(),
            FaultKind::ResourceConflict
        );
        let again = ann.linked(&[login("accounts.google.com", "1")], Some(&developer), NOON);
        assert_eq!(again.unwrap().logins, ann.logins);
    }

    #[test]
    fn logins_are_bounded() {
        let developer: LoginProvider = "d".parse().unwrap();
        let many: Vec<_> = (0..=MOST_LOGINS).map(|n| login("d", &n.to_string())).collect();
        let fault = identity(&[]).linked(&many, Some(&developer), NOON).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::ResourceConflict);
        assert!(identity(&[]).linked(&many[1..], Some(&developer), NOON).is_ok());
    }

    proptest! {
        #[test]
        fn different_subjects_are_different_keys(one in ".{1,40}", other in ".{1,40}", times in 1..200_usize) {
            let (one, other) = (one.repeat(times), other.repeat(times));
            prop_assert_eq!(one == other, Subject::new(&one) == Subject::new(&other));
            prop_assert!(Subject::new(&one).as_str().len() <= LONGEST_SUBJECT);
            prop_assert_ne!(Subject::new(Subject::new(&"x".repeat(2000)).as_str()), Subject::new(&"x".repeat(2000)));
        }
    }
}
