//! From sign-up to sign-in without a second code: the sessions of `SignUp` and `ConfirmSignUp`.

use gatehouse_model::Sensitive;

use super::journey::Journey;
use super::state::{Awaited, State};
use super::{Parameters, SignIn, invalid_session};
use crate::Fault;
use crate::domain::factors::Method;
use crate::domain::names::AliasKind;
use crate::domain::user::User;

/// The session that `SignUp` answers with, where the client allows choice-based sign-in.
///
/// # Errors
/// `InternalErrorException` when sealing fails.
pub async fn begin(sign_in: &SignIn<'_>, user: &User) -> Result<Option<Sensitive>, Fault> {
    if !sign_in.client.allows_choice() {
        return Ok(None);
    }
    let journey = Journey::begin(sign_in, &Parameters::new());
    let owner = (user.key.clone(), Some(user));
    let state = State::new(sign_in, Awaited::Confirmation, owner, journey);
    state.seal(sign_in).await.map(Some)
}

/// Refuses a session that `SignUp` did not give for this user.
///
/// # Errors
/// `NotAuthorizedException`.
pub async fn check(sign_in: &SignIn<'_>, session: &Sensitive, user: &User) -> Result<Journey, Fault> {
    let state = State::open(sign_in, session.expose()).await?;
    match state.awaited {
        Awaited::Confirmation if state.is_of(user) => Ok(state.journey),
        _ => Err(invalid_session()),
    }
}

/// The session that `ConfirmSignUp` answers with: the code that went to this kind of address counts as the first factor.
///
/// # Errors
/// `InternalErrorException` when sealing fails.
pub async fn confirmed(
    sign_in: &SignIn<'_>,
    journey: Journey,
    user: &User,
    attribute: &str,
) -> Result<Sensitive, Fault> {
    let method = if attribute == AliasKind::PhoneNumber.attribute() {
        Method::Sms
    } else {
        Method::Email
    };
    let owner = (user.key.clone(), Some(user));
    State::new(sign_in, Awaited::Confirmed(method), owner, journey)
        .seal(sign_in)
        .await
}
