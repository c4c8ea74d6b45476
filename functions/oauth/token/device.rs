use gatehouse::auth::SignIn;
use gatehouse::domain::ids::GrantHash;
use gatehouse::domain::oauth_options::Feature;
use gatehouse::http::Form;
use gatehouse::oauth::device::{self, Decision, DeviceGrant};
use gatehouse::oauth::error::{Code, OauthError};
use gatehouse::oauth::grant::{Grant, hash};
use gatehouse_model::Sensitive;
use serde_json::Value;

use crate::session::{self, Redeemed};
use crate::{Shown, required};

fn invalid() -> OauthError {
    OauthError::invalid_grant("The device code is not valid")
}

/// Redeems a device code (RFC 8628 section 3.4): once, by its client, when the user has said yes. Until then the device
/// is told to wait, and how long.
pub(crate) async fn redeem(sign_in: &SignIn<'_>, form: &Form, request: Shown) -> Result<Value, OauthError> {
    let (app, client, pool) = (sign_in.app, &sign_in.client, sign_in.pool());
    if !pool.oauth.of(client.id()).has(Feature::DeviceCode) {
        return Err(OauthError::new(
            Code::UnauthorizedClient,
            "The client may not sign in devices",
        ));
    }
    let code = Sensitive::from(required(form, "device_code")?);
    let opened = device::open_code(app, &sign_in.open, client.id(), &code)
        .await?
        .ok_or_else(invalid)?;
    let expired = || OauthError::new(Code::ExpiredToken, "The device code has expired");
    if sign_in.now >= opened.expires_at {
        return Err(expired());
    }
    let key = opened.user_code.hash();
    let (accepted, waiting) = tokio::join!(request.accept(app), app.store.load_device_grant(&key));
    accepted?;
    let waiting = waiting?
        .filter(|waiting| waiting.device_code == hash(&code))
        .ok_or_else(invalid)?;
    if sign_in.now >= waiting.expires_at {
        return Err(expired());
    }
    let given = decided(sign_in, &key, &waiting).await?;
    let found = app.store.load_user(pool.id(), &given.user).await?;
    let user = found.user.filter(|user| given.is_by(user)).ok_or_else(invalid)?;
    match session::begin(
        sign_in,
        (&key, &given),
        (&user, &found.memberships),
        request.bound_key,
    )
    .await?
    {
        Redeemed::Now(tokens) => Ok(tokens),
        // Another question of the same device was first, and has the tokens.
        Redeemed::Before | Redeemed::Changed => Err(invalid()),
    }
}

/// What the user granted, once it is decided.
async fn decided(sign_in: &SignIn<'_>, key: &GrantHash, waiting: &DeviceGrant) -> Result<Grant, OauthError> {
    match (waiting.decision, &waiting.given) {
        (Decision::Denied, _) => Err(OauthError::new(Code::AccessDenied, "The user said no")),
        (Decision::Allowed, Some(given)) if !waiting.redeemed => Ok(given.clone()),
        (Decision::Allowed, _) => Err(invalid()),
        (Decision::Pending, _) => Err(wait(sign_in, key, waiting).await?),
    }
}

/// Tells the device to ask again later: of questions that race, one at most is in time.
async fn wait(
    sign_in: &SignIn<'_>,
    key: &GrantHash,
    waiting: &DeviceGrant,
) -> Result<OauthError, OauthError> {
    let (pace, early) = waiting.pace.after_question(sign_in.now);
    let paced = (pace, sign_in.now);
    let is_next = sign_in.app.store.pace_device(key, waiting.pace, paced).await?;
    Ok(if early || !is_next {
        OauthError::new(
            Code::SlowDown,
            "The device asks too often; it has to wait five seconds longer",
        )
    } else {
        OauthError::new(Code::AuthorizationPending, "The user has not decided yet")
    })
}
