//! `CUSTOM_AUTH`: the pool's three functions say what is asked, whether the answer is right, and what comes next. The
//! password may come first, by SRP.

use std::collections::BTreeMap;

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::ChallengeNameType;

use super::journey::{Journey, Progress};
use super::password::record_failure;
use super::state::{Awaited, State};
use super::{Outcome, Parameters, SignIn, Step, hooks, invalid_session, required, resume, srp, username};
use crate::domain::client::ExistenceErrors;
use crate::domain::ids::{UserKey, Username};
use crate::domain::lambda_config::Trigger;
use crate::domain::user::User;
use crate::store::keys::GuardKind;
use crate::store::rate_exceeded;
use crate::store::users::Named;
use crate::triggers::event::{
    ChallengeResult, CreateAuthChallenge, DefineAuthChallenge, Source, VerifyAuthChallengeResponse,
};
use crate::{Fault, fault::FaultKind};

const CUSTOM_CHALLENGE: &str = "CUSTOM_CHALLENGE";
const SRP_A: &str = "SRP_A";
const PASSWORD_VERIFIER: &str = "PASSWORD_VERIFIER";
/// The most characters of a `Session` (`SessionType`): what functions keep between two steps has to fit.
const LONGEST_SESSION: usize = 4096;
/// Wrong answers count like wrong codes.
const GUARD: GuardKind = GuardKind::OneTimeCode;

/// Who goes through the challenges: a user, or a name that looks like one's.
#[derive(Debug, Clone, Copy)]
struct Subject<'a> {
    name: &'a Username,
    key: &'a UserKey,
    user: Option<&'a User>,
}

impl<'a> Subject<'a> {
    fn event_name(&self) -> &'a Username {
        self.user.map_or(self.name, |user| &user.username)
    }
}

/// What the function says that comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Challenge,
    Password,
    Tokens,
    Failure,
}

fn result(name: &str, right: bool, metadata: Option<String>) -> ChallengeResult {
    ChallengeResult {
        challenge_name: name.to_owned(),
        challenge_result: right,
        challenge_metadata: metadata,
    }
}

fn not_configured() -> Fault {
    Fault::invalid_parameter("Custom auth lambda trigger is not configured for the user pool.")
}

fn garbage(trigger: Trigger, why: &str) -> Fault {
    Fault::new(FaultKind::InvalidLambdaResponse, format!("{trigger}: {why}"))
}

/// Begins a custom sign-in.
///
/// # Errors
/// `UserNotFoundException` where the client allows telling; `InvalidParameterException` where the pool has no functions
/// for it; those of triggers.
pub(super) async fn start(sign_in: &SignIn<'_>, parameters: &Parameters) -> Result<Step, Fault> {
    let name = username(parameters)?;
    sign_in.check_secret_hash(&name, parameters)?;
    let named = sign_in.find(&name).await?;
    hooks::pre_authentication(sign_in, &name, &named.found).await?;
    named.found.guard(GUARD).check_code_lockout(sign_in.now)?;
    if named.found.user.is_none() && sign_in.client.existence_errors == ExistenceErrors::Legacy {
        return Err(sign_in.no_such_user());
    }
    let history = match parameters.get("CHALLENGE_NAME").map(String::as_str) {
        None => Vec::new(),
        Some(SRP_A) => {
            required(parameters, SRP_A)?;
            vec![result(SRP_A, true, None)]
        }
        Some(_) => {
            return Err(Fault::invalid_parameter(
                "CHALLENGE_NAME of CUSTOM_AUTH can only be SRP_A.",
            ));
        }
    };
    let subject = Subject {
        name: &name,
        key: &named.key,
        user: named.found.user.as_ref(),
    };
    let next = define(sign_in, subject, &history).await?;
    let journey = Journey {
        custom: Some(history),
        ..Journey::begin(sign_in, parameters)
    };
    match next {
        Next::Failure => Err(Fault::incorrect_username_or_password()),
        Next::Challenge => create(sign_in, subject, journey).await.map(Step::Asked),
        Next::Password => srp::begin(sign_in, (&name, named), parameters, journey).await,
        Next::Tokens => signed_in(named, journey),
    }
}

/// Goes on after the password was proved.
///
/// # Errors
/// Those of triggers; `TooManyRequestsException` when another attempt was counted in between.
pub(super) async fn after_password(sign_in: &SignIn<'_>, mut progress: Progress) -> Result<Step, Fault> {
    let mut history = progress.journey.custom.take().unwrap_or_default();
    history.push(result(PASSWORD_VERIFIER, true, None));
    let user = &progress.user;
    let subject = Subject {
        name: &user.username,
        key: &user.key,
        user: Some(user),
    };
    match define(sign_in, subject, &history).await? {
        Next::Failure => Err(Fault::incorrect_username_or_password()),
        Next::Tokens => {
            progress.journey.complete = true;
            Ok(progress.into())
        }
        Next::Challenge => {
            let journey = Journey {
                custom: Some(history),
                ..progress.journey.clone()
            };
            let asked = create(sign_in, subject, journey).await?;
            // The password was right: what failed before is forgotten, as where the password is all.
            let pool = sign_in.pool().id();
            let store = &sign_in.app.store;
            if !store.clear_guards(pool, &user.key, &progress.guards).await? {
                return Err(rate_exceeded());
            }
            Ok(Step::Asked(asked))
        }
        Next::Password => Err(garbage(
            Trigger::DefineAuthChallenge,
            "the password was proved already",
        )),
    }
}

