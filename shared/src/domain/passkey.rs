//! Passkeys of users, and registrations that have begun.

use gatehouse_model::user_pool::{UserVerificationType, WebAuthnCredentialDescription};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ids::{ClientId, PasskeyId, Sub};
use super::pool::Pool;
use crate::crypto::base64url;
use crate::protocol::webauthn::{Made, PublicKey, Refusal, RelyingParty, Stored};
use crate::{Fault, Timestamp, fault::FaultKind};

/// Passkeys that a user has at most.
pub const MOST: usize = 20;
/// Seconds in which a registration has to be completed.
pub const REGISTRATION_SECONDS: i64 = 300;

/// A passkey as storage has it. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    /// Its name in storage.
    pub id: PasskeyId,
    /// The user's immutable id: whoever gets the same name later has no part in it.
    pub sub: Sub,
    /// The credential's id.
    #[serde(with = "crate::crypto::base64_text")]
    pub credential: Vec<u8>,
    /// The relying party it was made for.
    pub relying_party: String,
    /// The public half.
    pub key: PublicKey,
    /// The signature counter of the latest sign-in.
    pub counter: u32,
    /// How the authenticator is reached.
    pub transports: Vec<String>,
    /// `platform` or `cross-platform`, if the browser said it.
    pub attachment: Option<String>,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// A registration that has begun; a later one takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The user's immutable id.
    pub sub: Sub,
    /// The client whose token began it.
    pub client: ClientId,
    /// The relying party.
    pub relying_party: String,
    /// What the answer is checked against; the challenge in it makes it unique.
    pub state: String,
    /// When it is too late to complete it.
    pub valid_until: Timestamp,
}

impl Passkey {
    /// A passkey that `credential`, as the browser wrote it, has just made.
    pub fn new(made: Made, credential: &Value, sub: Sub, relying_party: String, now: Timestamp) -> Self {
        let attachment = credential.get("authenticatorAttachment").and_then(Value::as_str);
        Self {
            id: PasskeyId::of(&made.id),
            sub,
            credential: made.id,
            relying_party,
            key: made.key,
            counter: made.counter,
            transports: made.transports,
            attachment: attachment
                .filter(|attachment| ["platform", "cross-platform"].contains(attachment))
                .map(str::to_owned),
            created_at: now,
        }
    }

    /// What a ceremony needs of it.
    pub fn stored(&self) -> Stored<'_> {
        Stored {
            key: &self.key,
            counter: self.counter,
        }
    }

    fn is_reached_by(&self, transport: &str) -> bool {
        self.transports.iter().any(|known| known == transport)
    }

    /// Whether the authenticator is a device of its own, such as a security key.
    pub fn is_separate(&self) -> bool {
        self.attachment.as_deref() != Some("platform")
            && !self.is_reached_by("internal")
            && !self.is_reached_by("hybrid")
            && ["usb", "nfc", "ble"]
                .iter()
                .any(|transport| self.is_reached_by(transport))
    }

    /// A name by which a person may tell it from others.
    fn friendly_name(&self) -> &'static str {
        if self.is_separate() {
            "Security key"
        } else if self.attachment.as_deref() == Some("platform") || self.is_reached_by("internal") {
            "Passkey on a device"
        } else if self.is_reached_by("hybrid") {
            "Passkey on a phone"
        } else {
            "Passkey"
        }
    }

    /// The passkey as its user sees it.
    pub fn to_api(&self) -> WebAuthnCredentialDescription {
        WebAuthnCredentialDescription {
            credential_id: Some(base64url(&self.credential)),
            friendly_credential_name: Some(self.friendly_name().to_owned()),
            relying_party_id: Some(self.relying_party.clone()),
            authenticator_attachment: self.attachment.clone(),
            authenticator_transports: Some(self.transports.clone()),
            created_at: Some(self.created_at.epoch()),
        }
    }
}

/// The relying party of a pool, and its id.
///
/// # Errors
/// `WebAuthnConfigurationMissingException` where the pool names none.
pub fn relying_party(pool: &Pool) -> Result<(String, RelyingParty), Fault> {
    let configuration = pool.mfa.document.web_authn.as_ref();
    let id = configuration.and_then(|configuration| configuration.relying_party_id.clone());
    let required = configuration.and_then(|configuration| configuration.user_verification)
        == Some(UserVerificationType::Required);
    let name = pool.document.name.as_deref().unwrap_or_default();
    id.and_then(|id| RelyingParty::new(name, &id, required).map(|party| (id, party)))
        .ok_or_else(|| {
            Fault::new(
                FaultKind::WebAuthnConfigurationMissing,
                "The user pool has no relying party ID.",
            )
        })
}

/// The answer where a pool has no passkeys.
pub fn not_enabled() -> Fault {
    Fault::new(
        FaultKind::WebAuthnNotEnabled,
        "Passkeys are not enabled for the user pool.",
    )
}

/// The answer where no registration waits for this credential.
pub fn no_challenge() -> Fault {
    Fault::new(
        FaultKind::WebAuthnChallengeNotFound,
        "The challenge has expired or was not found; start the registration again.",
    )
}

/// The answer to a token of another client than the one that began the registration.
pub fn client_mismatch() -> Fault {
    Fault::new(
        FaultKind::WebAuthnClientMismatch,
        "The registration was begun by another client.",
    )
}

/// The answer to a passkey that the user has already.
pub fn already_registered() -> Fault {
    Fault::invalid_parameter("The passkey is registered already.")
}

/// The answer where the user has no such passkey.
pub fn no_passkey() -> Fault {
    Fault::not_found("The passkey does not exist.")
}

/// The answer where the user has as many passkeys as a user may have.
pub fn too_many() -> Fault {
    Fault::new(
        FaultKind::LimitExceeded,
        format!("A user has at most {MOST} passkeys."),
    )
}

/// The answer to a credential that is not registered.
pub fn refused(refusal: Refusal) -> Fault {
    match refusal {
        Refusal::Malformed => Fault::invalid_parameter("The credential is malformed."),
        Refusal::Challenge => no_challenge(),
        Refusal::Origin => Fault::new(
            FaultKind::WebAuthnOriginNotAllowed,
            "The credential was made on a site that is not the relying party's.",
        ),
        Refusal::RelyingParty => Fault::new(
            FaultKind::WebAuthnRelyingPartyMismatch,
            "The credential was made for another relying party.",
        ),
        Refusal::Unsupported | Refusal::Signature | Refusal::Cloned => Fault::new(
            FaultKind::WebAuthnCredentialNotSupported,
            "The credential is not supported.",
        ),
    }
}
