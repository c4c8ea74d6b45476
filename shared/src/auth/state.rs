//! The state of a sign-in between two requests: sealed, bound to pool and client, short-lived.
//!
//! Nothing is written between steps. That a sign-in ends in tokens only once is guarded by the session it leads to: its
//! id is drawn at the first step, and the session is written only if it does not exist.

use std::collections::BTreeMap;

use gatehouse_model::Sensitive;
use serde::{Deserialize, Serialize};

use super::journey::Journey;
use super::{SignIn, expired_session, invalid_session};
use crate::ambient::Entropy;
use crate::crypto::seal::{DataKey, Purpose};
use crate::crypto::{base64, from_base64};
use crate::domain::factors::{Factor, Method};
use crate::domain::ids::{ClientId, PoolId, Sub, UserKey, Username};
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

    /// The state's text.
    ///
    /// # Errors
    /// `InternalErrorException` when sealing fails.
    pub async fn seal(&self, sign_in: &SignIn<'_>) -> Result<Sensitive, Fault> {
        let key = sign_in.app.data_key(&sign_in.open).await?;
        self.seal_at(&key, &Place::of(sign_in), &*sign_in.app.entropy)
    }

    fn seal_at(&self, key: &DataKey, place: &Place<'_>, entropy: &dyn Entropy) -> Result<Sensitive, Fault> {
        let mut plain = zeroize::Zeroizing::new(serde_json::to_vec(self).map_err(Fault::internal)?);
        let length = match self.awaited {
            Awaited::Srp { .. } | Awaited::DeviceSrp { .. } => SRP_LENGTH,
            _ => LENGTH,
        };
        if plain.len() < length {
            // Spaces after JSON mean nothing.
            plain.resize(length, b' ');
        }
        let sealed = key.seal(Purpose::Challenge, &place.context(), &plain, entropy)?;
        let client = place.client.as_str().as_bytes();
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
        Self::open_at(&key, &Place::of(sign_in), sealed, sign_in.now)
    }

    fn open_at(key: &DataKey, place: &Place<'_>, sealed: &str, now: Timestamp) -> Result<Self, Fault> {
        let bytes = from_base64(sealed).ok_or_else(invalid_session)?;
        let (client, sealed) = split(&bytes).ok_or_else(invalid_session)?;
        if client != *place.client {
            return Err(invalid_session());
        }
        let plain = key
            .open(Purpose::Challenge, &place.context(), sealed)
            .map(zeroize::Zeroizing::new)
            .ok_or_else(invalid_session)?;
        let state: Self = serde_json::from_slice(&plain).map_err(|_| invalid_session())?;
        if now >= state.expires_at {
            return Err(expired_session());
        }
        Ok(state)
    }
}

/// Where a sign-in takes place. Its state opens nowhere else.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    pool: &'a PoolId,
    client: &'a ClientId,
    browser: bool,
}

impl<'a> Place<'a> {
    fn of(sign_in: &'a SignIn<'_>) -> Self {
        Self {
            pool: sign_in.pool().id(),
            client: sign_in.client.id(),
            browser: sign_in.browser,
        }
    }

    fn context(&self) -> String {
        // What began on the pool's own pages ends there: it was not held to the client's flows.
        let place = if self.browser { "#browser" } else { "" };
        format!("{}#{}{place}", self.pool, self.client)
    }
}

