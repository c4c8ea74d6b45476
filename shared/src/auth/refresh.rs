//! `REFRESH_TOKEN_AUTH` and `GetTokensFromRefreshToken`: new tokens for an old sign-in.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::AuthenticationResultType;

use super::complete::{refresh_token, tokens};
use super::{Outcome, Parameters, SignIn, hooks, required};
use crate::domain::activity::Activity;
use crate::domain::group::Membership;
use crate::domain::ids::{DeviceKey, Sub, Username};
use crate::domain::session::{Presented, Session};
use crate::domain::user::User;
use crate::tokens::refresh::RefreshToken;
use crate::triggers::event::Source;
use crate::{Fault, Timestamp};

fn invalid() -> Fault {
    Fault::not_authorized("Invalid Refresh Token")
}

fn revoked() -> Fault {
    Fault::not_authorized("Refresh Token has been revoked")
}

/// Renews the tokens of `REFRESH_TOKEN`.
///
/// # Errors
/// `NotAuthorizedException`, `RefreshTokenReuseException`.
pub async fn renew(sign_in: &SignIn<'_>, parameters: &Parameters) -> Result<Outcome, Fault> {
    let token = Sensitive::from(required(parameters, "REFRESH_TOKEN")?);
    let held = load(sign_in, &token).await?;
    let user = &held.user;
    // The name that the hash is over may be any the user goes by.
    let names = [user.username.as_str(), user.sub.as_str()];
    let aliases = user.aliases(&sign_in.pool().names, sign_in.pool().case_sensitive);
    let names = names
        .into_iter()
        .chain(aliases.iter().map(|(_, value)| value.as_str()));
    sign_in
        .client
        .check_secret_hash(parameters.get("SECRET_HASH").map(String::as_str), names)?;
    let device = held.session.device.as_ref().map(DeviceKey::as_str);
    let claimed = parameters.get("DEVICE_KEY").map(String::as_str);
    if sign_in.pool().devices().is_some() && claimed.is_some() && claimed != device {
        return Err(invalid());
    }
    held.check_key(None)?;
    exchange(sign_in, held).await.map(Outcome::Tokens)
}

/// Renews the tokens of a client that showed its secret itself.
///
/// # Errors
/// `NotAuthorizedException`, `RefreshTokenReuseException`.
pub async fn renew_with_secret(
    sign_in: &SignIn<'_>,
    token: &Sensitive,
    secret: Option<&Sensitive>,
) -> Result<AuthenticationResultType, Fault> {
    sign_in.client.check_secret(secret)?;
    let held = load(sign_in, token).await?;
    held.check_key(None)?;
    exchange(sign_in, held).await
}

/// A refresh token whose session lives, with its user.
#[derive(Debug)]
pub struct Held {
    user: User,
    memberships: Vec<Membership>,
    session: Session,
    generation: u32,
}

impl Held {
    /// What the session's access tokens may do.
    pub fn scope(&self) -> &str {
        self.session.scope()
    }

    /// Whether it can be exchanged at `now`.
    pub fn is_current(&self, now: Timestamp) -> bool {
        self.session.present(self.generation, now).is_ok()
    }

    /// When its session ends.
    pub const fn expires_at(&self) -> Timestamp {
        self.session.refresh_expires_at
    }

    /// The user's immutable id.
    pub const fn sub(&self) -> &Sub {
        &self.user.sub
    }

    /// The user's name.
    pub const fn username(&self) -> &Username {
        &self.user.username
    }

    /// Refuses the token where it is bound to another key than the one that the request has proved.
    ///
    /// # Errors
    /// `NotAuthorizedException`.
    pub fn check_key(&self, proven: Option<&str>) -> Result<(), Fault> {
        match self.session.bound_key.as_deref() {
            None => Ok(()),
            own if own == proven => Ok(()),
            _ => Err(invalid()),
        }
    }
}

