//! WebAuthn's two ceremonies (W3C, Web Authentication Level 3, sections 7.1 and 7.2) for one relying party, by
//! webauthn-rs-core: this module says how strict the library is to be and keeps its types to itself.
//!
//! What goes to a browser and comes from it is the JSON of `PublicKeyCredential`'s own methods
//! (`parseCreationOptionsFromJSON`, `parseRequestOptionsFromJSON`, `toJSON`).

mod pretended;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;
use webauthn_rs_core::WebauthnCore;
use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::proto::{
    AuthenticationState, COSEAlgorithm, Credential, ParsedAttestation, PublicKeyCredential,
    PublicKeyCredentialDescriptor, RegisterPublicKeyCredential, RegistrationState, UserVerificationPolicy,
};

use crate::Fault;
use crate::ambient::{Entropy, random_bytes};
use crate::crypto::base64url;

/// How long a browser gives its user.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Why a ceremony failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is not the JSON of a credential.
    Malformed,
    /// It answers another challenge.
    Challenge,
    /// It was made on another site.
    Origin,
    /// It was made for another relying party.
    RelyingParty,
    /// The user was not verified, the key is of another kind, or the attestation is wrong.
    Unsupported,
    /// The signature is wrong, or the credential is unknown.
    Signature,
    /// The counter did not move on: there may be two of this authenticator.
    Cloned,
}

impl From<WebauthnError> for Refusal {
    fn from(error: WebauthnError) -> Self {
        tracing::debug!(%error, "a WebAuthn ceremony failed");
        match error {
            WebauthnError::MismatchedChallenge => Self::Challenge,
            WebauthnError::InvalidRPOrigin | WebauthnError::CredentialCrossOrigin => Self::Origin,
            WebauthnError::InvalidRPIDHash => Self::RelyingParty,
            WebauthnError::InvalidClientDataType
            | WebauthnError::ParseBase64Failure(_)
            | WebauthnError::ParseCBORFailure(_)
            | WebauthnError::ParseJSONFailure(_)
            | WebauthnError::ParseNOMFailure
            | WebauthnError::ParseInsufficientBytesAvailable
            | WebauthnError::MissingAttestationCredentialData => Self::Malformed,
            WebauthnError::CredentialPossibleCompromise => Self::Cloned,
            WebauthnError::AuthenticationFailure
            | WebauthnError::CredentialNotFound
            | WebauthnError::SignatureInvalid => Self::Signature,
            _ => Self::Unsupported,
        }
    }
}

/// Whom a passkey is for, as the authenticator shows and keeps it.
#[derive(Debug, Clone, Copy)]
pub struct Account<'a> {
    /// The user handle: never a name, since authenticators give it to whoever holds them.
    pub handle: &'a str,
    /// The name.
    pub name: &'a str,
}

/// The public half of a passkey, as text to store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicKey(String);

/// A passkey that was just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The credential's id.
    pub id: Vec<u8>,
    /// The public half.
    pub key: PublicKey,
    /// The signature counter.
    pub counter: u32,
    /// How the authenticator is reached, in WebAuthn's words.
    pub transports: Vec<String>,
}

/// A passkey as stored.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'a> {
    /// The public half.
    pub key: &'a PublicKey,
    /// The signature counter of the latest sign-in.
    pub counter: u32,
}

/// A passkey that was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// The credential's id.
    pub id: Vec<u8>,
    /// The signature counter now; 0 for an authenticator that does not count.
    pub counter: u32,
    /// Whether the authenticator made sure of its user.
    pub user_verified: bool,
    /// The handle of the account that the authenticator thinks it is for.
    pub handle: Option<Vec<u8>>,
}

/// The site that passkeys are for.
pub struct RelyingParty {
    core: WebauthnCore,
    policy: UserVerificationPolicy,
}

impl std::fmt::Debug for RelyingParty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RelyingParty")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

impl RelyingParty {
    /// The relying party of `id`, a domain; `None` for what is no domain.
    ///
    /// As browsers have it, its passkeys work on `https` pages of the domain and of those below it, and on `http`
    /// pages of this machine if that is the domain.
    pub fn new(name: &str, id: &str, verification_required: bool) -> Option<Self> {
        let schemes: &[&str] = if id == "localhost" {
            &["https", "http"]
        } else {
            &["https"]
        };
        let mut origins = Vec::new();
        for scheme in schemes {
            let origin = Url::parse(&format!("{scheme}://{id}")).ok()?;
            // Whatever makes more of the text than a domain is none.
            if origin.domain() != Some(id) || origin.path() != "/" || origin.port().is_some() {
                return None;
            }
            origins.push(origin);
        }
        Some(Self {
            core: WebauthnCore::new_unsafe_experts_only(name, id, origins, TIMEOUT, Some(true), Some(true)),
            policy: if verification_required {
                UserVerificationPolicy::Required
            } else {
                UserVerificationPolicy::Preferred
            },
        })
    }

    /// The same, of whose passkeys only those that make sure of their user will do.
    #[must_use]
    pub fn that_requires_verification(self) -> Self {
        Self {
            policy: UserVerificationPolicy::Required,
            ..self
        }
    }

