//! The state of a sign-in between two requests: sealed, bound to pool and client, short-lived.
//!
//! Nothing is written between steps. That a sign-in ends in tokens only once is guarded by the session it leads to: its
//! id is drawn at the first step, and the session is written only if it does not exist.

use std::collections::BTreeMap;

use gatehouse_model::Sensitive;
use serde::{Deserialize, Serialize};

use super::journey::Journey;
use super::{SignIn, expired_session, invalid_session};
use crate::crypto::seal::Purpose;
use crate::crypto::{base64, from_base64};
use crate::domain::factors::{Factor, Method};
use crate::domain::ids::{ClientId, Sub, UserKey, Username};
use crate::domain::user::User;
use crate::{Fault, Timestamp};

/// Seconds a client has to answer `PASSWORD_VERIFIER`.
const SRP_SECONDS: i64 = 180;

/// Bytes that the state of an exchange fills before it is sealed, whatever names are in it: its length would tell a
/// name with a user from one without. The longest names leave room.
const SRP_LENGTH: usize = 3072;
/// The same for all other states, whose text may have 4096 characters at most (`SessionType`).
const LENGTH: usize = 2048;

/// What is waited for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Awaited {
    /// `PASSWORD_VERIFIER`.
    Srp {
        /// The server's half of the exchange, base64.
        server: Sensitive,
        /// The client's public value.
        #[serde(with = "crate::crypto::base64_text")]
        public: Vec<u8>,
        /// The name both sides hash.
        name: Username,
    },
    /// `DEVICE_SRP_AUTH`.
    Device,
    /// `DEVICE_PASSWORD_VERIFIER`.
    DeviceSrp {
        /// The server's half of the exchange, base64.
        server: Sensitive,
        /// The device's public value.
        #[serde(with = "crate::crypto::base64_text")]
        public: Vec<u8>,
    },
    /// `WEB_AUTHN`: what the answer is checked against.
    WebAuthn(String),
    /// A passkey of whoever sits there: the page that asks is open for as long as it takes to remember a name.
    AnyPasskey(String),
    /// `NEW_PASSWORD_REQUIRED`.
    NewPassword,
    /// `SELECT_CHALLENGE`, `PASSWORD` or `PASSWORD_SRP`: a first factor, or the password.
    FirstFactor {
        /// Only the password is wanted.
        password_only: bool,
    },
    /// A code that was sent: `SMS_MFA`, `SMS_OTP` or `EMAIL_OTP`.
    SentCode {
        /// What the code proves.
        method: Method,
        /// It is the second factor.
        second: bool,
        /// HMAC of the code; of none where there is no user to send one to.
        #[serde(with = "crate::crypto::base64_text")]
        hash: Vec<u8>,
        /// What the right code says of the address it was sent to.
        #[serde(default)]
        address: SentTo,
    },
    /// `SOFTWARE_TOKEN_MFA`.
    SoftwareToken,
    /// `SELECT_MFA_TYPE`.
    SelectMfa(Vec<Factor>),
    /// `MFA_SETUP`, before or after `AssociateSoftwareToken`.
    MfaSetup(Setup),
    /// `CUSTOM_CHALLENGE`.
    Custom {
        /// What the function that made it keeps for the one that verifies.
        private: BTreeMap<String, Sensitive>,
        /// What it is called.
        metadata: Option<String>,
    },
    /// `ConfirmSignUp`, after `SignUp`.
    Confirmation,
    /// `InitiateAuth`, after the account was confirmed by a code that proved this.
    Confirmed(Method),
}

/// An address that a code was sent to, and what the right code makes of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SentTo {
    /// It is verified already.
    #[default]
    Verified,
    /// It is the user's, and verified by the code if it still is.
    Unverified(String),
    /// It becomes the user's, verified, and a second factor.
    New(String),
}

/// How far the set-up of an authenticator app has come during a sign-in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Setup {
    /// It was asked for.
    Asked,
    /// The app has the secret, base64.
    Associated(Sensitive),
    /// The app, of this name, has shown a code of this step.
    Verified(Sensitive, u64, Option<String>),
}

/// The sealed state.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    /// What is waited for.
    pub awaited: Awaited,
    /// The user, or the key of a name without one.
    pub user: UserKey,
    /// The user's immutable id: who takes the name of a deleted user takes no sign-in over. `None` without a user.
    sub: Option<Sub>,
    /// The user's `auth_version` when the state was made: a changed password ends the sign-in. 0 without a user.
    auth_version: u64,
    /// What lies behind.
    pub journey: Journey,
    /// Made for the signed operations.
    pub admin: bool,
    expires_at: Timestamp,
}

