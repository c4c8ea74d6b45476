//! Whether whom a token names is still signed in.

use crate::app::OpenPool;
use crate::domain::ids::{SessionId, Sub, Username};
use crate::{App, Fault, Timestamp};

/// What a token says of a sign-in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The user's immutable id.
    pub sub: Sub,
    /// The user's name.
    pub username: Username,
    /// The session, where the client lets tokens be revoked.
    pub session: Option<SessionId>,
    /// When the user signed in, in seconds.
    pub auth_time: i64,
}

impl SignedIn {
    /// Looks the user and the session up, in one read: whether the user is there, enabled, and has not signed out, and the
    /// session was not revoked.
    ///
    /// # Errors
    /// `TooManyRequestsException` when DynamoDB throttles.
    pub async fn is_current(&self, app: &App, open: &OpenPool) -> Result<bool, Fault> {
        let pool = open.pool.id();
        let key = self.username.to_key(open.pool.case_sensitive);
        let (user, session) = match &self.session {
            Some(session) => app.store.load_session(pool, &key, session).await?,
            None => (app.store.load_user(pool, &key).await?.user, None),
        };
        let Some(user) = user.filter(|user| user.sub == self.sub && user.enabled) else {
            return Ok(false);
        };
        Ok(match &self.session {
            Some(_) => session.is_some_and(|session| !session.is_ended(&user)),
            None => !user.has_signed_out_since(None, Timestamp::from_seconds(self.auth_time)),
        })
    }
}
