//! A recovery code in the place of a second factor: parameter `RECOVERY_CODE` in the answer to any of its challenges.

use gatehouse_model::Sensitive;

use super::journey::{Journey, Progress};
use super::password::record_failure;
use super::sent_code::mismatch;
use super::state::{Awaited, SentTo, State};
use super::{Parameters, SignIn, Step, invalid_session, required, resume};
use crate::Fault;
use crate::directory::recovery_codes;
use crate::domain::factors::Method;
use crate::domain::ids::Username;
use crate::store::keys::GuardKind;

/// The parameter of a challenge's answer that holds a recovery code.
pub const PARAMETER: &str = "RECOVERY_CODE";

/// Takes the code. It is used up with the session that it leads to.
///
/// # Errors
/// `CodeMismatchException` for a wrong one; `NotAuthorizedException` while locked after several of them, and where no
/// second factor is waited for.
pub(super) async fn answer(
    sign_in: &SignIn<'_>,
    opened: (Username, State),
    responses: &Parameters,
) -> Result<Step, Fault> {
    let code = Sensitive::from(required(responses, PARAMETER)?);
    let second = matches!(
        opened.1.awaited,
        Awaited::SoftwareToken
            | Awaited::SelectMfa(_)
            | Awaited::SentCode {
                second: true,
                address: SentTo::Verified | SentTo::Unverified(_),
                ..
            }
    );
    if !second {
        return Err(invalid_session());
    }
    let mut resumed = resume::load(sign_in, opened).await?;
    let guard = resumed.found.guard(GuardKind::Mfa);
    guard.check_code_lockout(sign_in.now)?;

    let user = resumed.user(sign_in.pool()).ok_or_else(invalid_session)?;
    let found = recovery_codes::find(sign_in.app, &sign_in.open, &user, &code).await?;
    let Some(found) = found else {
        record_failure(sign_in, &user.key, (GuardKind::Mfa, guard)).await?;
        return Err(mismatch());
    };
    let journey = Journey {
        recovery_code: Some(found),
        ..resumed.state.journey.proving(Method::RecoveryCode)
    };
    Ok(Progress::new(user, resumed.found, &[GuardKind::Mfa], journey).into())
}