/// Reads the token's user and session at once, and refuses what has ended.
///
/// # Errors
/// `NotAuthorizedException`.
pub async fn load(sign_in: &SignIn<'_>, token: &Sensitive) -> Result<Held, Fault> {
    let key = sign_in.app.data_key(&sign_in.open).await?;
    let token = RefreshToken::open(&key, sign_in.client.id(), token).ok_or_else(invalid)?;
    let pool = sign_in.pool().id();
    let store = &sign_in.app.store;
    let (found, session) = tokio::join!(
        store.load_user(pool, &token.user),
        store.load_one_session(pool, &token.user, &token.session)
    );
    let found = found?;
    let (Some(user), Some(session)) = (found.user, session?) else {
        return Err(revoked());
    };
    if session.client != *sign_in.client.id() {
        return Err(invalid());
    }
    if session.is_ended(&user) {
        return Err(revoked());
    }
    user.check_enabled()?;
    user.check_not_reset()?;
    Ok(Held {
        user,
        memberships: found.memberships,
        session,
        generation: token.generation,
    })
}

/// What is remembered of this use, where the session is tracked and its pool still tracks sessions.
fn activity(sign_in: &SignIn<'_>, session: &Session) -> Option<Activity> {
    let before = session.activity.clone()?;
    Some(match sign_in.pool().session_limit() {
        Some(_) => Activity::new(&sign_in.origin, sign_in.now),
        None => before,
    })
}

/// Notes this use of a session whose refresh token does not rotate. Returns whether the session still lives.
async fn touch(sign_in: &SignIn<'_>, user: &User, session: &Session) -> Result<bool, Fault> {
    match activity(sign_in, session) {
        Some(now) if session.activity.as_ref() != Some(&now) => {
            let pool = sign_in.pool().id();
            sign_in
                .app
                .store
                .touch_session(pool, &user.key, &session.id, &now)
                .await
        }
        _ => Ok(true),
    }
}

/// Gives new tokens, and under rotation the next refresh token.
///
/// # Errors
/// `NotAuthorizedException`, `RefreshTokenReuseException`.
pub async fn exchange(sign_in: &SignIn<'_>, held: Held) -> Result<AuthenticationResultType, Fault> {
    let Held {
        user,
        memberships,
        session,
        generation,
    } = &held;
    let presented = session.present(*generation, sign_in.now)?;
    let source = Source::TokenGenerationRefreshTokens;
    let changes = &hooks::token_changes(sign_in, user, memberships, session, source).await?;
    let Some(grace) = sign_in.client.rotation else {
        let (lives, signed) = tokio::join!(
            touch(sign_in, user, session),
            tokens(sign_in, user, memberships, session, changes)
        );
        if !lives? {
            return Err(revoked());
        }
        return signed;
    };
    let store = &sign_in.app.store;
    let pool = sign_in.pool().id();
    let session = match presented {
        Presented::InGrace => session.clone(),
        Presented::Current => {
            let next = Session {
                activity: activity(sign_in, session),
                ..session.rotated(sign_in.now, grace)
            };
            let (rotated, signed) = tokio::join!(
                store.rotate_session(pool, &user.key, session, &next),
                tokens(sign_in, user, memberships, &next, changes)
            );
            if rotated? {
                let refresh = refresh_token(sign_in, user, &next).await?;
                return Ok(AuthenticationResultType {
                    refresh_token: Some(refresh),
                    ..signed?
                });
            }
            // Another request was faster: this one may still be within the grace that it opened.
            let (_, now) = store.load_session(pool, &user.key, &session.id).await?;
            let now = now.filter(|session| !session.revoked).ok_or_else(revoked)?;
            now.present(*generation, sign_in.now)?;
            now
        }
    };
    let (signed, refresh) = tokio::join!(
        tokens(sign_in, user, memberships, &session, changes),
        refresh_token(sign_in, user, &session)
    );
    Ok(AuthenticationResultType {
        refresh_token: Some(refresh?),
        ..signed?
    })
}
