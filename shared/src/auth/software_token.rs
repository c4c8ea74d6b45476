//! `SOFTWARE_TOKEN_MFA`: a code of the user's authenticator app.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::ChallengeNameType;

use super::journey::{Journey, Progress};
use super::password::record_failure;
use super::state::{Awaited, State};
use super::{Outcome, Parameters, SignIn, Step, invalid_session, required, resume};
use crate::directory::software_tokens;
use crate::domain::factors::Method;
use crate::domain::ids::Username;
use crate::domain::user::User;
use crate::store::keys::GuardKind;
use crate::{Fault, fault::FaultKind};

/// Asks for a code.
///
/// # Errors
/// `InternalErrorException` when sealing fails.
pub(super) async fn ask(sign_in: &SignIn<'_>, user: &User, journey: Journey) -> Result<Outcome, Fault> {
    let owner = (user.key.clone(), Some(user));
    let state = State::new(sign_in, Awaited::SoftwareToken, owner, journey);
    Ok(Outcome::challenge(
        ChallengeNameType::SoftwareTokenMfa,
        Some(state.seal(sign_in).await?),
        [
            ("USER_ID_FOR_SRP", user.username.to_string()),
            (
                "FRIENDLY_DEVICE_NAME",
                user.software_token_name.clone().unwrap_or_default(),
            ),
        ],
    ))
}

/// Takes the code. It is accepted once: the session is written only if its step is later than the latest.
///
/// # Errors
/// `CodeMismatchException` for a wrong one, `ExpiredCodeException` for one that was used; `NotAuthorizedException`
/// while locked after several of them.
pub(super) async fn answer(
    sign_in: &SignIn<'_>,
    opened: (Username, State),
    responses: &Parameters,
) -> Result<Step, Fault> {
    let code = Sensitive::from(required(responses, "SOFTWARE_TOKEN_MFA_CODE")?);
    let Awaited::SoftwareToken = opened.1.awaited else {
        return Err(invalid_session());
    };
    let mut resumed = resume::load(sign_in, opened).await?;
    let guard = resumed.found.guard(GuardKind::Mfa);
    guard.check_code_lockout(sign_in.now)?;

    let user = resumed.user(sign_in.pool()).ok_or_else(invalid_session)?;
    let token = software_tokens::registered(sign_in.app, &sign_in.open, &user).await?;
    let Some(step) = token.and_then(|token| token.check(&code, sign_in.now)) else {
        record_failure(sign_in, &user.key, (GuardKind::Mfa, guard)).await?;
        return Err(Fault::new(FaultKind::CodeMismatch, "Code mismatch"));
    };
    if user.software_token_step.is_some_and(|latest| step <= latest) {
        record_failure(sign_in, &user.key, (GuardKind::Mfa, guard)).await?;
        return Err(Fault::new(
            FaultKind::ExpiredCode,
            "Your software token has already been used once.",
        ));
    }
    let journey = Journey {
        software_token_step: Some(step),
        ..resumed.state.journey.proving(Method::SoftwareToken)
    };
    Ok(Progress::new(user, resumed.found, &[GuardKind::Mfa], journey).into())
}
