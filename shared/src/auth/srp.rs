//! `USER_SRP_AUTH` and its challenge `PASSWORD_VERIFIER`.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::ChallengeNameType;

use super::journey::{Journey, Progress};
use super::password::record_failure;
use super::state::{Awaited, State};
use super::{Outcome, Parameters, SignIn, Step, hooks, invalid_session, required, username};
use crate::crypto::password::Credentials;
use crate::crypto::seal::Purpose;
use crate::crypto::{base64, from_base64};
use crate::domain::client::ExistenceErrors;
use crate::domain::factors::Method;
use crate::domain::ids::Username;
use crate::domain::names::AliasKind;
use crate::protocol::srp::{PublicKey, Server, Verifier, fake_user_id, parse_timestamp};
use crate::store::keys::GuardKind;
use crate::store::users::Named;
use crate::{Fault, Timestamp};

/// Seconds that a client's clock may differ.
const CLOCK_SKEW: i64 = 300;

/// Begins the exchange. A name without a user gets a stable made-up salt, so that nothing is learned from it.
///
/// # Errors
/// `UserNotFoundException` where the client allows telling.
pub(super) async fn start(sign_in: &SignIn<'_>, parameters: &Parameters) -> Result<Step, Fault> {
    let name = username(parameters)?;
    sign_in.check_secret_hash(&name, parameters)?;
    let named = sign_in.find(&name).await?;
    hooks::pre_authentication(sign_in, &name, &named.found).await?;
    let journey = Journey::begin(sign_in, parameters);
    begin(sign_in, (&name, named), parameters, journey).await
}

/// Begins the exchange with `SRP_A` for a name.
///
/// # Errors
/// `UserNotFoundException` where the client allows telling.
pub(super) async fn begin(
    sign_in: &SignIn<'_>,
    (name, named): (&Username, Named),
    parameters: &Parameters,
    journey: Journey,
) -> Result<Step, Fault> {
    let public = PublicKey::parse(required(parameters, "SRP_A")?)?;
    let Named { key: user_key, found } = named;
    let key = sign_in.app.data_key(&sign_in.open).await?;
    found.guard(GuardKind::Password).check_lockout(sign_in.now)?;

    let pool = sign_in.pool();
    if found.user.is_none() && sign_in.client.existence_errors == ExistenceErrors::Legacy {
        return Err(sign_in.no_such_user());
    }
    let verifier = match found.user.as_ref().and_then(|user| user.credentials.as_ref()) {
        Some(sealed) => Credentials::open(&key, pool.id(), &user_key, sealed)?.srp(),
        None => None,
    };
    let fake = key.subkey(Purpose::FakeSalt)?;
    let verifier = verifier.unwrap_or_else(|| Verifier::fake(&fake, pool.id().name(), user_key.as_str()));
    let hashed_name = match &found.user {
        Some(user) => user.username.clone(),
        None => made_up_name(sign_in, name, &fake)?,
    };
    let (server, srp_b) = Server::start(&verifier, &*sign_in.app.entropy);

    let awaited = Awaited::Srp {
        server: Sensitive::from(base64(&server.to_bytes())),
        public: public.to_bytes().to_vec(),
        name: hashed_name.clone(),
    };
    let owner = (user_key, found.user.as_ref());
    let state = State::new(sign_in, awaited, owner, journey).seal(sign_in).await?;
    let parameters = [
        ("SALT", verifier.salt().to_hex()),
        ("SECRET_BLOCK", state.expose().to_owned()),
        ("SRP_B", srp_b),
        ("USERNAME", hashed_name.to_string()),
        ("USER_ID_FOR_SRP", hashed_name.to_string()),
    ];
    Ok(Step::Asked(Outcome::challenge(
        ChallengeNameType::PasswordVerifier,
        None,
        parameters,
    )))
}

/// The name that a user would have who does not exist: the given one, or a stable generated one where the given one
/// is an address and a user's name would not be shown as it.
pub(super) fn made_up_name(
    sign_in: &SignIn<'_>,
    given: &Username,
    key: &[u8; 32],
) -> Result<Username, Fault> {
    let pool = sign_in.pool();
    let lookup = pool.names.lookup(given, pool.case_sensitive);
    let is_address = lookup
        .aliases
        .iter()
        .any(|(kind, _)| *kind != AliasKind::PreferredUsername);
    if !is_address {
        return Ok(given.clone());
    }
    let id = fake_user_id(key, pool.id().name(), lookup.direct.as_str());
    id.to_string().parse().map_err(Fault::internal)
}

/// Reads `TIMESTAMP`.
///
/// # Errors
/// `InvalidParameterException` for another form.
pub(super) fn read_timestamp(text: &str) -> Result<Timestamp, Fault> {
    parse_timestamp(text).ok_or_else(|| {
        Fault::invalid_parameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.")
    })
}

/// Refuses a client whose clock is too far from ours.
///
/// # Errors
/// `NotAuthorizedException`.
pub(super) fn check_clock(sent_at: Timestamp, now: Timestamp) -> Result<(), Fault> {
    if sent_at.seconds_since(now).abs() > CLOCK_SKEW {
        return Err(Fault::not_authorized(
            "Invalid timestamp: the clock of the client is wrong.",
        ));
    }
    Ok(())
}

/// Ends the exchange: the client proves that it knows the password.
///
/// # Errors
/// `NotAuthorizedException` for a wrong proof, an unknown user, or a secret block that was used before.
pub(super) async fn verify(sign_in: &SignIn<'_>, responses: &Parameters) -> Result<Step, Fault> {
    let name = username(responses)?;
    let block = required(responses, "PASSWORD_CLAIM_SECRET_BLOCK")?;
    let signature = from_base64(required(responses, "PASSWORD_CLAIM_SIGNATURE")?)
        .ok_or_else(|| Fault::invalid_parameter("PASSWORD_CLAIM_SIGNATURE is not base64."))?;
    let timestamp = required(responses, "TIMESTAMP")?;
    let sent_at = read_timestamp(timestamp)?;
    sign_in.check_secret_hash(&name, responses)?;

    let state = State::open(sign_in, block).await?;
    let Awaited::Srp {
        server,
        public,
        name: hashed_name,
    } = &state.awaited
    else {
        return Err(invalid_session());
    };
    check_clock(sent_at, sign_in.now)?;
    let pool = sign_in.pool();
    let mut found = sign_in.app.store.load_user(pool.id(), &state.user).await?;
    let guard = found.guard(GuardKind::Password);
    guard.check_lockout(sign_in.now)?;

    let server = from_base64(server.expose())
        .map(zeroize::Zeroizing::new)
        .and_then(|bytes| Server::from_bytes(&bytes))
        .ok_or_else(invalid_session)?;
    let public = PublicKey::from_bytes(public).ok_or_else(invalid_session)?;
    let block = from_base64(block).ok_or_else(invalid_session)?;
    let proved = server.verify(
        &public,
        pool.id().name(),
        hashed_name.as_str(),
        &block,
        timestamp,
        &signature,
    );
    // A password that was changed since the exchange began, or was another user's, proves nothing any more.
    let user = found.user.take_if(|user| proved && state.is_of(user));
    let Some(user) = user else {
        record_failure(sign_in, &state.user, (GuardKind::Password, guard)).await?;
        return Err(Fault::incorrect_username_or_password());
    };
    let journey = Journey {
        // Clients say here again what they run on. One whose device is unknown answers once more, without it.
        device_key: responses.get("DEVICE_KEY").cloned(),
        ..state.journey.proving(Method::Password)
    };
    Ok(Progress::new(user, found, &[GuardKind::Password], journey).into())
}