/// Takes the answer to a custom challenge.
///
/// # Errors
/// `NotAuthorizedException` where the functions let the sign-in fail, for a session that is not for this, and while
/// locked after several wrong answers; those of triggers.
pub(super) async fn answer(
    sign_in: &SignIn<'_>,
    opened: (Username, State),
    responses: &Parameters,
) -> Result<Step, Fault> {
    let given = Sensitive::from(required(responses, "ANSWER")?);
    let Awaited::Custom { private, metadata } = opened.1.awaited.clone() else {
        return Err(invalid_session());
    };
    let mut resumed = resume::load(sign_in, opened).await?;
    let guard = resumed.found.guard(GUARD);
    guard.check_code_lockout(sign_in.now)?;
    let user = resumed.user(sign_in.pool());
    if user.is_none() && !resumed.is_nobodys(sign_in.pool()) {
        return Err(invalid_session());
    }
    let resume::Resumed {
        name,
        state,
        mut found,
    } = resumed;
    let subject = Subject {
        name: &name,
        key: &state.user,
        user: user.as_ref(),
    };
    let right = verify(sign_in, subject, private, given).await?;
    if !right {
        record_failure(sign_in, &state.user, (GUARD, guard)).await?;
    }
    let mut journey = state.journey.clone();
    let history = journey.custom.get_or_insert_default();
    history.push(result(CUSTOM_CHALLENGE, right, metadata));
    match define(sign_in, subject, history).await? {
        Next::Challenge => create(sign_in, subject, journey).await.map(Step::Asked),
        Next::Tokens if right => {
            found.user = user;
            let key = state.user;
            signed_in(Named { key, found }, journey)
        }
        Next::Tokens | Next::Failure => Err(Fault::incorrect_username_or_password()),
        Next::Password => Err(garbage(
            Trigger::DefineAuthChallenge,
            "PASSWORD_VERIFIER only follows SRP_A",
        )),
    }
}

/// The user whom the function lets in. A name without a user is not let in, whatever the function says.
fn signed_in(mut named: Named, journey: Journey) -> Result<Step, Fault> {
    let user = named
        .found
        .user
        .take()
        .ok_or_else(Fault::incorrect_username_or_password)?;
    let journey = Journey {
        custom: None,
        complete: true,
        ..journey
    };
    Ok(Progress::new(user, named.found, &[GUARD], journey).into())
}

/// Asks what comes next.
async fn define(
    sign_in: &SignIn<'_>,
    subject: Subject<'_>,
    history: &[ChallengeResult],
) -> Result<Next, Fault> {
    let request = || DefineAuthChallenge {
        user_attributes: sign_in.attributes(subject.user),
        session: history.to_vec(),
        client_metadata: sign_in.cause().metadata(),
        user_not_found: subject.user.is_none(),
    };
    let call = sign_in.call(Source::DefineAuthChallengeAuthentication, subject.event_name());
    let answer = sign_in
        .app
        .trigger(sign_in.pool(), call, request)
        .await?
        .ok_or_else(not_configured)?;
    if answer.fail_authentication == Some(true) {
        return Ok(Next::Failure);
    }
    if answer.issue_tokens == Some(true) {
        return Ok(Next::Tokens);
    }
    let after_srp = history.last().is_some_and(|last| last.challenge_name == SRP_A);
    match answer.challenge_name.as_deref() {
        Some(CUSTOM_CHALLENGE) => Ok(Next::Challenge),
        Some(PASSWORD_VERIFIER) if after_srp => Ok(Next::Password),
        _ => Err(garbage(
            Trigger::DefineAuthChallenge,
            "neither tokens nor failure nor a challenge that can follow",
        )),
    }
}

/// Asks for a challenge and puts it to the user.
async fn create(sign_in: &SignIn<'_>, subject: Subject<'_>, journey: Journey) -> Result<Outcome, Fault> {
    let request = || CreateAuthChallenge {
        user_attributes: sign_in.attributes(subject.user),
        challenge_name: CUSTOM_CHALLENGE.to_owned(),
        session: journey.custom.clone().unwrap_or_default(),
        client_metadata: sign_in.cause().metadata(),
        user_not_found: subject.user.is_none(),
    };
    let call = sign_in.call(Source::CreateAuthChallengeAuthentication, subject.event_name());
    let answer = sign_in
        .app
        .trigger(sign_in.pool(), call, request)
        .await?
        .ok_or_else(not_configured)?;
    let awaited = Awaited::Custom {
        private: answer.private_challenge_parameters.unwrap_or_default(),
        metadata: answer.challenge_metadata,
    };
    let session = State::new(sign_in, awaited, (subject.key.clone(), subject.user), journey)
        .seal(sign_in)
        .await?;
    if session.expose().len() > LONGEST_SESSION {
        return Err(garbage(
            Trigger::CreateAuthChallenge,
            "what is kept until the answer is too long",
        ));
    }
    let mut parameters: Parameters = answer.public_challenge_parameters.unwrap_or_default();
    parameters.insert("USERNAME".to_owned(), subject.event_name().to_string());
    Ok(Outcome::Challenge {
        name: ChallengeNameType::CustomChallenge,
        session: Some(session),
        parameters,
        available: Vec::new(),
    })
}

/// Asks whether an answer is right.
async fn verify(
    sign_in: &SignIn<'_>,
    subject: Subject<'_>,
    private: BTreeMap<String, Sensitive>,
    given: Sensitive,
) -> Result<bool, Fault> {
    let request = || VerifyAuthChallengeResponse {
        user_attributes: sign_in.attributes(subject.user),
        private_challenge_parameters: private,
        challenge_answer: given,
        client_metadata: sign_in.cause().metadata(),
        user_not_found: subject.user.is_none(),
    };
    let call = sign_in.call(
        Source::VerifyAuthChallengeResponseAuthentication,
        subject.event_name(),
    );
    let answer = sign_in
        .app
        .trigger(sign_in.pool(), call, request)
        .await?
        .ok_or_else(not_configured)?;
    Ok(answer.answer_correct == Some(true))
}
