//! The second factor: which one, and `SELECT_MFA_TYPE` where the user has the choice.

use gatehouse_model::user_pool::ChallengeNameType;

use super::journey::Journey;
use super::state::{Awaited, State};
use super::{
    Outcome, Parameters, SignIn, Step, invalid_session, required, resume, sent_code, software_token,
};
use crate::domain::factors::Factor;
use crate::domain::guard::Guard;
use crate::domain::ids::Username;
use crate::domain::user::User;
use crate::store::keys::GuardKind;
use crate::{Fault, fault::FaultKind};

/// Asks for one of `factors`: the user's favourite, the only one, or the user's choice.
///
/// # Errors
/// `CodeDeliveryFailureException`; `NotAuthorizedException` past the limit of codes an hour.
pub(super) async fn ask(
    sign_in: &SignIn<'_>,
    user: &User,
    codes_sent: Guard,
    journey: Journey,
    factors: &[Factor],
) -> Result<Outcome, Fault> {
    let favourite = user.mfa.preferred.filter(|factor| factors.contains(factor));
    match (favourite, factors) {
        (Some(factor), _) => ask_for(sign_in, user, codes_sent, journey, factor).await,
        (None, [factor]) => ask_for(sign_in, user, codes_sent, journey, *factor).await,
        (None, _) => {
            let names: Vec<_> = factors.iter().map(|factor| factor.challenge().as_str()).collect();
            let awaited = Awaited::SelectMfa(factors.to_vec());
            let state = State::new(sign_in, awaited, (user.key.clone(), Some(user)), journey);
            let names = serde_json::to_string(&names).map_err(Fault::internal)?;
            Ok(Outcome::challenge(
                ChallengeNameType::SelectMfaType,
                Some(state.seal(sign_in).await?),
                [
                    ("MFAS_CAN_CHOOSE", names),
                    ("USER_ID_FOR_SRP", user.username.to_string()),
                ],
            ))
        }
    }
}

async fn ask_for(
    sign_in: &SignIn<'_>,
    user: &User,
    codes_sent: Guard,
    journey: Journey,
    factor: Factor,
) -> Result<Outcome, Fault> {
    match factor.address() {
        None => software_token::ask(sign_in, user, journey).await,
        Some(kind) => sent_code::send(sign_in, (user, kind), codes_sent, journey, true).await,
    }
}

/// Takes the user's choice.
///
/// # Errors
/// `MFAMethodNotFoundException` for a factor that was not offered.
pub(super) async fn choose(
    sign_in: &SignIn<'_>,
    opened: (Username, State),
    responses: &Parameters,
) -> Result<Step, Fault> {
    let answer = required(responses, "ANSWER")?;
    let Awaited::SelectMfa(offered) = opened.1.awaited.clone() else {
        return Err(invalid_session());
    };
    let factor = Factor::named(answer)
        .filter(|factor| offered.contains(factor))
        .ok_or_else(|| Fault::new(FaultKind::MfaMethodNotFound, "The MFA method is not available."))?;
    let mut resumed = resume::load(sign_in, opened).await?;
    let user = resumed.user(sign_in.pool()).ok_or_else(invalid_session)?;
    let codes_sent = resumed.found.guard(GuardKind::SignInCode);
    ask_for(sign_in, &user, codes_sent, resumed.state.journey, factor)
        .await
        .map(Step::Asked)
}
