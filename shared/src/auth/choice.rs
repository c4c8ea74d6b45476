//! `USER_AUTH`: the user chooses how to sign in among what the pool and the user have.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{AuthFactorType, ChallengeNameType, UserPoolMfaType};

use super::journey::{Journey, Progress};
use super::state::{Awaited, State};
use super::{
    Outcome, Parameters, SignIn, Step, hooks, invalid_session, password, pretended_passkey, required, resume,
    sent_code, srp, step_up, username, web_authn,
};
use crate::Fault;
use crate::domain::client::ExistenceErrors;
use crate::domain::factors::Methods;
use crate::domain::ids::{UserKey, Username};
use crate::domain::names::AliasKind;
use crate::domain::passkey::Passkey;
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::messages::Destination;
use crate::store::keys::GuardKind;
use crate::store::users::Named;

/// Begins a choice-based sign-in: with the challenge that the application prefers, if the user has it, or with the list.
///
/// # Errors
/// `UserNotFoundException` where the client allows telling; those of the challenge that is begun.
pub(super) async fn start(
    sign_in: &SignIn<'_>,
    session: Option<&Sensitive>,
    parameters: &Parameters,
) -> Result<Step, Fault> {
    if session.is_some() {
        return after_confirmation(sign_in, session, parameters).await;
    }
    let name = username(parameters)?;
    sign_in.check_secret_hash(&name, parameters)?;
    let journey = Journey::begin(sign_in, parameters);
    let (named, begun) = tokio::join!(sign_in.find(&name), step_up::begin(sign_in, parameters, journey));
    let (mut named, (journey, credit)) = (named?, begun?);
    hooks::pre_authentication(sign_in, &name, &named.found).await?;
    if credit.sub.is_some() && credit.sub.as_ref() != named.found.user.as_ref().map(|user| &user.sub) {
        return Err(Fault::not_authorized("The access token is another user's."));
    }
    if !credit.methods.is_empty()
        && let Some(user) = named.found.user.take()
    {
        return Ok(credited(user, named, credit.methods, journey));
    }
    let offered = match &named.found.user {
        Some(user) => offered(sign_in.pool(), user, &named.found.passkeys),
        None if sign_in.client.existence_errors == ExistenceErrors::Legacy => {
            return Err(sign_in.no_such_user());
        }
        None => pretended(sign_in, &name, &named.key).await?,
    };
    let preferred = parameters
        .get("PREFERRED_CHALLENGE")
        .and_then(|wanted| offered.iter().find(|challenge| challenge.as_str() == wanted));
    match preferred {
        Some(preferred) => begin(sign_in, *preferred, (&name, named), parameters, journey).await,
        None => list(sign_in, named, offered, journey).await,
    }
}

/// What the user has proved already counts, and what is missing is asked for.
fn credited(user: User, named: Named, methods: Methods, journey: Journey) -> Step {
    let journey = Journey { methods, ..journey };
    Progress::new(user, named.found, &[], journey).into()
}

/// Goes on from `ConfirmSignUp`: its code was the first factor.
async fn after_confirmation(
    sign_in: &SignIn<'_>,
    session: Option<&Sensitive>,
    parameters: &Parameters,
) -> Result<Step, Fault> {
    let opened = resume::open(sign_in, session, parameters).await?;
    let Awaited::Confirmed(method) = opened.1.awaited else {
        return Err(invalid_session());
    };
    let mut resumed = resume::load(sign_in, opened).await?;
    let user = resumed.user(sign_in.pool()).ok_or_else(invalid_session)?;
    let journey = Journey {
        methods: Methods::of([method]),
        ..resumed.state.journey
    };
    Ok(Progress::new(user, resumed.found, &[], journey).into())
}

async fn list(
    sign_in: &SignIn<'_>,
    named: Named,
    offered: Vec<ChallengeNameType>,
    journey: Journey,
) -> Result<Step, Fault> {
    if offered.is_empty() {
        return Err(Fault::not_authorized("The user has no way to sign in."));
    }
    Ok(Step::Asked(Outcome::Challenge {
        name: ChallengeNameType::SelectChallenge,
        session: Some(first_factor(sign_in, &named, journey).await?),
        parameters: Parameters::new(),
        available: offered,
    }))
}

async fn first_factor(sign_in: &SignIn<'_>, named: &Named, journey: Journey) -> Result<Sensitive, Fault> {
    let awaited = Awaited::FirstFactor { password_only: false };
    let owner = (named.key.clone(), named.found.user.as_ref());
    State::new(sign_in, awaited, owner, journey).seal(sign_in).await
}

/// Begins a challenge that the user has: with what the parameters hold for it, or by asking.
async fn begin(
    sign_in: &SignIn<'_>,
    challenge: ChallengeNameType,
    (name, named): (&Username, Named),
    parameters: &Parameters,
    journey: Journey,
) -> Result<Step, Fault> {
    use ChallengeNameType as Name;
    match challenge {
        Name::Password if parameters.contains_key("PASSWORD") => {
            let password = Sensitive::from(required(parameters, "PASSWORD")?);
            password::prove(sign_in, named, &password, journey).await
        }
        Name::PasswordSrp if parameters.contains_key("SRP_A") => {
            srp::begin(sign_in, (name, named), parameters, journey).await
        }
        Name::EmailOtp => send(sign_in, (name, named), AliasKind::Email, journey).await,
        Name::SmsOtp => send(sign_in, (name, named), AliasKind::PhoneNumber, journey).await,
        Name::WebAuthn => match &named.found.user {
            Some(user) => web_authn::ask(sign_in, (user, &named.found.passkeys), journey)
                .await
                .map(Step::Asked),
            None => pretended_passkey::ask(sign_in, (name, named.key), journey)
                .await
                .map(Step::Asked),
        },
        other => Ok(Step::Asked(Outcome::challenge(
            other,
            Some(first_factor(sign_in, &named, journey).await?),
            [],
        ))),
    }
}

