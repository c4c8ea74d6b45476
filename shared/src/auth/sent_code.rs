//! Codes by mail and text message: `SMS_MFA`, `SMS_OTP` and `EMAIL_OTP`, as first or as second factor.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::ChallengeNameType;

use super::journey::{Journey, Progress};
use super::password::record_failure;
use super::state::{Awaited, SentTo, State};
use super::{Outcome, Parameters, SignIn, Step, invalid_session, required, resume};
use crate::crypto::codes;
use crate::crypto::seal::Purpose;
use crate::directory::attributes::verified;
use crate::domain::factors::{Factor, Method, MfaPreference};
use crate::domain::guard::{Guard, SIGN_IN_CODES_PER_HOUR};
use crate::domain::ids::{SessionId, UserKey, Username};
use crate::domain::names::AliasKind;
use crate::domain::user::User;
use crate::messages::deliver::{Content, Notice, Occasion, deliver};
use crate::messages::{Destination, templates};
use crate::store::keys::GuardKind;
use crate::store::users::{With, Written};
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

const fn kind(method: Method) -> AliasKind {
    match method {
        Method::Sms => AliasKind::PhoneNumber,
        _ => AliasKind::Email,
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
    let address = match user.attributes.get(kind.attribute()) {
        Some(address) if !user.is_verified(kind) => SentTo::Unverified(address.clone()),
        _ => SentTo::Verified,
    };
    send_code(sign_in, (user, kind), codes_sent, journey, (second, address)).await
}

/// The same to an address that becomes the user's by the right code, as a second factor.
///
/// # Errors
/// As [`send`].
pub(super) async fn send_to_new(
    sign_in: &SignIn<'_>,
    (user, kind, address): (&User, AliasKind, &str),
    codes_sent: Guard,
    journey: Journey,
) -> Result<Outcome, Fault> {
    // Functions that word or send the message see the address where they look for it.
    let mut owner = user.clone();
    let (attribute, given) = (kind.attribute(), address.to_owned());
    owner.attributes.insert(attribute.to_owned(), given.clone());
    owner
        .attributes
        .insert(format!("{attribute}_verified"), "false".to_owned());
    let how = (true, SentTo::New(given));
    send_code(sign_in, (&owner, kind), codes_sent, journey, how).await
}

async fn send_code(
    sign_in: &SignIn<'_>,
    (user, kind): (&User, AliasKind),
    codes_sent: Guard,
    journey: Journey,
    (second, address): (bool, SentTo),
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
        (second, hash, address),
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
    let how = (false, hash, SentTo::Verified);
    ask(sign_in, (key, None), &to, how, journey).await
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
    (second, hash, address): (bool, Vec<u8>, SentTo),
    journey: Journey,
) -> Result<Outcome, Fault> {
    let method = method(to.kind);
    let details = to.details();
    let awaited = Awaited::SentCode {
        method,
        second,
        hash,
        address,
    };
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

/// Takes the code. It verifies the address that it was sent to.
///
/// # Errors
/// `CodeMismatchException` for a wrong one; `NotAuthorizedException` while locked after several of them;
/// `AliasExistsException` where a new address is another user's name.
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
        address,
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
    let progress = Progress::new(user, resumed.found, &[kind], journey);
    keep_address(sign_in, progress, method, address)
        .await
        .map(Step::from)
}

/// Stores what a right code says of its address, and at once forgets the wrong ones before it, so that of guesses that
/// race one counts.
async fn keep_address(
    sign_in: &SignIn<'_>,
    progress: Progress,
    method: Method,
    sent_to: SentTo,
) -> Result<Progress, Fault> {
    let kind = kind(method);
    let attribute = kind.attribute();
    let Progress { user, guards, .. } = &progress;
    let present = user
        .attributes
        .get(attribute)
        .filter(|present| !present.is_empty());
    let after = match &sent_to {
        SentTo::Unverified(address) if present == Some(address) && !user.is_verified(kind) => {
            verified(user, attribute, address, sign_in.now)
        }
        SentTo::Verified | SentTo::Unverified(_) => return Ok(progress),
        // The user got an address by another way in the meantime.
        SentTo::New(_) if present.is_some() => return Err(invalid_session()),
        SentTo::New(address) => {
            let enabled = Factor::ALL
                .into_iter()
                .filter(|factor| factor.address() == Some(kind) || user.mfa.enabled.contains(factor));
            let mfa = MfaPreference {
                enabled: enabled.collect(),
                ..user.mfa.clone()
            };
            verified(user, attribute, address, sign_in.now).with_mfa(mfa)
        }
    };
    let with = With {
        cleared: guards.first().copied(),
        ..With::default()
    };
    let store = &sign_in.app.store;
    match store.replace_user(sign_in.pool(), user, &after, with).await? {
        // Somebody else signs in by this address, which stays an unverified one here.
        Written::AliasTaken(_) if matches!(sent_to, SentTo::Unverified(_)) => Ok(progress),
        written => {
            written.into_result()?;
            Ok(Progress {
                user: after,
                guards: Vec::new(),
                ..progress
            })
        }
    }
}
