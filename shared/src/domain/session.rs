//! One sign-in and the refresh tokens that descend from it.

use serde::{Deserialize, Serialize};

use super::activity::Activity;
use super::factors::Methods;
use super::ids::{ClientId, DeviceKey, SessionId, Sub};
use super::user::User;
use crate::tokens::claims::USER_ADMIN_SCOPE;
use crate::{Fault, Timestamp, fault::FaultKind};

/// A sign-in. Its refresh tokens are numbered by `generation`; without rotation there is only number 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Claim `origin_jti`.
    pub id: SessionId,
    /// The user's immutable id: whoever gets the same name later has no part in it.
    pub sub: Sub,
    /// The client that signed the user in; no other may use the tokens.
    pub client: ClientId,
    /// When the user signed in (claim `auth_time`).
    pub created_at: Timestamp,
    /// When the last refresh token of the session dies; rotation does not move it.
    pub refresh_expires_at: Timestamp,
    /// The number of the refresh token that is valid now.
    pub generation: u32,
    /// Until when the one before is still answered.
    pub grace_until: Timestamp,
    /// How often the user had signed out everywhere when it began; `None` where only the moments are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_outs: Option<u64>,
    /// Ended by `RevokeToken`.
    pub revoked: bool,
    /// The device it began on (claim `device_key`), where the pool tracks devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceKey>,
    /// What the user proved.
    #[serde(default)]
    pub methods: Methods,
    /// Whether tokens say so (claims `acr` and `amr`): the application asked for a level.
    #[serde(default)]
    pub leveled: bool,
    /// The last use; `None` for a session that began while its pool did not track sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<Activity>,
    /// What an OAuth client was granted; `None` for a sign-in through the API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted: Option<Granted>,
    /// For a browser's session, the user's `auth_version` when it began: a new password ends it. Such a session has no
    /// tokens of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser: Option<u64>,
    /// The thumbprint of the key that its tokens are bound to (RFC 9449): they are no good without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound_key: Option<String>,
}

/// What an OAuth client was granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// What the access tokens may do.
    pub scope: String,
    /// The API that they are for (claim `aud`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// `nonce` of the first ID token; renewed ones have none (OpenID Connect Core section 12.2).
    #[serde(skip)]
    pub nonce: Option<String>,
}

/// What a refresh token of the session means now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented {
    /// The valid one.
    Current,
    /// The one before, still in its grace: the winner of the race has the next one already.
    InGrace,
}

impl Session {
    /// A session of `user`, as read, that begins at `now`.
    pub fn begin(id: SessionId, user: &User, client: ClientId, now: Timestamp, refresh_seconds: i64) -> Self {
        Self {
            id,
            sub: user.sub.clone(),
            sign_outs: Some(user.sign_outs),
            client,
            created_at: now,
            refresh_expires_at: now.plus_seconds(refresh_seconds),
            generation: 0,
            grace_until: Timestamp::from_millis(0),
            revoked: false,
            device: None,
            methods: Methods::default(),
            leveled: false,
            activity: None,
            granted: None,
            browser: None,
            bound_key: None,
        }
    }

    /// What the session's access tokens may do.
    pub fn scope(&self) -> &str {
        self.granted
            .as_ref()
            .map_or(USER_ADMIN_SCOPE, |granted| granted.scope.as_str())
    }

