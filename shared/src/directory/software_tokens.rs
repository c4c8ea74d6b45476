//! Authenticator apps: their secrets, sealed under the pool's data key.

use crate::app::OpenPool;
use crate::crypto::seal::Purpose;
use crate::domain::factors::Factor;
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::protocol::totp::SoftwareToken;
use crate::{App, Fault, fault::FaultKind};

/// Refuses authenticator apps where the pool has none.
///
/// # Errors
/// `SoftwareTokenMFANotFoundException`.
pub fn check_allowed(pool: &Pool) -> Result<(), Fault> {
    if pool.mfa.factors.contains(&Factor::SoftwareToken) {
        return Ok(());
    }
    Err(Fault::new(
        FaultKind::SoftwareTokenMfaNotFound,
        "Software Token MFA has not been enabled by the userPool",
    ))
}

fn context(pool: &Pool, user: &User) -> String {
    format!("{}#{}", pool.id(), user.sub)
}

/// Seals a secret for its user.
///
/// # Errors
/// `TooManyRequestsException` when KMS throttles.
pub async fn seal(app: &App, open: &OpenPool, user: &User, token: &SoftwareToken) -> Result<Vec<u8>, Fault> {
    let key = app.data_key(open).await?;
    let context = context(&open.pool, user);
    key.seal(Purpose::SoftwareToken, &context, token.as_bytes(), &*app.entropy)
}

/// Opens a secret of a user.
///
/// # Errors
/// `InternalErrorException` when the stored secret is damaged.
pub async fn open(app: &App, pool: &OpenPool, user: &User, sealed: &[u8]) -> Result<SoftwareToken, Fault> {
    let key = app.data_key(pool).await?;
    key.open(Purpose::SoftwareToken, &context(&pool.pool, user), sealed)
        .map(zeroize::Zeroizing::new)
        .and_then(|bytes| SoftwareToken::from_bytes(&bytes))
        .ok_or_else(|| Fault::internal("a software token does not open"))
}

/// The secret of the user's registered app, if there is one.
///
/// # Errors
/// `InternalErrorException` when the stored secret is damaged.
pub async fn registered(app: &App, pool: &OpenPool, user: &User) -> Result<Option<SoftwareToken>, Fault> {
    match &user.software_token {
        Some(sealed) => open(app, pool, user, sealed).await.map(Some),
        None => Ok(None),
    }
}
