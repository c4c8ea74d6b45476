//! A user of a pool.

use std::collections::{BTreeMap, BTreeSet};

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{AttributeType, UserPoolMfaType, UserStatusType, UserType};
use serde::{Deserialize, Serialize};

use super::factors::{Factor, Methods, MfaPreference};
use super::identity::{self, Identity, IdentityKey};
use super::ids::{Sub, UserKey, Username};
use super::names::{AliasKind, SignInNames, alias_value};
use super::pool_mfa::PoolMfa;
use crate::store::keys::SearchTerm;
use crate::{Fault, Timestamp, fault::FaultKind};

/// Where a user stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Signed up, not confirmed.
    Unconfirmed,
    /// May sign in.
    Confirmed,
    /// Must reset the password first.
    ResetRequired,
    /// Has a temporary password and must choose a new one.
    ForceChangePassword,
}

impl Status {
    /// The status as the API names it.
    pub const fn to_api(self) -> UserStatusType {
        match self {
            Self::Unconfirmed => UserStatusType::Unconfirmed,
            Self::Confirmed => UserStatusType::Confirmed,
            Self::ResetRequired => UserStatusType::ResetRequired,
            Self::ForceChangePassword => UserStatusType::ForceChangePassword,
        }
    }
}

/// Attributes by name.
pub type Attributes = BTreeMap<String, String>;

/// The attributes of a request, by name; of a repeated one the last counts.
pub fn attributes_from_api(given: Option<Vec<AttributeType>>) -> Attributes {
    given
        .unwrap_or_default()
        .into_iter()
        .map(|attribute| {
            let value = attribute
                .value
                .map(|value| value.expose().to_owned())
                .unwrap_or_default();
            (attribute.name.unwrap_or_default(), value)
        })
        .collect()
}

/// A user as storage has it. Everything secret is inside `credentials`, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The name as its owner wrote it, or the generated one where names are attributes.
    pub username: Username,
    /// The name as storage spells it.
    pub key: UserKey,
    /// The immutable identifier.
    pub sub: Sub,
    /// Where the user stands.
    pub status: Status,
    /// Disabled users cannot sign in.
    pub enabled: bool,
    /// All attributes but `sub`.
    pub attributes: Attributes,
    /// The sealed password hash and SRP verifier; none for users without a password.
    #[serde(with = "crate::crypto::base64_text_option")]
    pub credentials: Option<Vec<u8>>,
    /// No password works until an administrator sets one (`AdminDisableProviderForUser`).
    #[serde(default)]
    pub password_disabled: bool,
    /// Identities at external providers that are linked to the user.
    #[serde(default)]
    pub identities: Vec<Identity>,
    /// When the temporary password stops working.
    pub temporary_password_expires_at: Option<Timestamp>,
    /// When the user was created.
    pub created_at: Timestamp,
    /// When anything changed last.
    pub modified_at: Timestamp,
    /// When the user signed out everywhere for the last time.
    pub signed_out_at: Option<Timestamp>,
    /// How often that was: what began before is told by this count, which no clock is asked for.
    #[serde(default)]
    pub sign_outs: u64,
    /// The second factors that the user has switched on.
    #[serde(default)]
    pub mfa: MfaPreference,
    /// The secret that the user's authenticator app shares, sealed.
    #[serde(default, with = "crate::crypto::base64_text_option")]
    pub software_token: Option<Vec<u8>>,
    /// What the user calls the app.
    #[serde(default)]
    pub software_token_name: Option<String>,
    /// A secret whose first code is still waited for, sealed.
    #[serde(default, with = "crate::crypto::base64_text_option")]
    pub pending_software_token: Option<Vec<u8>>,
    /// The step (half a minute) of the latest code of the app that was accepted: none works twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_token_step: Option<u64>,
    /// HMACs of the recovery codes that are left, base64.
    #[serde(default)]
    pub recovery_codes: Vec<String>,
    /// Counts every write.
    pub version: u64,
    /// Counts the writes that change who may sign in: password, status, enabled, second factors.
    pub auth_version: u64,
}

impl User {
    /// A new user who knows no password.
    pub fn new(username: Username, key: UserKey, sub: Sub, attributes: Attributes, now: Timestamp) -> Self {
        Self {
            username,
            key,
            sub,
            status: Status::Unconfirmed,
            enabled: true,
            attributes,
            credentials: None,
            password_disabled: false,
            identities: Vec::new(),
            temporary_password_expires_at: None,
            created_at: now,
            modified_at: now,
            signed_out_at: None,
            sign_outs: 0,
            mfa: MfaPreference::default(),
            software_token: None,
            software_token_name: None,
            pending_software_token: None,
            software_token_step: None,
            recovery_codes: Vec::new(),
            version: 1,
            auth_version: 1,
        }
    }

    /// Whether the attribute (`email`, `phone_number`) is verified.
    pub fn is_verified(&self, kind: AliasKind) -> bool {
        self.attributes
            .get(&format!("{}_verified", kind.attribute()))
            .is_some_and(|value| value == "true")
    }

