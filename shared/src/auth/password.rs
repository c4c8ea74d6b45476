//! `USER_PASSWORD_AUTH` and `ADMIN_USER_PASSWORD_AUTH`.

use gatehouse_model::Sensitive;

use super::complete::{Proof, complete};
use super::{Outcome, Parameters, SignIn, new_password, required, username};
use crate::Fault;
use crate::crypto::password::{Credentials, verify_nothing};
use crate::domain::ids::{SessionId, UserKey};
use crate::domain::user::{Proven, User};
use crate::store::keys::GuardKind;
use crate::store::rate_exceeded;
use crate::store::users::Named;

/// Signs a user in by name and password.
///
/// # Errors
/// `NotAuthorizedException` for a wrong password and, unless the client allows telling, for an unknown user.
pub async fn sign_in(sign_in: &SignIn<'_>, parameters: &Parameters) -> Result<Outcome, Fault> {
    let name = username(parameters)?;
    let password = Sensitive::from(required(parameters, "PASSWORD")?);
    sign_in
        .client
        .check_secret_hash(parameters.get("SECRET_HASH").map(String::as_str), [name.as_str()])?;

    let (named, key) = tokio::join!(
        sign_in.app.store.find_user(sign_in.pool(), &name),
        sign_in.app.data_key(&sign_in.open)
    );
    let (Named { key: user_key, found }, key) = (named?, key?);
    let guard = found.guard(GuardKind::Password);
    guard.check_lockout(sign_in.now)?;

    let memberships = found.memberships;
    let Some(user) = found.user else {
        verify_nothing(&password);
        record_failure(sign_in, &user_key, guard).await?;
        return Err(sign_in.no_such_user());
    };
    let credentials = match &user.credentials {
        Some(sealed) => Some(Credentials::open(&key, sign_in.pool().id(), &user.key, sealed)?),
        None => None,
    };
    let Some(credentials) = credentials.filter(|credentials| credentials.verify(&password)) else {
        if user.credentials.is_none() {
            verify_nothing(&password);
        }
        record_failure(sign_in, &user_key, guard).await?;
        return Err(Fault::incorrect_username_or_password());
    };
    match user.after_password(sign_in.now) {
        Ok(Proven::SignedIn) => {
            let upgraded = with_verifier(sign_in, &user, &credentials, &password).await?;
            let session = SessionId::generate(&*sign_in.app.entropy);
            complete(
                sign_in,
                &user,
                session,
                Proof {
                    guard,
                    credentials: upgraded,
                    memberships,
                },
            )
            .await
        }
        other => {
            settle(sign_in, &user_key, guard).await?;
            other.map(|_| ())?;
            new_password::ask(sign_in, &user).await
        }
    }
}

/// Counts a failed password.
///
/// # Errors
/// `TooManyRequestsException` when another attempt was counted in between: this one tells nothing then.
pub async fn record_failure(
    sign_in: &SignIn<'_>,
    user: &UserKey,
    seen: crate::domain::guard::Guard,
) -> Result<(), Fault> {
    let counted = seen.after_failed_password(sign_in.now);
    let pool = sign_in.pool().id();
    if sign_in
        .app
        .store
        .count_attempt(pool, user, GuardKind::Password, seen, counted)
        .await?
    {
        return Ok(());
    }
    Err(rate_exceeded())
}

/// Clears the failures after a right password that leads to no session yet.
///
/// # Errors
/// `TooManyRequestsException` when another attempt was counted in between: this one tells nothing then.
pub async fn settle(
    sign_in: &SignIn<'_>,
    user: &UserKey,
    seen: crate::domain::guard::Guard,
) -> Result<(), Fault> {
    if sign_in
        .app
        .store
        .clear_attempts(sign_in.pool().id(), user, GuardKind::Password, seen)
        .await?
    {
        return Ok(());
    }
    Err(rate_exceeded())
}

/// New credentials with an SRP verifier, where the pool wants one and the user has none: a password that was set
/// before any client allowed SRP.
async fn with_verifier(
    sign_in: &SignIn<'_>,
    user: &User,
    credentials: &Credentials,
    password: &Sensitive,
) -> Result<Option<Vec<u8>>, Fault> {
    if !sign_in.pool().record.srp || credentials.srp().is_some() {
        return Ok(None);
    }
    let (app, pool) = (sign_in.app, sign_in.pool());
    let key = app.data_key(&sign_in.open).await?;
    credentials
        .clone()
        .with_srp(password, pool.id(), &user.username, &*app.entropy)
        .seal(&key, pool.id(), &user.key, &*app.entropy)
        .map(Some)
}