    /// Options for `navigator.credentials.create()`, and the state to keep until its answer comes.
    ///
    /// # Errors
    /// `InternalErrorException` when the library fails.
    pub fn start_registration(
        &self,
        account: Account<'_>,
        known: impl IntoIterator<Item = Vec<u8>>,
        entropy: &dyn Entropy,
    ) -> Result<(Value, String), Fault> {
        let builder = self
            .core
            .new_challenge_register_builder(account.handle.as_bytes(), account.name, account.name)
            .map_err(Fault::internal)?
            .user_verification_policy(self.policy)
            .require_resident_key(true)
            .credential_algorithms(vec![COSEAlgorithm::ES256, COSEAlgorithm::RS256]);
        let (mut options, state) = self
            .core
            .generate_challenge_register(builder)
            .map_err(Fault::internal)?;
        options.public_key.exclude_credentials = Some(
            known
                .into_iter()
                .map(|id| PublicKeyCredentialDescriptor {
                    type_: "public-key".to_owned(),
                    id,
                    transports: None,
                })
                .collect(),
        );
        let challenge = random_bytes::<32>(entropy);
        options.public_key.challenge = challenge.to_vec();
        Ok((json(&options.public_key)?, with_challenge(&state, &challenge)?))
    }

    /// Checks a new credential against the state that it was asked with.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn finish_registration(&self, credential: &Value, state: &str) -> Result<Made, Refusal> {
        let credential =
            RegisterPublicKeyCredential::deserialize(credential).map_err(|_| Refusal::Malformed)?;
        let state: RegistrationState = read(state)?;
        let mut made = self.core.register_credential(&credential, &state, None)?;
        // Who vouches for the authenticator was not asked, and takes room.
        made.attestation = ParsedAttestation::default();
        // Only a hint for later sign-ins, so what the browser says of them will do.
        made.transports.clone_from(&credential.response.transports);
        let transports = made.transports.iter().flatten();
        let transports = transports.filter_map(|transport| serde_json::to_value(transport).ok());
        Ok(Made {
            id: made.cred_id.clone(),
            counter: made.counter,
            transports: transports
                .filter_map(|transport| transport.as_str().map(str::to_owned))
                .collect(),
            key: PublicKey(serde_json::to_string(&made).map_err(|_| Refusal::Unsupported)?),
        })
    }

    /// Options for `navigator.credentials.get()` with one of these passkeys, and the state to keep until its answer
    /// comes.
    ///
    /// # Errors
    /// `InternalErrorException` when the library fails.
    pub fn start_authentication(
        &self,
        passkeys: &[Stored<'_>],
        entropy: &dyn Entropy,
    ) -> Result<(Value, String), Fault> {
        let known = passkeys
            .iter()
            .map(credential)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| Fault::internal("a stored passkey does not read"))?;
        let builder = self
            .core
            .new_challenge_authenticate_builder(known, Some(self.policy))
            .map_err(Fault::internal)?;
        let (mut options, mut state) = self
            .core
            .generate_challenge_authenticate(builder)
            .map_err(Fault::internal)?;
        // The user's passkeys are read again with the answer.
        state.set_allowed_credentials(Vec::new());
        let challenge = random_bytes::<32>(entropy);
        options.public_key.challenge = challenge.to_vec();
        Ok((json(&options.public_key)?, with_challenge(&state, &challenge)?))
    }

    /// Checks an assertion by one of these passkeys against the state that it was asked with.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn finish_authentication(
        &self,
        assertion: &str,
        state: &str,
        passkeys: &[Stored<'_>],
    ) -> Result<Used, Refusal> {
        let assertion: PublicKeyCredential = read(assertion)?;
        let mut state: AuthenticationState = read(state)?;
        state.set_allowed_credentials(passkeys.iter().map(credential).collect::<Result<_, _>>()?);
        let result = self.core.authenticate_credential(&assertion, &state)?;
        Ok(Used {
            id: result.cred_id().clone(),
            counter: result.counter(),
            user_verified: result.user_verified(),
            handle: assertion.get_user_unique_id().map(<[u8]>::to_vec),
        })
    }
}

/// The library's form of a stored passkey.
fn credential(stored: &Stored<'_>) -> Result<Credential, Refusal> {
    let mut credential: Credential = read(&stored.key.0)?;
    credential.counter = stored.counter;
    Ok(credential)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    serde_json::from_str(text).map_err(|_| Refusal::Malformed)
}

/// JSON without nulls: an absent member of a dictionary of `WebIDL` is not one that is null.
fn json(options: &impl Serialize) -> Result<Value, Fault> {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.retain(|_, member| !member.is_null());
                members.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(options).map_err(Fault::internal)?;
    strip(&mut value);
    Ok(value)
}

/// A state's text with this challenge in the place of the one that the library drew by itself.
fn with_challenge(state: &impl Serialize, challenge: &[u8]) -> Result<String, Fault> {
    let mut state = serde_json::to_value(state).map_err(Fault::internal)?;
    state["challenge"] = Value::String(base64url(challenge));
    serde_json::to_string(&state).map_err(Fault::internal)
}
