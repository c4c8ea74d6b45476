use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::passkey::{MOST, REGISTRATION_SECONDS, Registration, relying_party, too_many};
use gatehouse::protocol::webauthn::Account;
use gatehouse::store::rate_exceeded;
use gatehouse_model::user_pool::{StartWebAuthnRegistrationRequest, StartWebAuthnRegistrationResponse};

use crate::registrant;

/// Begins to register a passkey: says what the browser has to ask the authenticator for.
pub(crate) async fn start(
    context: Context,
    input: StartWebAuthnRegistrationRequest,
) -> Result<StartWebAuthnRegistrationResponse, Fault> {
    let app = &context.app;
    let bearer = registrant(&context, input.access_token.as_ref()).await?;
    let (pool, user) = (&bearer.open.pool, &bearer.user);
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
        client: bearer.token.client_id.clone(),
        relying_party,
        state,
        valid_until: context.now.plus_seconds(REGISTRATION_SECONDS),
    };
    if !app
        .store
        .begin_registration(pool.id(), user, &registration)
        .await?
    {
        return Err(rate_exceeded());
    }
    Ok(StartWebAuthnRegistrationResponse {
        credential_creation_options: Some(options),
    })
}

/// Reads all that a user may have, with room for what somebody who had the name before may have left.
const PAGE: i32 = 60;
