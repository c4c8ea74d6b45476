//! Setting a user's password: the pool's policy, its history, and the sealed form.

use gatehouse_model::Sensitive;

use crate::app::OpenPool;
use crate::crypto::password::Credentials;
use crate::domain::user::User;
use crate::{App, Fault, fault::FaultKind};

/// The sealed credentials of a user's new password, which the pool's policy allows and its history does not know.
///
/// # Errors
/// `InvalidPasswordException`, `PasswordHistoryPolicyViolationException`, `TooManyRequestsException` when KMS
/// throttles.
pub async fn new_password(
    app: &App,
    open: &OpenPool,
    user: &User,
    password: &Sensitive,
) -> Result<Vec<u8>, Fault> {
    let pool = &open.pool;
    pool.password_policy.check(password)?;
    let key = app.data_key(open).await?;
    let before = match &user.credentials {
        Some(sealed) => Some(Credentials::open(&key, pool.id(), &user.key, sealed)?),
        None => None,
    };
    let remembered = pool.password_policy.history;
    if before
        .as_ref()
        .is_some_and(|before| before.remembers(password, remembered))
    {
        return Err(Fault::new(
            FaultKind::PasswordHistoryPolicyViolation,
            "Password has previously been used.",
        ));
    }
    let srp_name = pool.record.srp.then_some(&user.username);
    Credentials::create(password, pool.id(), srp_name, &*app.entropy)?
        .after(before, remembered)
        .seal(&key, pool.id(), &user.key, &*app.entropy)
}
