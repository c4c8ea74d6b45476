//! `MFA_SETUP`: a user who must have a second factor and has none registers an authenticator app during sign-in.
//!
//! The secret travels in the sealed session until its first code is shown; it is stored with the sign-in.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::ChallengeNameType;

use super::journey::{Journey, Progress};
use super::state::{Awaited, Setup, State};
use super::{Outcome, SignIn, Step, invalid_session, resume};
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
    let factors = &sign_in.pool().mfa.factors;
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

/// Takes the verified session: stores the app and goes on.
///
/// # Errors
/// `NotAuthorizedException` for a session that is not for this; `InvalidParameterException` for one whose app has not
/// shown a code.
pub(super) async fn finish(sign_in: &SignIn<'_>, opened: (Username, State)) -> Result<Step, Fault> {
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