    /// How its access tokens are shown (RFC 6749 section 7.1).
    pub const fn token_type(&self) -> &'static str {
        if self.bound_key.is_some() {
            "DPoP"
        } else {
            "Bearer"
        }
    }

    /// Whether the session has ended for `user`: revoked, another user's, or begun before the user signed out
    /// everywhere.
    ///
    /// Where only moments are known they are counted in milliseconds; the same one is before.
    pub fn is_ended(&self, user: &User) -> bool {
        self.revoked || self.sub != user.sub || user.has_signed_out_since(self.sign_outs, self.created_at)
    }

    /// Whether the session is over for `user` at `now`: ended, or no token of it can be renewed any more.
    pub fn is_over(&self, user: &User, now: Timestamp) -> bool {
        self.is_ended(user) || now >= self.refresh_expires_at
    }

    /// When the session was last used, as far as it is known.
    pub fn last_active_at(&self) -> Timestamp {
        self.activity
            .as_ref()
            .map_or(self.created_at, |activity| activity.at)
    }

    /// What refresh token number `generation` means at `now`.
    ///
    /// # Errors
    /// `NotAuthorizedException` when it has expired; `RefreshTokenReuseException` when it was rotated away.
    pub fn present(&self, generation: u32, now: Timestamp) -> Result<Presented, Fault> {
        if now >= self.refresh_expires_at {
            return Err(Fault::not_authorized("Refresh Token has expired"));
        }
        if generation == self.generation {
            return Ok(Presented::Current);
        }
        if generation.checked_add(1) == Some(self.generation) && now < self.grace_until {
            return Ok(Presented::InGrace);
        }
        Err(Fault::new(
            FaultKind::RefreshTokenReuse,
            "The refresh token was already used and rotated; it can not be used again.",
        ))
    }

    /// The session after its refresh token was rotated at `now`. Without grace the token before is never answered
    /// again, not even to a request that came in before this moment.
    #[must_use]
    pub fn rotated(&self, now: Timestamp, grace_seconds: i64) -> Self {
        let grace_until = if grace_seconds > 0 {
            now.plus_seconds(grace_seconds)
        } else {
            Timestamp::from_millis(0)
        };
        Self {
            generation: self.generation + 1,
            grace_until,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::{Counting, NOON};

    fn ann() -> User {
        let name: crate::domain::ids::Username = "ann".parse().unwrap();
        let sub = Sub::generate(&crate::ambient::SystemEntropy);
        User::new(name.clone(), name.to_key(true), sub, [].into(), NOON)
    }

    fn session_of(user: &User) -> Session {
        let entropy = Counting::default();
        let client = ClientId::generate(&entropy);
        Session::begin(SessionId::generate(&entropy), user, client, NOON, 3600)
    }

    fn session() -> Session {
        session_of(&ann())
    }

    #[test]
    fn a_rotated_token_lives_for_its_grace_and_no_longer() {
        let rotated = session().rotated(NOON, 10);
        assert_eq!(rotated.present(1, NOON), Ok(Presented::Current));
        assert_eq!(rotated.present(0, NOON.plus_seconds(9)), Ok(Presented::InGrace));
        let fault = rotated.present(0, NOON.plus_seconds(10)).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::RefreshTokenReuse);
        let twice = rotated.rotated(NOON, 10);
        assert_eq!(
            twice.present(0, NOON).unwrap_err().kind(),
            FaultKind::RefreshTokenReuse
        );
    }

    #[test]
    fn without_grace_a_clock_that_runs_behind_wins_nothing() {
        let rotated = session().rotated(NOON, 0);
        let fault = rotated.present(0, NOON.plus_seconds(-5)).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::RefreshTokenReuse);
    }

    #[test]
    fn rotation_does_not_lengthen_a_session() {
        let rotated = session().rotated(NOON.plus_seconds(3599), 10);
        assert_eq!(
            rotated.present(1, NOON.plus_seconds(3600)).unwrap_err().kind(),
            FaultKind::NotAuthorized
        );
    }

    #[test]
    fn signing_out_everywhere_ends_what_began_before_and_nothing_later() {
        let mut user = ann();
        let session = session_of(&user);
        assert!(!session.is_ended(&user));
        // By a clock that runs behind.
        user.signed_out_at = Some(NOON.plus_seconds(-180));
        user.sign_outs += 1;
        assert!(session.is_ended(&user) && !session_of(&user).is_ended(&user));
    }

    #[test]
    fn where_sign_outs_were_not_counted_moments_are_compared() {
        let mut user = ann();
        let session = Session {
            sign_outs: None,
            ..session_of(&user)
        };
        assert!(!session.is_ended(&user));
        user.signed_out_at = Some(NOON);
        assert!(session.is_ended(&user));
        user.signed_out_at = Some(Timestamp::from_millis(NOON.millis() - 1));
        assert!(!session.is_ended(&user));
    }

    #[test]
    fn a_session_is_not_inherited_with_a_name() {
        assert!(session_of(&ann()).is_ended(&ann()));
    }
}
