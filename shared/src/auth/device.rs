//! `DEVICE_SRP_AUTH` and `DEVICE_PASSWORD_VERIFIER`: a remembered device proves that it is the one. It is the last
//! challenge of a sign-in, after all that the user has to prove.
//!
//! Attempts are not counted: a device's password is 40 random bytes.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::ChallengeNameType;

use super::journey::{Journey, Progress};
use super::srp::{check_clock, read_timestamp};
use super::state::{Awaited, State};
use super::{Outcome, Parameters, SignIn, Step, invalid_session, required, resume};
use crate::Fault;
use crate::crypto::{base64, from_base64};
use crate::domain::device::{Device, group_key, no_device};
use crate::domain::ids::{DeviceKey, Username};
use crate::domain::user::User;
use crate::protocol::srp::{PublicKey, Server};

/// The device that the application says it runs on; `None` where it says nothing, where the pool does not track devices,
/// and for one that was read when it proved itself.
///
/// # Errors
/// `ResourceNotFoundException` where the user has no such device: applications forget it then, and sign in anew.
pub(super) async fn claimed(sign_in: &SignIn<'_>, progress: &Progress) -> Result<Option<Device>, Fault> {
    let pool = sign_in.pool();
    let asks = pool.devices().is_some() && !progress.journey.device_proved;
    let Some(key) = progress.journey.device_key.as_ref().filter(|_| asks) else {
        return Ok(None);
    };
    let key: DeviceKey = key.parse().map_err(|_| no_device())?;
    let store = &sign_in.app.store;
    let device = store.load_device_of(pool.id(), &progress.user, &key).await?;
    device.ok_or_else(no_device).map(Some)
}

/// Asks for the device's public value.
///
/// # Errors
/// `InternalErrorException` when sealing fails.
pub(super) async fn ask(sign_in: &SignIn<'_>, user: &User, journey: Journey) -> Result<Outcome, Fault> {
    let device = journey.device_key.clone().unwrap_or_default();
    let owner = (user.key.clone(), Some(user));
    let state = State::new(sign_in, Awaited::Device, owner, journey);
    Ok(Outcome::challenge(
        ChallengeNameType::DeviceSrpAuth,
        Some(state.seal(sign_in).await?),
        [
            ("DEVICE_KEY", device),
            ("USERNAME", user.username.to_string()),
            ("USER_ID_FOR_SRP", user.username.to_string()),
        ],
    ))
}

/// Begins the exchange.
///
/// # Errors
/// `NotAuthorizedException` for another device than the one that was asked; `ResourceNotFoundException` for one that was
/// forgotten in between.
pub(super) async fn start(
    sign_in: &SignIn<'_>,
    opened: (Username, State),
    responses: &Parameters,
) -> Result<Step, Fault> {
    let public = PublicKey::parse(required(responses, "SRP_A")?)?;
    let Awaited::Device = opened.1.awaited else {
        return Err(invalid_session());
    };
    let key = asked_device(&opened.1.journey, responses)?;
    let (mut resumed, device) = with_device(sign_in, opened, &key).await?;
    let user = resumed.user(sign_in.pool()).ok_or_else(invalid_session)?;
    let device = device
        .filter(|device| device.sub == user.sub)
        .ok_or_else(no_device)?;
    let data_key = sign_in.app.data_key(&sign_in.open).await?;
    let verifier = device.open_verifier(&data_key, sign_in.pool().id(), &user.key)?;
    let (server, srp_b) = verifier.start(&*sign_in.app.entropy);

    let awaited = Awaited::DeviceSrp {
        server: Sensitive::from(base64(&server.to_bytes())),
        public: public.to_bytes().to_vec(),
    };
    let owner = (user.key.clone(), Some(&user));
    let state = State::new(sign_in, awaited, owner, resumed.state.journey);
    let block = state.seal(sign_in).await?;
    Ok(Step::Asked(Outcome::challenge(
        ChallengeNameType::DevicePasswordVerifier,
        None,
        [
            ("DEVICE_KEY", key.to_string()),
            ("SALT", verifier.salt_hex()),
            ("SECRET_BLOCK", block.expose().to_owned()),
            ("SRP_B", srp_b),
            ("USERNAME", user.username.to_string()),
        ],
    )))
}

/// Ends the exchange: the device proves that it knows its password.
///
/// # Errors
/// `NotAuthorizedException` for a wrong proof; `ResourceNotFoundException` for a device that was forgotten in between.
pub(super) async fn verify(sign_in: &SignIn<'_>, responses: &Parameters) -> Result<Step, Fault> {
    let block = required(responses, "PASSWORD_CLAIM_SECRET_BLOCK")?;
    let signature = from_base64(required(responses, "PASSWORD_CLAIM_SIGNATURE")?)
        .ok_or_else(|| Fault::invalid_parameter("PASSWORD_CLAIM_SIGNATURE is not base64."))?;
    let timestamp = required(responses, "TIMESTAMP")?;
    let sent_at = read_timestamp(timestamp)?;
    // The state is the secret block.
    let opened = resume::open(sign_in, Some(&Sensitive::from(block)), responses).await?;
    let Awaited::DeviceSrp { server, public } = opened.1.awaited.clone() else {
        return Err(invalid_session());
    };
    check_clock(sent_at, sign_in.now)?;
    let key = asked_device(&opened.1.journey, responses)?;
    let (mut resumed, device) = with_device(sign_in, opened, &key).await?;
    let user = resumed.user(sign_in.pool()).ok_or_else(invalid_session)?;
    device
        .filter(|device| device.sub == user.sub && device.remembered)
        .ok_or_else(no_device)?;

    let server = from_base64(server.expose())
        .map(zeroize::Zeroizing::new)
        .and_then(|bytes| Server::from_bytes(&bytes))
        .ok_or_else(invalid_session)?;
    let public = PublicKey::from_bytes(&public).ok_or_else(invalid_session)?;
    let group = group_key(sign_in.pool().id());
    let block = from_base64(block).ok_or_else(invalid_session)?;
    if !server.verify(&public, &group, key.as_str(), &block, timestamp, &signature) {
        return Err(Fault::incorrect_username_or_password());
    }
    let journey = Journey {
        device_proved: true,
        ..resumed.state.journey
    };
    let progress = Progress {
        device: Some(key),
        ..Progress::new(user, resumed.found, &[], journey)
    };
    Ok(progress.into())
}

/// The device that was asked, which the answer has to name.
fn asked_device(journey: &Journey, responses: &Parameters) -> Result<DeviceKey, Fault> {
    let named = required(responses, "DEVICE_KEY")?;
    if journey.device_key.as_deref() != Some(named) {
        return Err(invalid_session());
    }
    named.parse().map_err(|_| no_device())
}

/// Reads the user of a state and the device, at once.
async fn with_device(
    sign_in: &SignIn<'_>,
    opened: (Username, State),
    key: &DeviceKey,
) -> Result<(resume::Resumed, Option<Device>), Fault> {
    let owner = opened.1.user.clone();
    let (resumed, device) = tokio::join!(
        resume::load(sign_in, opened),
        sign_in.app.store.load_device(sign_in.pool().id(), &owner, key)
    );
    Ok((resumed?, device?))
}
