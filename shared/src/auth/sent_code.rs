//! Codes by mail and text message: `SMS_MFA`, `SMS_OTP` and `EMAIL_OTP`, as first or as second factor.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::ChallengeNameType;

use super::journey::{Journey, Progress};
use super::password::record_failure;
use super::state::{Awaited, State};
use super::{Outcome, Parameters, SignIn, Step, invalid_session, required, resume};
use crate::crypto::codes;
use crate::crypto::seal::Purpose;
use crate::domain::factors::Method;
use crate::domain::guard::{Guard, SIGN_IN_CODES_PER_HOUR};
use crate::domain::ids::{SessionId, UserKey, Username};
use crate::domain::names::AliasKind;
use crate::domain::user::User;
use crate::messages::deliver::{Content, Notice, Occasion, deliver};
use crate::messages::{Destination, templates};
use crate::store::keys::GuardKind;
use crate::{Fault, fault::FaultKind};

/// The answer to a wrong code.
pub(super) fn mismatch() -> Fault {
    Fault::new(
        FaultKind::CodeMismatch,
        "Invalid code or auth state for the user.",
    )
}

/// The method that a code to this kind of address proves.
const fn method(kind: AliasKind) -> Method {
    match kind {
        AliasKind::PhoneNumber => Method::Sms,
        _ => Method::Email,
    }
}

const fn challenge(method: Method, second: bool) -> ChallengeNameType {
    match (method, second) {
        (Method::Sms, true) => ChallengeNameType::SmsMfa,
        (Method::Sms, false) => ChallengeNameType::SmsOtp,
        _ => ChallengeNameType::EmailOtp,
    }
}

/// The guard that counts wrong codes. Whoever does not know the password must not be able to lock the second factor.
const fn guard_kind(second: bool) -> GuardKind {
    if second {
        GuardKind::Mfa
    } else {
        GuardKind::OneTimeCode
    }
}

/// Sends a user a code and asks for it.
///
/// # Errors
/// `CodeDeliveryFailureException`; `NotAuthorizedException` past the limit of codes an hour;
/// `TooManyRequestsException` when another code was counted in between.
pub(super) async fn send(
    sign_in: &SignIn<'_>,
    (user, kind): (&User, AliasKind),
    codes_sent: Guard,
    journey: Journey,
    second: bool,
) -> Result<Outcome, Fault> {
    let to = Destination::of(kind, &user.attributes).ok_or_else(|| {
        Fault::new(
            FaultKind::MfaMethodNotFound,
            "The user has no address for the code.",
        )
    })?;
    count(sign_in, &user.key, codes_sent).await?;
    let code = codes::generate(&*sign_in.app.entropy);
    let hash = hash(sign_in, &user.key, &journey.session, &code).await?;
    let outcome = ask(
        sign_in,
        (user.key.clone(), Some(user)),
        &to,
        (second, hash),
        journey,
    )
    .await?;
    let message = templates::authentication(sign_in.pool(), to, &code);
    let content = Content {
        code: &code,
        username: None,
        link: None,
    };
    let notice = Notice {
        cause: sign_in.cause(),
        occasion: Occasion::Authentication,
        user,
    };
    deliver(sign_in.app, sign_in.pool(), notice, content, message).await?;
    Ok(outcome)
}

/// Pretends to send a code to a name without a user: counted, and never answered rightly.
///
/// # Errors
/// As [`send`].
pub(super) async fn pretend(
    sign_in: &SignIn<'_>,
    (name, key, kind): (&Username, UserKey, AliasKind),
    codes_sent: Guard,
    journey: Journey,
) -> Result<Outcome, Fault> {
    count(sign_in, &key, codes_sent).await?;
    let to = Destination {
        kind,
        ..Destination::pretended(sign_in.pool(), name)
    };
    let unknown = codes::generate(&*sign_in.app.entropy);
    let hash = hash(sign_in, &key, &journey.session, &unknown).await?;
    ask(sign_in, (key, None), &to, (false, hash), journey).await
}

async fn count(sign_in: &SignIn<'_>, user: &UserKey, seen: Guard) -> Result<(), Fault> {
    seen.check_hourly(SIGN_IN_CODES_PER_HOUR, sign_in.now)
        .map_err(|fault| Fault::not_authorized(fault.message().to_owned()))?;
    let counted = seen.after_attempt(sign_in.now);
    let pool = sign_in.pool().id();
    let store = &sign_in.app.store;
    store
        .count_attempt(pool, user, GuardKind::SignInCode, seen, counted)
        .await
}

/// What the state keeps of a code: it is bound to the sign-in and to the user.
async fn hash(
    sign_in: &SignIn<'_>,
    user: &UserKey,
    session: &SessionId,
    code: &Sensitive,
) -> Result<Vec<u8>, Fault> {
    let key = sign_in.app.data_key(&sign_in.open).await?;
    let bound = format!(
        "{}#sign_in#{session}#{}#{user}",
        code.expose(),
        sign_in.pool().id()
    );
    Ok(key.mac(Purpose::Code, bound.as_bytes())?.as_ref().to_vec())
}

async fn ask(
    sign_in: &SignIn<'_>,
    owner: (UserKey, Option<&User>),
    to: &Destination,
    (second, hash): (bool, Vec<u8>),
    journey: Journey,
) -> Result<Outcome, Fault> {
    let method = method(to.kind);
    let details = to.details();
    let awaited = Awaited::SentCode { method, second, hash };
    let state = State::new(sign_in, awaited, owner, journey);
    Ok(Outcome::challenge(
        challenge(method, second),
        Some(state.seal(sign_in).await?),
        [
            (
                "CODE_DELIVERY_DELIVERY_MEDIUM",
                details
                    .delivery_medium
                    .map(|medium| medium.to_string())
                    .unwrap_or_default(),
            ),
            (
                "CODE_DELIVERY_DESTINATION",
                details.destination.unwrap_or_default(),
            ),
        ],
    ))
}

/// Takes the code.
///
/// # Errors
/// `CodeMismatchException` for a wrong one; `NotAuthorizedException` while locked after several of them.
pub(super) async fn answer(
    sign_in: &SignIn<'_>,
    opened: (Username, State),
    name: ChallengeNameType,
    responses: &Parameters,
) -> Result<Step, Fault> {
    let Awaited::SentCode {
        method,
        second,
        hash: sent,
    } = opened.1.awaited.clone()
    else {
        return Err(invalid_session());
    };
    if challenge(method, second) != name {
        return Err(invalid_session());
    }
    let given = match name {
        ChallengeNameType::SmsMfa => required(responses, "SMS_MFA_CODE")?,
        ChallengeNameType::SmsOtp => required(responses, "SMS_OTP_CODE")?,
        _ => match responses.get("EMAIL_MFA_CODE") {
            Some(code) if second => code,
            _ => required(responses, "EMAIL_OTP_CODE")?,
        },
    };
    let mut resumed = resume::load(sign_in, opened).await?;
    let kind = guard_kind(second);
    let guard = resumed.found.guard(kind);
    guard.check_code_lockout(sign_in.now)?;

    let state = &resumed.state;
    let (key, session) = (state.user.clone(), state.journey.session.clone());
    let hash = hash(sign_in, &key, &session, &Sensitive::from(given)).await?;
    let right = verify_slices_are_equal(&hash, &sent).is_ok();
    let user = resumed.user(sign_in.pool()).filter(|_| right);
    let Some(user) = user else {
        record_failure(sign_in, &key, (kind, guard)).await?;
        return Err(mismatch());
    };
    let journey = resumed.state.journey.proving(method);
    Ok(Progress::new(user, resumed.found, &[kind], journey).into())
}
