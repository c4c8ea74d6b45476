//! Registering passkeys, for the API and for the pages.

use serde_json::Value;

use crate::app::OpenPool;
use crate::domain::ids::ClientId;
use crate::domain::passkey::{
    MOST, Passkey, REGISTRATION_SECONDS, Registration, already_registered, client_mismatch, no_challenge,
    refused, relying_party, too_many,
};
use crate::domain::user::User;
use crate::protocol::webauthn::Account;
use crate::store::passkeys::Completed;
use crate::store::rate_exceeded;
use crate::{App, Fault, Timestamp};

/// Reads all that a user may have, with room for what somebody who had the name before may have left.
const PAGE: i32 = 60;

/// Begins to register a passkey: what the browser has to ask the authenticator for.
///
/// # Errors
/// `WebAuthnConfigurationMissingException`; `LimitExceededException` for a user who has as many as a user may have.
pub async fn begin(
    app: &App,
    open: &OpenPool,
    user: &User,
    client: &ClientId,
    now: Timestamp,
) -> Result<Value, Fault> {
    let pool = &open.pool;
    let (relying_party, site) = relying_party(pool)?;
    let (passkeys, _) = app.store.list_passkeys(pool.id(), user, None, PAGE).await?;
    if passkeys.len() >= MOST {
        return Err(too_many());
    }
    let account = Account {
        handle: user.sub.as_str(),
        name: user.username.as_str(),
    };
    let known = passkeys.into_iter().map(|passkey| passkey.credential);
    let (options, state) = site.start_registration(account, known, &*app.entropy)?;
    let registration = Registration {
        sub: user.sub.clone(),
        client: client.clone(),
        relying_party,
        state,
        valid_until: now.plus_seconds(REGISTRATION_SECONDS),
    };
    if !app
        .store
        .begin_registration(pool.id(), user, &registration)
        .await?
    {
        return Err(rate_exceeded());
    }
    Ok(options)
}

/// Registers the passkey that the authenticator made.
///
/// # Errors
/// `WebAuthnChallengeNotFoundException` where no registration waits for it, `WebAuthnClientMismatchException` where
/// another client began it, and why the credential is refused.
pub async fn complete(
    app: &App,
    open: &OpenPool,
    user: &User,
    client: &ClientId,
    credential: &Value,
    now: Timestamp,
) -> Result<(), Fault> {
    let pool = &open.pool;
    let (relying_party, site) = relying_party(pool)?;
    let found = app.store.load_user(pool.id(), &user.key).await?;
    let registration = found
        .registration
        .filter(|begun| begun.sub == user.sub && begun.relying_party == relying_party)
        .filter(|begun| now < begun.valid_until)
        .ok_or_else(no_challenge)?;
    if registration.client != *client {
        return Err(client_mismatch());
    }
    if found.passkeys.len() >= MOST {
        return Err(too_many());
    }
    let made = site
        .finish_registration(credential, &registration.state)
        .map_err(refused)?;
    let passkey = Passkey::new(made, credential, user.sub.clone(), relying_party, now);
    let completed = app
        .store
        .complete_registration(pool.id(), user, &registration, &passkey)
        .await?;
    match completed {
        Completed::Done => Ok(()),
        Completed::NoRegistration => Err(no_challenge()),
        Completed::Exists => Err(already_registered()),
        Completed::NoUser => Err(Fault::user_not_found()),
    }
}
