//! Operations that a user authorizes with an access token.

use std::sync::Arc;

use gatehouse_model::Sensitive;

use crate::app::OpenPool;
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
}

fn revoked() -> Fault {
    Fault::not_authorized("Access Token has been revoked")
}

/// Verifies an access token, here and in storage: one read brings the user and the session that it descends from.
///
/// # Errors
/// `NotAuthorizedException` for an invalid, expired or revoked token and for a disabled user;
/// `UserNotFoundException` when the user was deleted.
pub async fn authenticate(app: &App, token: Option<&Sensitive>, now: Timestamp) -> Result<Bearer, Fault> {
    let text = token.map(Sensitive::expose).unwrap_or_default();
    let base = &app.settings.issuer_base;
    let pool = verify::claimed_pool(text, base)?;
    let open = app
        .pool(&pool)
        .await
        .map_err(|_| Fault::not_authorized("Invalid Access Token"))?;
    let token = verify::access_token(text, &open.pool, base, now)?;
    if !token.scope.split(' ').any(|scope| scope == USER_ADMIN_SCOPE) {
        return Err(Fault::not_authorized(
            "Access Token does not have required scopes",
        ));
    }
    let key = token.username.to_key(open.pool.case_sensitive);
    let (user, ended) = match &token.origin_jti {
        Some(session) => {
            let (user, session) = app.store.load_session(&pool, &key, session).await?;
            let signed_out_at = user.as_ref().and_then(|user| user.signed_out_at);
            (
                user,
                session.is_none_or(|session| session.is_ended(signed_out_at)),
            )
        }
        None => {
            let user = app.store.load_user(&pool, &key).await?.user;
            let signed_out_at = user.as_ref().and_then(|user| user.signed_out_at);
            let auth_time = Timestamp::from_seconds(token.auth_time);
            (user, signed_out_at.is_some_and(|at| auth_time <= at))
        }
    };
    let user = user
        .filter(|user| user.sub == token.sub)
        .ok_or_else(Fault::user_not_found)?;
    if ended {
        return Err(revoked());
    }
    user.check_enabled()?;
    Ok(Bearer { open, token, user })
}