impl State {
    /// A state that is made now.
    pub fn new(
        sign_in: &SignIn<'_>,
        awaited: Awaited,
        (key, user): (UserKey, Option<&User>),
        journey: Journey,
    ) -> Self {
        let seconds = match awaited {
            Awaited::Srp { .. } | Awaited::DeviceSrp { .. } => SRP_SECONDS,
            // A code that confirms an account is valid for a day.
            Awaited::Confirmation => 24 * 60 * 60,
            Awaited::AnyPasskey(_) => 60 * 60,
            _ => sign_in.client.auth_session_seconds,
        };
        Self {
            awaited,
            user: key,
            sub: user.map(|user| user.sub.clone()),
            auth_version: user.map_or(0, |user| user.auth_version),
            journey,
            admin: sign_in.admin,
            expires_at: sign_in.now.plus_seconds(seconds),
        }
    }

    /// Whether the state was made for `user` as it is now.
    pub fn is_of(&self, user: &User) -> bool {
        self.sub.as_ref() == Some(&user.sub) && self.auth_version == user.auth_version
    }

    /// Whether the state was made for a name without a user.
    pub const fn is_of_nobody(&self) -> bool {
        self.sub.is_none()
    }

    fn context(sign_in: &SignIn<'_>) -> String {
        // What began on the pool's own pages ends there: it was not held to the client's flows.
        let place = if sign_in.browser { "#browser" } else { "" };
        format!("{}#{}{place}", sign_in.pool().id(), sign_in.client.id())
    }

    /// The state's text.
    ///
    /// # Errors
    /// `InternalErrorException` when sealing fails.
    pub async fn seal(&self, sign_in: &SignIn<'_>) -> Result<Sensitive, Fault> {
        let key = sign_in.app.data_key(&sign_in.open).await?;
        let mut plain = zeroize::Zeroizing::new(serde_json::to_vec(self).map_err(Fault::internal)?);
        let length = match self.awaited {
            Awaited::Srp { .. } | Awaited::DeviceSrp { .. } => SRP_LENGTH,
            _ => LENGTH,
        };
        if plain.len() < length {
            // Spaces after JSON mean nothing.
            plain.resize(length, b' ');
        }
        let context = Self::context(sign_in);
        let sealed = key.seal(Purpose::Challenge, &context, &plain, &*sign_in.app.entropy)?;
        let client = sign_in.client.id().as_str().as_bytes();
        let length = u8::try_from(client.len()).map_err(Fault::internal)?;
        Ok(Sensitive::from(base64(
            &[&[length], client, sealed.as_slice()].concat(),
        )))
    }

    /// The client that a sealed state names, for operations that are not told: nothing is verified yet.
    ///
    /// # Errors
    /// `NotAuthorizedException` for a text that is no state.
    pub fn client(sealed: &Sensitive) -> Result<ClientId, Fault> {
        from_base64(sealed.expose())
            .and_then(|bytes| split(&bytes).map(|(client, _)| client))
            .ok_or_else(invalid_session)
    }

    /// Reads a state that was made for this pool and client, and for operations of the same kind.
    ///
    /// # Errors
    /// `NotAuthorizedException` for any other text and for a state that has expired.
    pub async fn open(sign_in: &SignIn<'_>, sealed: &str) -> Result<Self, Fault> {
        let state = Self::open_any(sign_in, sealed).await?;
        if state.admin != sign_in.admin {
            return Err(invalid_session());
        }
        Ok(state)
    }

    /// Reads a state that was made for this pool and client, whichever operations it goes on with.
    ///
    /// # Errors
    /// `NotAuthorizedException` for any other text and for a state that has expired.
    pub async fn open_any(sign_in: &SignIn<'_>, sealed: &str) -> Result<Self, Fault> {
        let key = sign_in.app.data_key(&sign_in.open).await?;
        let bytes = from_base64(sealed).ok_or_else(invalid_session)?;
        let (client, sealed) = split(&bytes).ok_or_else(invalid_session)?;
        if client != *sign_in.client.id() {
            return Err(invalid_session());
        }
        let plain = key
            .open(Purpose::Challenge, &Self::context(sign_in), sealed)
            .map(zeroize::Zeroizing::new)
            .ok_or_else(invalid_session)?;
        let state: Self = serde_json::from_slice(&plain).map_err(|_| invalid_session())?;
        if sign_in.now >= state.expires_at {
            return Err(expired_session());
        }
        Ok(state)
    }
}

/// The client's id, which stands before what is sealed, and the rest.
fn split(bytes: &[u8]) -> Option<(ClientId, &[u8])> {
    let (length, rest) = bytes.split_first()?;
    let (client, sealed) = rest.split_at_checked(usize::from(*length))?;
    let client = std::str::from_utf8(client).ok()?.parse().ok()?;
    Some((client, sealed))
}
