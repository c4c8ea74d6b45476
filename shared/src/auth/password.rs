//! `USER_PASSWORD_AUTH` and `ADMIN_USER_PASSWORD_AUTH`.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::ChallengeNameType;

use super::journey::{Journey, Progress};
use super::state::{Awaited, State};
use super::{Outcome, Parameters, SignIn, Step, hooks, required, username};
use crate::crypto::password::{Credentials, verify_nothing};
use crate::directory::migration::{Migrated, migrate};
use crate::domain::client::ExistenceErrors;
use crate::domain::factors::Method;
use crate::domain::guard::Guard;
use crate::domain::ids::{UserKey, Username};
use crate::domain::lambda_config::Trigger;
use crate::domain::user::User;
use crate::store::keys::GuardKind;
use crate::store::users::Named;
use crate::triggers::event::Source;
use crate::{Fault, fault::FaultKind};

/// Signs a user in by name and password.
///
/// # Errors
/// `NotAuthorizedException` for a wrong password and, unless the client allows telling, for an unknown user.
pub(super) async fn sign_in(sign_in: &SignIn<'_>, parameters: &Parameters) -> Result<Step, Fault> {
    let name = username(parameters)?;
    let password = Sensitive::from(required(parameters, "PASSWORD")?);
    sign_in.check_secret_hash(&name, parameters)?;
    let named = sign_in.find(&name).await?;
    let named = known_elsewhere(sign_in, &name, named, &password).await?;
    hooks::pre_authentication(sign_in, &name, &named.found).await?;
    prove(sign_in, named, &password, Journey::begin(sign_in, parameters)).await
}

/// A name without a user, with the user that the pool's function knows under it. What the function refuses counts as a
/// failed password.
async fn known_elsewhere(
    sign_in: &SignIn<'_>,
    name: &Username,
    named: Named,
    password: &Sensitive,
) -> Result<Named, Fault> {
    let function = sign_in.pool().triggers.function(Trigger::UserMigration);
    if named.found.user.is_some() || function.is_none() {
        return Ok(named);
    }
    let guard = named.found.guard(GuardKind::Password);
    guard.check_lockout(sign_in.now)?;
    let (app, open) = (sign_in.app, &sign_in.open);
    let asked = (sign_in.beginning(), Source::UserMigrationAuthentication);
    match migrate(app, open, name, asked, Some(password), sign_in.now).await {
        Ok(None) => Ok(named),
        Ok(Some(Migrated { user, memberships })) => {
            user.check_not_reset()?;
            let key = user.key.clone();
            // Attempts count for the user's own name too, which an alias did not tell before.
            let mut found = if key == named.key {
                named.found.of(user)
            } else {
                app.store.load_user(open.pool.id(), &key).await?.of(user)
            };
            found.memberships = memberships;
            Ok(Named { key, found })
        }
        Err(fault) if fault.kind() == FaultKind::UserLambdaValidation => {
            record_failure(sign_in, &named.key, (GuardKind::Password, guard)).await?;
            // Other words than those for a user of the pool would tell who has not come yet.
            match sign_in.client.existence_errors {
                ExistenceErrors::Prevented => Err(Fault::incorrect_username_or_password()),
                ExistenceErrors::Legacy => Err(fault),
            }
        }
        Err(fault) => Err(fault),
    }
}

/// Asks for the password by itself.
///
/// # Errors
/// `InternalErrorException` when sealing fails.
pub(super) async fn ask(sign_in: &SignIn<'_>, user: &User, journey: Journey) -> Result<Outcome, Fault> {
    let awaited = Awaited::FirstFactor { password_only: true };
    let state = State::new(sign_in, awaited, (user.key.clone(), Some(user)), journey);
    Ok(Outcome::Challenge {
        name: ChallengeNameType::SelectChallenge,
        session: Some(state.seal(sign_in).await?),
        parameters: Parameters::new(),
        available: vec![ChallengeNameType::PasswordSrp, ChallengeNameType::Password],
    })
}

/// Proves a password.
///
/// # Errors
/// `NotAuthorizedException` for a wrong password and, unless the client allows telling, for an unknown user.
pub(super) async fn prove(
    sign_in: &SignIn<'_>,
    Named {
        key: user_key,
        mut found,
    }: Named,
    password: &Sensitive,
    journey: Journey,
) -> Result<Step, Fault> {
    let guard = found.guard(GuardKind::Password);
    guard.check_lockout(sign_in.now)?;

    let Some(user) = found.user.take() else {
        verify_nothing(password);
        record_failure(sign_in, &user_key, (GuardKind::Password, guard)).await?;
        return Err(sign_in.no_such_user());
    };
    let credentials = match &user.credentials {
        Some(sealed) => {
            let key = sign_in.app.data_key(&sign_in.open).await?;
            Some(Credentials::open(&key, sign_in.pool().id(), &user.key, sealed)?)
        }
        None => None,
    };
    let Some(credentials) = credentials.filter(|credentials| credentials.verify(password)) else {
        if user.credentials.is_none() {
            verify_nothing(password);
        }
        record_failure(sign_in, &user_key, (GuardKind::Password, guard)).await?;
        return Err(Fault::incorrect_username_or_password());
    };
    let upgraded = with_verifier(sign_in, &user, &credentials, password).await?;
    let journey = journey.proving(Method::Password);
    let progress = Progress {
        credentials: upgraded,
        ..Progress::new(user, found, &[GuardKind::Password], journey)
    };
    Ok(progress.into())
}

/// Counts a failed proof.
///
/// # Errors
/// `TooManyRequestsException` when another attempt was counted in between: this one tells nothing then.
pub(super) async fn record_failure(
    sign_in: &SignIn<'_>,
    user: &UserKey,
    (kind, seen): (GuardKind, Guard),
) -> Result<(), Fault> {
    let counted = seen.after_failed_password(sign_in.now);
    let pool = sign_in.pool().id();
    let store = &sign_in.app.store;
    store.count_attempt(pool, user, kind, seen, counted).await
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