async fn send(
    sign_in: &SignIn<'_>,
    (name, named): (&Username, Named),
    kind: AliasKind,
    journey: Journey,
) -> Result<Step, Fault> {
    let sent = named.found.guard(GuardKind::SignInCode);
    let asked = match &named.found.user {
        Some(user) => sent_code::send(sign_in, (user, kind), sent, journey, false).await,
        None => sent_code::pretend(sign_in, (name, named.key, kind), sent, journey).await,
    };
    asked.map(Step::Asked)
}

/// Takes the choice, or the password.
///
/// # Errors
/// `InvalidParameterException` for a challenge that is not offered; those of the challenge that is begun.
pub(super) async fn answer(
    sign_in: &SignIn<'_>,
    opened: (Username, State),
    challenge: ChallengeNameType,
    responses: &Parameters,
) -> Result<Step, Fault> {
    let Awaited::FirstFactor { password_only } = opened.1.awaited else {
        return Err(invalid_session());
    };
    let chosen = if challenge == ChallengeNameType::SelectChallenge {
        required(responses, "ANSWER")?
    } else {
        challenge.as_str()
    };
    let mut resumed = resume::load(sign_in, opened).await?;
    let pool = sign_in.pool();
    let user = resumed.user(pool);
    if user.is_none() && !resumed.is_nobodys(pool) {
        // Another user, or another password than when the choice was offered.
        return Err(invalid_session());
    }
    let mut offered = match &user {
        Some(user) => offered(pool, user, &resumed.found.passkeys),
        None => pretended(sign_in, &resumed.name, &resumed.state.user).await?,
    };
    if password_only {
        offered.retain(|name| matches!(name, ChallengeNameType::Password | ChallengeNameType::PasswordSrp));
    }
    let chosen = *offered
        .iter()
        .find(|name| name.as_str() == chosen)
        .ok_or_else(|| {
            Fault::invalid_parameter(format!("{chosen} is not among the available challenges."))
        })?;
    match chosen {
        ChallengeNameType::Password => {
            required(responses, "PASSWORD")?;
        }
        ChallengeNameType::PasswordSrp => {
            required(responses, "SRP_A")?;
        }
        _ => {}
    }
    resumed.found.user = user;
    let named = Named {
        key: resumed.state.user,
        found: resumed.found,
    };
    begin(
        sign_in,
        chosen,
        (&resumed.name, named),
        responses,
        resumed.state.journey,
    )
    .await
}

/// The challenges that a user can choose from. Where a second factor is wanted, the first one is the password, or a
/// passkey that counts as both: a code by itself would be the only factor.
pub(super) fn offered(pool: &Pool, user: &User, passkeys: &[Passkey]) -> Vec<ChallengeNameType> {
    let second = pool.mfa.mode == UserPoolMfaType::On
        || !user.second_factors(&pool.mfa, &Methods::default()).is_empty();
    let mut offered = Vec::new();
    for factor in &pool.mfa.first_factors {
        match factor {
            AuthFactorType::Password if user.credentials.is_some() => {
                offered.extend([ChallengeNameType::PasswordSrp, ChallengeNameType::Password]);
            }
            AuthFactorType::EmailOtp if !second && user.is_verified(AliasKind::Email) => {
                offered.push(ChallengeNameType::EmailOtp);
            }
            AuthFactorType::SmsOtp if !second && user.is_verified(AliasKind::PhoneNumber) => {
                offered.push(ChallengeNameType::SmsOtp);
            }
            AuthFactorType::WebAuthn
                if (!second || user.passkey_is_multi_factor(&pool.mfa))
                    && web_authn::is_possible(pool, passkeys) =>
            {
                offered.push(ChallengeNameType::WebAuthn);
            }
            _ => {}
        }
    }
    offered
}

/// What a name without a user is offered, so that it looks like one with: the password, the codes that could go to
/// such a name, and with every other name a passkey.
async fn pretended(
    sign_in: &SignIn<'_>,
    name: &Username,
    key: &UserKey,
) -> Result<Vec<ChallengeNameType>, Fault> {
    let pool = sign_in.pool();
    let second = pool.mfa.mode == UserPoolMfaType::On;
    let kind = Destination::pretended(pool, name).kind;
    let mut offered = Vec::new();
    for factor in &pool.mfa.first_factors {
        match factor {
            AuthFactorType::Password => {
                offered.extend([ChallengeNameType::PasswordSrp, ChallengeNameType::Password]);
            }
            AuthFactorType::EmailOtp if !second && kind == AliasKind::Email => {
                offered.push(ChallengeNameType::EmailOtp);
            }
            AuthFactorType::SmsOtp if !second && kind == AliasKind::PhoneNumber => {
                offered.push(ChallengeNameType::SmsOtp);
            }
            AuthFactorType::WebAuthn
                if (!second || pool.mfa.passkey_is_multi_factor())
                    && pretended_passkey::is_offered(sign_in, key).await? =>
            {
                offered.push(ChallengeNameType::WebAuthn);
            }
            _ => {}
        }
    }
    Ok(offered)
}
