//! `MFA_SETUP`: a user who must have a second factor and has none sets one up during sign-in: an authenticator app, or an
//! address for codes.
//!
//! The app's secret travels in the sealed session until its first code is shown; it is stored with the sign-in. So does
//! the address, until the code that is sent there comes back (`sent_code.rs`).

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::ChallengeNameType;

use super::journey::{Journey, Progress};
use super::state::{Awaited, Setup, State};
use super::{Outcome, Parameters, SignIn, Step, invalid_session, required, resume, sent_code};
use crate::crypto::{base64, from_base64};
use crate::directory::software_tokens;
use crate::domain::factors::{Factor, Method};
use crate::domain::ids::Username;
use crate::domain::user::User;
use crate::protocol::totp::SoftwareToken;
use crate::store::keys::GuardKind;
use crate::store::users::With;
use crate::{Fault, fault::FaultKind};

/// Asks for a second factor to be set up.
///
/// # Errors
/// `InternalErrorException` when sealing fails.
pub(super) async fn ask(sign_in: &SignIn<'_>, user: &User, journey: Journey) -> Result<Outcome, Fault> {
    let factors = available(sign_in, user, &journey);
    let names: Vec<_> = factors.iter().map(|factor| factor.challenge().as_str()).collect();
    let owner = (user.key.clone(), Some(user));
    let state = State::new(sign_in, Awaited::MfaSetup(Setup::Asked), owner, journey);
    let names = serde_json::to_string(&names).map_err(Fault::internal)?;
    Ok(Outcome::challenge(
        ChallengeNameType::MfaSetup,
        Some(state.seal(sign_in).await?),
        [
            ("MFAS_CAN_SETUP", names),
            ("USER_ID_FOR_SRP", user.username.to_string()),
        ],
    ))
}

/// The response that brings the address of a factor. `EMAIL` is Cognito's, as Amplify sends it; for telephones Cognito
/// has none.
const fn parameter(factor: Factor) -> Option<&'static str> {
    match factor {
        Factor::Email => Some("EMAIL"),
        Factor::Sms => Some("PHONE_NUMBER"),
        Factor::SoftwareToken => None,
    }
}

/// The factors of the pool that the user can set up now: what proved the first factor is no second one, and an address
/// is one that the user lacks and that the client may write.
fn available(sign_in: &SignIn<'_>, user: &User, journey: &Journey) -> Vec<Factor> {
    let may_write = |factor: &Factor| {
        factor.address().is_none_or(|kind| {
            let attribute = kind.attribute().to_owned();
            sign_in.client.check_write([&attribute].into_iter()).is_ok() && !user.can_use(*factor)
        })
    };
    Factor::ALL
        .into_iter()
        .filter(|factor| sign_in.pool().mfa.factors.contains(factor))
        .filter(|factor| !journey.methods.has(factor.method()))
        .filter(may_write)
        .collect()
}

/// `AssociateSoftwareToken` with a session: a new secret, and the session that goes on with it.
///
/// # Errors
/// `NotAuthorizedException` for a session that is not for this; `SoftwareTokenMFANotFoundException` where the pool has
/// no authenticator apps.
pub async fn associate(sign_in: &SignIn<'_>, session: &Sensitive) -> Result<(Sensitive, Sensitive), Fault> {
    let mut state = State::open_any(sign_in, session.expose()).await?;
    let Awaited::MfaSetup(_) = state.awaited else {
        return Err(invalid_session());
    };
    software_tokens::check_allowed(sign_in.pool())?;
    let token = SoftwareToken::generate(&*sign_in.app.entropy);
    state.awaited = Awaited::MfaSetup(Setup::Associated(Sensitive::from(base64(token.as_bytes()))));
    Ok((token.to_base32(), state.seal(sign_in).await?))
}

/// The secret of a session that [`associate`] made, as people type it, for a page that shows it once more.
///
/// # Errors
/// `NotAuthorizedException` for any other session.
pub async fn associated(sign_in: &SignIn<'_>, session: &Sensitive) -> Result<Sensitive, Fault> {
    match State::open(sign_in, session.expose()).await?.awaited {
        Awaited::MfaSetup(Setup::Associated(secret)) => Ok(token(&secret)?.to_base32()),
        _ => Err(invalid_session()),
    }
}