    /// The alias item of `kind` that this user owns in a pool of `names`, if any.
    ///
    /// Where the name is an attribute it is owned from the start; otherwise e-mail and phone number lead to the
    /// user once they are verified, `preferred_username` once the user is confirmed.
    pub fn alias(&self, kind: AliasKind, names: &SignInNames, case_sensitive: bool) -> Option<String> {
        if kind == AliasKind::Sub {
            return (self.username.as_str() != self.sub.as_str()).then(|| self.sub.to_string());
        }
        if !names.enabled().contains(&kind) {
            return None;
        }
        let value = self
            .attributes
            .get(kind.attribute())
            .filter(|value| !value.is_empty())?;
        let owned = match names {
            SignInNames::Attributes(_) => true,
            SignInNames::Username(_) if kind == AliasKind::PreferredUsername => {
                self.status != Status::Unconfirmed
            }
            SignInNames::Username(_) => self.is_verified(kind),
        };
        owned.then(|| alias_value(kind, value, case_sensitive))
    }

    /// All alias items that this user owns in a pool of `names`.
    pub fn aliases(&self, names: &SignInNames, case_sensitive: bool) -> Vec<(AliasKind, String)> {
        AliasKind::ALL
            .into_iter()
            .filter_map(|kind| self.alias(kind, names, case_sensitive).map(|value| (kind, value)))
            .collect()
    }

    /// The values by which the user is found in a pool of these searchable attributes.
    pub fn search_terms(&self, searchable: &BTreeSet<String>) -> BTreeSet<SearchTerm> {
        searchable
            .iter()
            .filter_map(|attribute| match attribute.as_str() {
                "sub" => Some(SearchTerm::new(attribute, self.sub.as_str())),
                _ => self
                    .attributes
                    .get(attribute)
                    .map(|value| SearchTerm::new(attribute, value)),
            })
            .collect()
    }

    /// The second factors that the user may be asked for, after `done`.
    ///
    /// Where the pool requires a second factor, an address or an authenticator app is one without being switched on.
    pub fn second_factors(&self, mfa: &PoolMfa, done: &Methods) -> Vec<Factor> {
        if mfa.mode == UserPoolMfaType::Off {
            return Vec::new();
        }
        let usable: Vec<_> = Factor::ALL
            .into_iter()
            .filter(|factor| mfa.factors.contains(factor) && self.can_use(*factor))
            .filter(|factor| !done.has(factor.method()))
            .collect();
        let chosen: Vec<_> = usable
            .iter()
            .copied()
            .filter(|factor| self.mfa.enabled.contains(factor))
            .collect();
        if chosen.is_empty() && mfa.mode == UserPoolMfaType::On {
            return usable;
        }
        chosen
    }

    /// Whether a passkey that makes sure of this user counts as both factors: the pool and the user want it so.
    pub fn passkey_is_multi_factor(&self, mfa: &PoolMfa) -> bool {
        self.mfa.passkey && mfa.passkey_is_multi_factor()
    }

    /// Whether the user has what a factor needs: an address, or an authenticator app.
    pub fn can_use(&self, factor: Factor) -> bool {
        factor.address().map_or(self.software_token.is_some(), |kind| {
            self.attributes
                .get(kind.attribute())
                .is_some_and(|address| !address.is_empty())
        })
    }

    /// The user with another choice of second factors.
    #[must_use]
    pub fn with_mfa(mut self, mfa: MfaPreference) -> Self {
        self.mfa = mfa;
        self.auth_version += 1;
        self
    }

    /// The user with an authenticator app, whose code of `step` was accepted.
    #[must_use]
    pub fn with_software_token(mut self, sealed: Vec<u8>, step: u64, name: Option<String>) -> Self {
        self.software_token = Some(sealed);
        self.software_token_name = name;
        self.pending_software_token = None;
        self.software_token_step = Some(step);
        self.auth_version += 1;
        self
    }

    /// The user without an authenticator app.
    #[must_use]
    pub fn without_software_token(mut self) -> Self {
        self.software_token = None;
        self.software_token_name = None;
        self.pending_software_token = None;
        self.mfa = self.mfa.without(Factor::SoftwareToken);
        self.auth_version += 1;
        self
    }

    /// Whether the user's name has the form of a `sub`.
    pub fn could_be_taken_for_a_sub(&self) -> bool {
        self.username.as_str().parse::<Sub>().is_ok()
    }

    /// Whether a user who proved the password may sign in now, or must change it first.
    ///
    /// # Errors
    /// `UserNotConfirmedException`, `PasswordResetRequiredException`, or `NotAuthorizedException` for a disabled
    /// user or a temporary password that has expired.
    pub fn after_password(&self, now: Timestamp) -> Result<Proven, Fault> {
        self.check_enabled()?;
        match self.status {
            Status::Unconfirmed => Err(Fault::new(FaultKind::UserNotConfirmed, "User is not confirmed.")),
            Status::Confirmed | Status::ResetRequired => self.check_not_reset().map(|()| Proven::SignedIn),
            Status::ForceChangePassword => match self.temporary_password_expires_at {
                Some(at) if now >= at => Err(Fault::not_authorized(
                    "Temporary password has expired and must be reset by an administrator.",
                )),
                _ => Ok(Proven::MustChangePassword),
            },
        }
    }

