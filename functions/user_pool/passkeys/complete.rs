use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::passkey::{
    MOST, Passkey, already_registered, client_mismatch, no_challenge, refused, relying_party, too_many,
};
use gatehouse::store::passkeys::Completed;
use gatehouse_model::user_pool::{CompleteWebAuthnRegistrationRequest, CompleteWebAuthnRegistrationResponse};

use crate::registrant;

/// Registers the passkey that the authenticator made.
pub(crate) async fn complete(
    context: Context,
    input: CompleteWebAuthnRegistrationRequest,
) -> Result<CompleteWebAuthnRegistrationResponse, Fault> {
    let app = &context.app;
    let bearer = registrant(&context, input.access_token.as_ref()).await?;
    let (pool, user) = (&bearer.open.pool, &bearer.user);
    let (relying_party, site) = relying_party(pool)?;
    let found = app.store.load_user(pool.id(), &user.key).await?;
    let registration = found
        .registration
        .filter(|begun| begun.sub == user.sub && begun.relying_party == relying_party)
        .filter(|begun| context.now < begun.valid_until)
        .ok_or_else(no_challenge)?;
    if registration.client != bearer.token.client_id {
        return Err(client_mismatch());
    }
    if found.passkeys.len() >= MOST {
        return Err(too_many());
    }
    let credential = input.credential.unwrap_or_default();
    let made = site
        .finish_registration(&credential, &registration.state)
        .map_err(refused)?;

    let passkey = Passkey::new(made, &credential, user.sub.clone(), relying_party, context.now);
    let completed = app
        .store
        .complete_registration(pool.id(), user, &registration, &passkey)
        .await?;
    match completed {
        Completed::Done => Ok(CompleteWebAuthnRegistrationResponse::default()),
        Completed::NoRegistration => Err(no_challenge()),
        Completed::Exists => Err(already_registered()),
        Completed::NoUser => Err(Fault::user_not_found()),
    }
}
