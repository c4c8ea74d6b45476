//! Verification of the pool's own access tokens, against the stored public keys.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

use super::keys::Use;
use crate::crypto::from_base64url;
use crate::domain::ids::{ClientId, DeviceKey, PoolId, SessionId, Sub, Username};
use crate::domain::pool::Pool;
use crate::{Fault, Timestamp};

/// What an access token says, once it is verified.
#[derive(Debug, Clone, Deserialize)]
pub struct AccessToken {
    /// The user's immutable id.
    pub sub: Sub,
    /// The user's name.
    pub username: Username,
    /// The client it was issued to.
    pub client_id: ClientId,
    /// The session it descends from; absent where the client has switched revocation off.
    pub origin_jti: Option<SessionId>,
    /// The device that the user signed in on, where the pool tracks devices.
    pub device_key: Option<DeviceKey>,
    /// When it was issued, in seconds.
    pub iat: i64,
    /// When it expires, in seconds.
    pub exp: i64,
    /// When the user signed in, in seconds.
    pub auth_time: i64,
    /// What it allows, separated by spaces.
    pub scope: String,
    token_use: String,
}

#[derive(Deserialize)]
struct Issuer {
    iss: String,
}

fn invalid() -> Fault {
    Fault::not_authorized("Invalid Access Token")
}

/// The pool that a token claims to come from. Nothing is verified yet.
///
/// # Errors
/// `NotAuthorizedException` when it names no pool of this issuer `base`.
pub fn claimed_pool(token: &str, base: &str) -> Result<PoolId, Fault> {
    let payload = token
        .split('.')
        .nth(1)
        .and_then(from_base64url)
        .ok_or_else(invalid)?;
    let issuer: Issuer = serde_json::from_slice(&payload).map_err(|_| invalid())?;
    let pool = issuer
        .iss
        .strip_prefix(base)
        .and_then(|rest| rest.strip_prefix('/'))
        .ok_or_else(invalid)?;
    pool.parse().map_err(|_| invalid())
}

/// Verifies an access token of `pool`: RS256 by one of the pool's access-token keys, issuer, use and expiry.
///
/// # Errors
/// `NotAuthorizedException`.
pub fn access_token(token: &str, pool: &Pool, base: &str, now: Timestamp) -> Result<AccessToken, Fault> {
    let header = decode_header(token).map_err(|_| invalid())?;
    let key = pool
        .record
        .signing_keys
        .versions(Use::Access)
        .iter()
        .find(|version| header.kid.as_deref() == Some(&version.kid))
        .ok_or_else(invalid)?;
    let key = DecodingKey::from_rsa_components(&key.n, &key.e).map_err(Fault::internal)?;
    let mut validation = Validation::new(Algorithm::RS256);
    // The library would ask the machine for the time; expiry is checked below, against the time that was passed in.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.set_issuer(&[pool.issuer(base)]);
    validation.set_required_spec_claims(&["iss", "exp", "sub"]);
    let claims = decode::<AccessToken>(token, &key, &validation)
        .map_err(|_| invalid())?
        .claims;
    if claims.token_use != "access" {
        return Err(invalid());
    }
    if now.seconds() >= claims.exp {
        return Err(Fault::not_authorized("Access Token has expired"));
    }
    Ok(claims)
}