    /// Refuses a disabled user.
    ///
    /// # Errors
    /// `NotAuthorizedException` "User is disabled."
    pub fn check_enabled(&self) -> Result<(), Fault> {
        if self.enabled {
            Ok(())
        } else {
            Err(Fault::not_authorized("User is disabled."))
        }
    }

    /// Refuses a user whose password was reset: until a code has set a new one, neither the old password nor what it
    /// has led to is worth anything.
    ///
    /// # Errors
    /// `PasswordResetRequiredException`.
    pub fn check_not_reset(&self) -> Result<(), Fault> {
        if self.status == Status::ResetRequired {
            return Err(Fault::new(
                FaultKind::PasswordResetRequired,
                "Password reset required for the user",
            ));
        }
        Ok(())
    }

    /// The user after a password was set: sealed `credentials`, and the status it leads to.
    #[must_use]
    pub fn with_password(
        mut self,
        credentials: Vec<u8>,
        status: Status,
        expires_at: Option<Timestamp>,
    ) -> Self {
        self.credentials = Some(credentials);
        self.password_disabled = false;
        self.status = status;
        self.temporary_password_expires_at = expires_at;
        self.auth_version += 1;
        self
    }

    /// The user without a password, who can set none either.
    #[must_use]
    pub fn with_password_disabled(mut self) -> Self {
        self.credentials = None;
        self.password_disabled = true;
        self.auth_version += 1;
        self
    }

    /// The user with one identity more.
    #[must_use]
    pub fn linked(mut self, identity: Identity) -> Self {
        self.identities.push(identity);
        self
    }

    /// The user without an identity.
    #[must_use]
    pub fn unlinked(mut self, key: &IdentityKey) -> Self {
        self.identities.retain(|identity| identity.key != *key);
        self
    }

    /// Whether the user has signed out everywhere since `sign_outs` was the count, or where that is not known, since `at`.
    pub fn has_signed_out_since(&self, sign_outs: Option<u64>, at: Timestamp) -> bool {
        match sign_outs {
            Some(before) => before < self.sign_outs,
            None => self.signed_out_at.is_some_and(|signed_out| at <= signed_out),
        }
    }

    /// The user, enabled or disabled at `now`. Whoever is disabled is signed out, and stays so when enabled again.
    #[must_use]
    pub fn with_enabled(mut self, enabled: bool, now: Timestamp) -> Self {
        self.enabled = enabled;
        if !enabled {
            self.signed_out_at = Some(now);
            self.sign_outs += 1;
        }
        self.auth_version += 1;
        self
    }

    /// The user, whose password does not work any more until a new one is set with a code.
    #[must_use]
    pub fn reset_required(mut self) -> Self {
        self.status = Status::ResetRequired;
        self.auth_version += 1;
        self
    }

    /// The user with status `Confirmed`.
    #[must_use]
    pub fn confirmed(mut self) -> Self {
        self.status = Status::Confirmed;
        self.auth_version += 1;
        self
    }

    /// The attributes as the API lists them, `sub` first, those that `readable` allows; `identities` always.
    pub fn attributes_to_api(&self, readable: impl Fn(&str) -> bool) -> Vec<AttributeType> {
        let identities = identity::attribute(&self.identities);
        let own = [
            ("sub", Some(self.sub.as_str())),
            ("identities", identities.as_deref()),
        ];
        let own = own.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let others = self
            .attributes
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| readable(name));
        own.chain(others)
            .map(|(name, value)| AttributeType {
                name: Some(name.to_owned()),
                value: Some(Sensitive::from(value)),
            })
            .collect()
    }

    /// The user as `AdminCreateUser` and `ListUsers` show it.
    pub fn to_api(&self, shown: impl Fn(&str) -> bool) -> UserType {
        UserType {
            username: Some(self.username.to_string()),
            attributes: Some(self.attributes_to_api(shown)),
            user_create_date: Some(self.created_at.epoch()),
            user_last_modified_date: Some(self.modified_at.epoch()),
            enabled: Some(self.enabled),
            user_status: Some(self.status.to_api()),
            ..UserType::default()
        }
    }
}

/// The answer to a confirmation of a user who is not waiting for one.
pub fn cannot_be_confirmed(status: Status) -> Fault {
    Fault::not_authorized(format!(
        "User cannot be confirmed. Current status is {}",
        status.to_api()
    ))
}

/// The answer where another user owns an alias.
pub fn alias_exists(kind: AliasKind) -> Fault {
    let what = match kind {
        AliasKind::Email => "email",
        AliasKind::PhoneNumber => "phone_number",
        AliasKind::PreferredUsername | AliasKind::Sub => "preferred_username",
    };
    Fault::new(
        FaultKind::AliasExists,
        format!("An account with the {what} already exists."),
    )
}

/// Where a proven password leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proven {
    /// To tokens.
    SignedIn,
    /// To `NEW_PASSWORD_REQUIRED`.
    MustChangePassword,
}

#[cfg(test)]
mod tests;
