//! The state of a sign-in between two requests: sealed, bound to pool and client, short-lived.
//!
//! Nothing is written between steps. That a state works only once is guarded by the session it leads to: its id is
//! drawn when the state is made, and the session is written only if it does not exist.

use gatehouse_model::Sensitive;
use serde::{Deserialize, Serialize};

use super::{SignIn, expired_session, invalid_session};
use crate::crypto::seal::Purpose;
use crate::crypto::{base64, from_base64};
use crate::domain::ids::{SessionId, Sub, UserKey, Username};
use crate::domain::user::User;
use crate::{Fault, Timestamp};

/// Seconds a client has to answer `PASSWORD_VERIFIER`.
const SRP_SECONDS: i64 = 180;

/// Bytes that the state of an exchange fills before it is sealed, whatever names are in it: its length would tell a
/// name with a user from one without. The longest names leave room.
const SRP_LENGTH: usize = 3072;

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
    /// `NEW_PASSWORD_REQUIRED`.
    NewPassword,
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
    /// The session that this sign-in will be.
    pub session: SessionId,
    /// Made for the signed operations.
    pub admin: bool,
    expires_at: Timestamp,
}

impl State {
    /// A state that is made now.
    pub fn new(sign_in: &SignIn<'_>, awaited: Awaited, key: UserKey, user: Option<&User>) -> Self {
        let seconds = match awaited {
            Awaited::Srp { .. } => SRP_SECONDS,
            Awaited::NewPassword => sign_in.client.auth_session_seconds,
        };
        Self {
            awaited,
            user: key,
            sub: user.map(|user| user.sub.clone()),
            auth_version: user.map_or(0, |user| user.auth_version),
            session: SessionId::generate(&*sign_in.app.entropy),
            admin: sign_in.admin,
            expires_at: sign_in.now.plus_seconds(seconds),
        }
    }

    /// Whether the state was made for `user` as it is now.
    pub fn is_of(&self, user: &User) -> bool {
        self.sub.as_ref() == Some(&user.sub) && self.auth_version == user.auth_version
    }

    fn context(sign_in: &SignIn<'_>) -> String {
        format!("{}#{}", sign_in.pool().id(), sign_in.client.id())
    }

    /// The state's text.
    ///
    /// # Errors
    /// `InternalErrorException` when sealing fails.
    pub async fn seal(&self, sign_in: &SignIn<'_>) -> Result<Sensitive, Fault> {
        let key = sign_in.app.data_key(&sign_in.open).await?;
        let mut plain = zeroize::Zeroizing::new(serde_json::to_vec(self).map_err(Fault::internal)?);
        if matches!(self.awaited, Awaited::Srp { .. }) && plain.len() < SRP_LENGTH {
            // Spaces after JSON mean nothing.
            plain.resize(SRP_LENGTH, b' ');
        }
        let context = Self::context(sign_in);
        let sealed = key.seal(Purpose::Challenge, &context, &plain, &*sign_in.app.entropy)?;
        Ok(Sensitive::from(base64(&sealed)))
    }

    /// Reads a state that was made for this pool and client, and for operations of the same kind.
    ///
    /// # Errors
    /// `NotAuthorizedException` for any other text and for a state that has expired.
    pub async fn open(sign_in: &SignIn<'_>, sealed: &str) -> Result<Self, Fault> {
        let key = sign_in.app.data_key(&sign_in.open).await?;
        let plain = from_base64(sealed)
            .and_then(|sealed| key.open(Purpose::Challenge, &Self::context(sign_in), &sealed))
            .map(zeroize::Zeroizing::new)
            .ok_or_else(invalid_session)?;
        let state: Self = serde_json::from_slice(&plain).map_err(|_| invalid_session())?;
        if state.admin != sign_in.admin {
            return Err(invalid_session());
        }
        if sign_in.now >= state.expires_at {
            return Err(expired_session());
        }
        Ok(state)
    }
}