/// `VerifySoftwareToken` with a session: the app's first code, and the session that answers `MFA_SETUP`.
///
/// # Errors
/// `NotAuthorizedException` for a session that is not for this; `EnableSoftwareTokenMFAException` for a wrong code.
pub async fn verify(
    sign_in: &SignIn<'_>,
    session: &Sensitive,
    code: &Sensitive,
    name: Option<String>,
) -> Result<Sensitive, Fault> {
    let mut state = State::open_any(sign_in, session.expose()).await?;
    let Awaited::MfaSetup(Setup::Associated(secret)) = &state.awaited else {
        return Err(invalid_session());
    };
    let step = token(secret)?
        .check(code, sign_in.now)
        .ok_or_else(|| Fault::new(FaultKind::EnableSoftwareTokenMfa, "Code mismatch"))?;
    state.awaited = Awaited::MfaSetup(Setup::Verified(secret.clone(), step, name));
    state.seal(sign_in).await
}

fn token(secret: &Sensitive) -> Result<SoftwareToken, Fault> {
    from_base64(secret.expose())
        .and_then(|bytes| SoftwareToken::from_bytes(&bytes))
        .ok_or_else(invalid_session)
}

/// Takes the answer: an address, which is sent a code, or the session of a verified app.
///
/// # Errors
/// Those of the two.
pub(super) async fn answer(
    sign_in: &SignIn<'_>,
    opened: (Username, State),
    responses: &Parameters,
) -> Result<Step, Fault> {
    let given = |factor: &Factor| parameter(*factor).is_some_and(|name| responses.contains_key(name));
    match Factor::ALL.into_iter().find(given) {
        Some(factor) => take_address(sign_in, opened, factor, responses).await,
        None => finish(sign_in, opened).await,
    }
}

/// Sends a code to the address that the user gives. Whose it is shows when the code comes back, and not before.
///
/// # Errors
/// `InvalidParameterException` for a malformed address; `MFAMethodNotFoundException` for a factor that was not offered;
/// those of sending.
async fn take_address(
    sign_in: &SignIn<'_>,
    opened: (Username, State),
    factor: Factor,
    responses: &Parameters,
) -> Result<Step, Fault> {
    let Awaited::MfaSetup(_) = opened.1.awaited else {
        return Err(invalid_session());
    };
    let mut resumed = resume::load(sign_in, opened).await?;
    let user = resumed.user(sign_in.pool()).ok_or_else(invalid_session)?;
    let codes_sent = resumed.found.guard(GuardKind::SignInCode);
    let journey = resumed.state.journey;
    let offered = available(sign_in, &user, &journey).contains(&factor);
    let (Some(name), Some(kind), true) = (parameter(factor), factor.address(), offered) else {
        return Err(Fault::new(
            FaultKind::MfaMethodNotFound,
            "The MFA method is not available.",
        ));
    };
    let address = required(responses, name)?;
    sign_in.pool().schema.check_value(kind.attribute(), address)?;
    let owner = (&user, kind, address);
    sent_code::send_to_new(sign_in, owner, codes_sent, journey)
        .await
        .map(Step::Asked)
}

/// Takes the verified session: stores the app and goes on.
///
/// # Errors
/// `NotAuthorizedException` for a session that is not for this; `InvalidParameterException` for one whose app has not
/// shown a code.
async fn finish(sign_in: &SignIn<'_>, opened: (Username, State)) -> Result<Step, Fault> {
    let (secret, step, name) = match &opened.1.awaited {
        Awaited::MfaSetup(Setup::Verified(secret, step, name)) => (token(secret)?, *step, name.clone()),
        Awaited::MfaSetup(_) => {
            return Err(Fault::invalid_parameter(
                "No software token was verified in this session.",
            ));
        }
        _ => return Err(invalid_session()),
    };
    let pool = sign_in.pool();
    let mut resumed = resume::load(sign_in, opened).await?;
    let user = resumed.user(pool).ok_or_else(invalid_session)?;
    let sealed = software_tokens::seal(sign_in.app, &sign_in.open, &user, &secret).await?;
    let mut mfa = user.mfa.clone();
    mfa.enabled.insert(Factor::SoftwareToken);
    let after = user
        .clone()
        .with_software_token(sealed, step, name)
        .with_mfa(mfa)
        .touched(sign_in.now);
    sign_in
        .app
        .store
        .replace_user(pool, &user, &after, With::default())
        .await?
        .into_result()?;
    let journey = resumed.state.journey.proving(Method::SoftwareToken);
    Ok(Progress::new(after, resumed.found, &[GuardKind::Mfa], journey).into())
}