/// The client's id, which stands before what is sealed, and the rest.
fn split(bytes: &[u8]) -> Option<(ClientId, &[u8])> {
    let (length, rest) = bytes.split_first()?;
    let (client, sealed) = rest.split_at_checked(usize::from(*length))?;
    let client = std::str::from_utf8(client).ok()?.parse().ok()?;
    Some((client, sealed))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::ambient::fixed::{Counting, NOON};
    use crate::domain::ids::SessionId;
    use crate::fault::FaultKind;
    use crate::tokens::forging::damage;

    static POOL: LazyLock<PoolId> = LazyLock::new(|| "eu-west-1_a".parse().unwrap());
    static CLIENT: LazyLock<ClientId> = LazyLock::new(|| "client1".parse().unwrap());
    static ENTROPY: LazyLock<Counting> = LazyLock::new(Counting::default);

    fn key(byte: u8) -> DataKey {
        DataKey::new(&[byte; 32]).unwrap()
    }

    fn place() -> Place<'static> {
        Place {
            pool: &POOL,
            client: &CLIENT,
            browser: false,
        }
    }

    /// The state of a user of this name who was asked for a second factor.
    fn state(name: &str) -> State {
        State {
            awaited: Awaited::SoftwareToken,
            user: name.parse().unwrap(),
            sub: Some(Sub::generate(&*ENTROPY)),
            auth_version: 1,
            journey: Journey::to(SessionId::generate(&*ENTROPY)),
            admin: false,
            expires_at: NOON.plus_seconds(180),
        }
    }

    fn sealed(name: &str) -> String {
        let sealed = state(name).seal_at(&key(1), &place(), &*ENTROPY).unwrap();
        sealed.expose().to_owned()
    }

    fn open(text: &str) -> Result<String, Fault> {
        State::open_at(&key(1), &place(), text, NOON).map(|state| state.user.to_string())
    }

    fn refused(text: &str) -> bool {
        open(text).is_err_and(|fault| fault == invalid_session())
    }

    #[test]
    fn a_state_opens_where_the_sign_in_began_and_for_as_long_as_it_says() {
        let text = sealed("ann");
        assert_eq!(open(&text).as_deref(), Ok("ann"));
        assert_eq!(State::client(&Sensitive::from(text.as_str())), Ok(CLIENT.clone()));
        let (pool, client) = ("eu-west-1_b".parse().unwrap(), "client2".parse().unwrap());
        for (key, place) in [
            (key(2), place()),
            (
                key(1),
                Place {
                    pool: &pool,
                    ..place()
                },
            ),
            (
                key(1),
                Place {
                    client: &client,
                    ..place()
                },
            ),
            (
                key(1),
                Place {
                    browser: true,
                    ..place()
                },
            ),
        ] {
            let fault = State::open_at(&key, &place, &text, NOON).unwrap_err();
            assert_eq!(fault, invalid_session(), "{place:?}");
        }
        let late = State::open_at(&key(1), &place(), &text, NOON.plus_seconds(180)).unwrap_err();
        assert_eq!(late, expired_session());
        assert_eq!(late.kind(), FaultKind::NotAuthorized);
    }

    #[test]
    fn another_clients_name_before_it_opens_nothing() {
        let mut bytes = from_base64(&sealed("ann")).unwrap();
        let last = usize::from(bytes[0]);
        bytes[last] = b'2';
        let text = base64(&bytes);
        let other = State::client(&Sensitive::from(text.as_str())).unwrap();
        assert_eq!(other.as_str(), "client2");
        let place = Place {
            client: &other,
            ..place()
        };
        let fault = State::open_at(&key(1), &place, &text, NOON).unwrap_err();
        assert_eq!(fault, invalid_session());
    }

    proptest! {
        #[test]
        fn no_text_is_a_state(text in ".{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for text in [text, base64(&bytes), base64(&[b"\x07client1".as_slice(), &bytes].concat())] {
                prop_assert!(refused(&text), "{}", text);
                let named = State::client(&Sensitive::from(text));
                prop_assert!(named.is_ok() || named == Err(invalid_session()));
            }
        }

        #[test]
        fn a_damaged_state_opens_nothing(damage in damage()) {
            if let Some(text) = damage.to(&sealed("ann")) {
                prop_assert!(refused(&text), "{}", text);
            }
        }

        #[test]
        fn two_states_make_no_third(at in any::<Index>()) {
            let (ann, bob) = (from_base64(&sealed("ann")).unwrap(), from_base64(&sealed("bob")).unwrap());
            let at = at.index(ann.len());
            let mixed = [&ann[..at], &bob[at..]].concat();
            // Up to the nonce they are the same, and the last bytes may be.
            prop_assert!(mixed == ann || mixed == bob || refused(&base64(&mixed)), "at {}", at);
        }
    }
}
