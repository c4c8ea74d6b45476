//! Operations that a user authorizes with an access token.

use std::sync::Arc;

use gatehouse_model::Sensitive;

use crate::app::OpenPool;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::tokens::claims::USER_ADMIN_SCOPE;
use crate::tokens::verify::{self, AccessToken};
use crate::{App, Fault, Timestamp};

/// A user who showed a valid access token.
#[derive(Debug)]
pub struct Bearer {
    /// The pool.
    pub open: Arc<OpenPool>,
    /// What the token says.
    pub token: AccessToken,
    /// The user as stored.
    pub user: User,
    /// The sign-in that the token descends from; `None` where the client has switched revocation off.
    pub session: Option<Session>,
}

fn revoked() -> Fault {
    Fault::not_authorized("Access Token has been revoked")
}

/// Verifies an access token, here and in storage: one read brings the user and the session that it descends from.
///
/// # Errors
/// `NotAuthorizedException` for an invalid, expired or revoked token and for a disabled user;
/// `PasswordResetRequiredException` until a user whose password was reset has a new one; `UserNotFoundException` when
/// the user was deleted.
pub async fn authenticate(app: &App, token: Option<&Sensitive>, now: Timestamp) -> Result<Bearer, Fault> {
    authenticate_for(app, token, (USER_ADMIN_SCOPE, None), now).await
}

/// [`authenticate`] for what needs another `scope`, by whoever has shown to have the key with this thumbprint.
///
/// # Errors
/// Those of [`authenticate`].
pub async fn authenticate_for(
    app: &App,
    token: Option<&Sensitive>,
    (scope, proven_key): (&str, Option<&str>),
    now: Timestamp,
) -> Result<Bearer, Fault> {
    let text = token.map(Sensitive::expose).unwrap_or_default();
    let base = &app.settings.issuer_base;
    let pool = verify::claimed_pool(text, base)?;
    let open = app
        .pool(&pool)
        .await
        .map_err(|_| Fault::not_authorized("Invalid Access Token"))?;
    let token = verify::access_token(text, &open.pool, base, now)?;
    // Stolen from its key a token is worth nothing.
    if token.cnf.as_ref().map(|bound| bound.jkt.as_str()) != proven_key {
        return Err(Fault::not_authorized("Invalid Access Token"));
    }
    if !token.scope.split(' ').any(|own| own == scope) {
        return Err(Fault::not_authorized(
            "Access Token does not have required scopes",
        ));
    }
    let key = token.username.to_key(open.pool.case_sensitive);
    let (user, session) = match &token.origin_jti {
        Some(session) => app.store.load_session(&pool, &key, session).await?,
        None => (app.store.load_user(&pool, &key).await?.user, None),
    };
    let user = user
        .filter(|user| user.sub == token.sub)
        .ok_or_else(Fault::user_not_found)?;
    let ended = match (&token.origin_jti, &session) {
        (Some(_), session) => session.as_ref().is_none_or(|session| session.is_ended(&user)),
        (None, _) => user.has_signed_out_since(None, Timestamp::from_seconds(token.auth_time)),
    };
    if ended {
        return Err(revoked());
    }
    user.check_enabled()?;
    user.check_not_reset()?;
    Ok(Bearer {
        open,
        token,
        user,
        session,
    })
}
