//! `WEB_AUTHN`: the user signs in with a passkey.

use gatehouse_model::user_pool::ChallengeNameType;

use super::journey::{Journey, Progress};
use super::state::{Awaited, State};
use super::{Outcome, Parameters, SignIn, Step, invalid_session, pretended_passkey, required, resume};
use crate::Fault;
use crate::domain::factors::Method;
use crate::domain::ids::{UserKey, Username};
use crate::domain::passkey::{Passkey, relying_party};
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::protocol::webauthn::{Refusal, RelyingParty, Stored};

/// Whether a user with these passkeys can be asked for one.
pub(super) fn is_possible(pool: &Pool, passkeys: &[Passkey]) -> bool {
    relying_party(pool).is_ok_and(|(id, _)| passkeys.iter().any(|passkey| passkey.relying_party == id))
}

/// Asks for one of the user's passkeys.
///
/// # Errors
/// `WebAuthnConfigurationMissingException` where the pool names no relying party.
pub(super) async fn ask(
    sign_in: &SignIn<'_>,
    (user, passkeys): (&User, &[Passkey]),
    journey: Journey,
) -> Result<Outcome, Fault> {
    let (id, mut site) = relying_party(sign_in.pool())?;
    if user.passkey_is_multi_factor(&sign_in.pool().mfa) {
        site = site.that_requires_verification();
    }
    let known = passkeys.iter().filter(|passkey| passkey.relying_party == id);
    let known: Vec<_> = known.map(Passkey::stored).collect();
    let owner = (user.key.clone(), Some(user));
    ask_for(sign_in, (&site, &known), owner, &user.username, journey).await
}

/// Asks for one of the passkeys `known`, which is to be shown at `site`.
///
/// # Errors
/// `TooManyRequestsException` when KMS throttles.
pub(super) async fn ask_for(
    sign_in: &SignIn<'_>,
    (site, known): (&RelyingParty, &[Stored<'_>]),
    owner: (UserKey, Option<&User>),
    name: &Username,
    journey: Journey,
) -> Result<Outcome, Fault> {
    let (options, state) = site.start_authentication(known, &*sign_in.app.entropy)?;
    let state = State::new(sign_in, Awaited::WebAuthn(state), owner, journey);
    Ok(Outcome::challenge(
        ChallengeNameType::WebAuthn,
        Some(state.seal(sign_in).await?),
        [
            ("CREDENTIAL_REQUEST_OPTIONS", options.to_string()),
            ("USERNAME", name.to_string()),
        ],
    ))
}

/// Takes what the authenticator signed.
///
/// # Errors
/// `NotAuthorizedException` for anything but a valid assertion by one of the user's own passkeys, whose counter moved on
/// where it counts.
pub(super) async fn answer(
    sign_in: &SignIn<'_>,
    opened: (Username, State),
    responses: &Parameters,
) -> Result<Step, Fault> {
    let credential = required(responses, "CREDENTIAL")?;
    let Awaited::WebAuthn(asked) = opened.1.awaited.clone() else {
        return Err(invalid_session());
    };
    let mut resumed = resume::load(sign_in, opened).await?;
    let pool = sign_in.pool();
    let Some(user) = resumed.user(pool) else {
        if !resumed.is_nobodys(pool) {
            return Err(invalid_session());
        }
        let refusal = pretended_passkey::refusal(sign_in, &resumed, (credential, &asked)).await?;
        return Err(refused(refusal));
    };
    let (id, site) = relying_party(pool)?;
    let mut passkeys = std::mem::take(&mut resumed.found.passkeys);
    passkeys.retain(|passkey| passkey.relying_party == id);
    let known: Vec<_> = passkeys.iter().map(Passkey::stored).collect();
    let proof = site
        .finish_authentication(credential, &asked, &known)
        .map_err(refused)?;
    let stranger = |handle: &Vec<u8>| handle != user.sub.as_str().as_bytes();
    if proof.handle.as_ref().is_some_and(stranger) {
        return Err(refused(Refusal::Signature));
    }
    let passkey = passkeys
        .iter()
        .find(|passkey| passkey.credential == proof.id)
        .ok_or_else(|| refused(Refusal::Signature))?;
    let store = &sign_in.app.store;
    if proof.counter != passkey.counter
        && !store
            .count_signature(pool.id(), &user, passkey, proof.counter)
            .await?
    {
        return Err(refused(Refusal::Cloned));
    }
    let method = if passkey.is_separate() {
        Method::SecurityKey
    } else {
        Method::Passkey
    };
    let journey = resumed.state.journey.proving(method);
    let journey = Journey {
        complete: journey.complete || (proof.user_verified && user.passkey_is_multi_factor(&pool.mfa)),
        ..journey
    };
    Ok(Progress::new(user, resumed.found, &[], journey).into())
}

fn refused(refusal: Refusal) -> Fault {
    if refusal == Refusal::Cloned {
        tracing::warn!("a passkey's counter did not move on: there may be two of its authenticator");
    }
    match refusal {
        Refusal::Malformed => Fault::invalid_parameter("CREDENTIAL is malformed."),
        _ => Fault::not_authorized("The passkey could not be verified."),
    }
}
