//! A browser that is signed in to a pool: a sealed cookie that names a session of the user. Every client of the pool may
//! rely on it (single sign-on) until it is too old for the client, or the user signs out.

use lambda_http::http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::authorization::Authorization;
use crate::app::OpenPool;
use crate::crypto::seal::Purpose;
use crate::domain::client::Client;
use crate::domain::ids::{PoolId, SessionId, UserKey};
use crate::domain::pool::Pool;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::http::cookies;
use crate::{App, Fault, Timestamp};

/// Who is signed in, and since when.
#[derive(Debug, Clone)]
pub struct Browser {
    /// The user as stored.
    pub user: User,
    /// The sign-in.
    pub session: Session,
}

/// What the cookie says once it is open.
#[derive(Debug, Serialize, Deserialize)]
struct Cookie {
    #[serde(rename = "u")]
    user: UserKey,
    #[serde(rename = "s")]
    session: SessionId,
}

/// One cookie a pool: pools of one host do not sign each other's users out.
fn name(pool: &PoolId) -> String {
    format!("gatehouse-{}", pool.name())
}

/// Who is signed in in the browser that sent `headers`, if anybody: one read of the user and the session at once.
///
/// # Errors
/// `TooManyRequestsException` when AWS throttles.
pub async fn signed_in(
    app: &App,
    open: &OpenPool,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Option<Browser>, Fault> {
    let Some(cookie) = read(app, open, headers).await? else {
        return Ok(None);
    };
    let loaded = app
        .store
        .load_session(open.pool.id(), &cookie.user, &cookie.session)
        .await?;
    let (Some(user), Some(session)) = loaded else {
        return Ok(None);
    };
    let lives = session
        .browser
        .is_some_and(|auth_version| auth_version == user.auth_version)
        && !session.is_ended(&user)
        && now < session.refresh_expires_at
        && user.check_enabled().is_ok();
    Ok(lives.then_some(Browser { user, session }))
}

async fn read(app: &App, open: &OpenPool, headers: &HeaderMap) -> Result<Option<Cookie>, Fault> {
    let pool = open.pool.id();
    let Some(sealed) = cookies::read(headers, &name(pool)) else {
        return Ok(None);
    };
    let key = app.data_key(open).await?;
    Ok(key.open_text(Purpose::BrowserSession, pool.as_str(), sealed))
}

/// `Set-Cookie` that signs the browser in as the owner of `session`.
///
/// # Errors
/// `TooManyRequestsException` when KMS throttles.
pub async fn sign_in(app: &App, open: &OpenPool, browser: &Browser, now: Timestamp) -> Result<String, Fault> {
    let pool = open.pool.id();
    let cookie = Cookie {
        user: browser.user.key.clone(),
        session: browser.session.id.clone(),
    };
    let key = app.data_key(open).await?;
    let sealed = key.seal_text(Purpose::BrowserSession, pool.as_str(), &cookie, &*app.entropy)?;
    let seconds = browser.session.refresh_expires_at.seconds_since(now);
    Ok(cookies::set(&name(pool), &sealed, seconds))
}

/// Ends the browser's session, wherever its cookie was copied to, and returns the `Set-Cookie` that takes the cookie
/// away.
///
/// # Errors
/// `TooManyRequestsException` when AWS throttles.
pub async fn sign_out(app: &App, open: &OpenPool, headers: &HeaderMap) -> Result<String, Fault> {
    if let Some(cookie) = read(app, open, headers).await? {
        app.store
            .revoke_session(open.pool.id(), &cookie.user, &cookie.session)
            .await?;
    }
    Ok(cookies::clear(&name(open.pool.id())))
}

impl Browser {
    /// By what the user knows whose session it is.
    pub fn shown_name(&self) -> &str {
        let user = &self.user;
        user.attributes
            .get("email")
            .map_or(user.username.as_str(), String::as_str)
    }

    /// Whether the sign-in is recent enough for a request's client and its `max_age`.
    pub fn suits(&self, request: &Authorization, now: Timestamp) -> bool {
        let age = now.seconds_since(self.session.created_at);
        let level = self.session.methods.level();
        age < request.client.single_sign_on_seconds(&request.open.pool)
            && request.max_age.is_none_or(|most| age <= most)
            // Any of the levels will do; the client has put the one that it likes best first.
            && request.levels.iter().flatten().min().is_none_or(|least| level >= Some(*least))
    }
}

/// Seconds after which a browser's session ends: the longest that a client may rely on it
/// (`SetUserPoolClientSessionConfiguration`, 90 days).
pub const LONGEST_SECONDS: i64 = 90 * 86_400;

/// Seconds for which a client relies on a browser's sign-in where it does not say: as long as Cognito's cookie lives.
pub const DEFAULT_SECONDS: i64 = 3600;

impl Client {
    /// Seconds for which the client relies on a browser's sign-in. What was set is dormant while the pool does not track
    /// sessions.
    pub fn single_sign_on_seconds(&self, pool: &Pool) -> i64 {
        self.record
            .sso_minutes
            .filter(|_| pool.session_limit().is_some())
            .map_or(DEFAULT_SECONDS, |minutes| i64::from(minutes) * 60)
    }
}
