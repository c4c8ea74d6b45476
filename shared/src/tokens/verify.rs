//! Verification of the pool's own tokens, against the stored public keys.

use jsonwebtoken::{Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::keys::Use;
use crate::crypto::from_base64url;
use crate::domain::ids::{ClientId, DeviceKey, PoolId, SessionId, Sub, Username};
use crate::domain::pool::Pool;
use crate::{Fault, Timestamp};

/// What a user's access token says, once it is verified.
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
    /// The key that it is bound to.
    pub cnf: Option<BoundTo>,
}

/// Claim `cnf` (RFC 7800): what the holder of a token has to have.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BoundTo {
    /// The thumbprint of the key (RFC 9449 section 6.1).
    pub jkt: String,
}

#[derive(Deserialize)]
struct Issuer {
    iss: String,
}

fn invalid(usage: Use) -> Fault {
    Fault::not_authorized(match usage {
        Use::Access => "Invalid Access Token",
        Use::Id => "Invalid ID Token",
    })
}

/// The pool that a token claims to come from. Nothing is verified yet.
///
/// # Errors
/// `NotAuthorizedException` when it names no pool of this issuer `base`.
pub fn claimed_pool(token: &str, base: &str) -> Result<PoolId, Fault> {
    let invalid = || invalid(Use::Access);
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

/// The client that an ID token was issued to, given as `id_token_hint`: signed by its pool, whether or not it has
/// expired (OpenID Connect RP-Initiated Logout 1.0 section 2).
///
/// # Errors
/// `NotAuthorizedException`; `ResourceNotFoundException` when the pool is gone.
pub async fn id_token_hint(app: &crate::App, token: &str) -> Result<ClientId, Fault> {
    let base = &app.settings.issuer_base;
    let open = app.pool(&claimed_pool(token, base)?).await?;
    // At the beginning of time no token has expired.
    let claims = claims(token, &open.pool, Use::Id, base, Timestamp::from_seconds(0))?;
    let audience = claims.get("aud").and_then(Value::as_str).unwrap_or_default();
    audience.parse().map_err(|_| invalid(Use::Id))
}

/// Verifies a user's access token of `pool`.
///
/// # Errors
/// `NotAuthorizedException`.
pub fn access_token(token: &str, pool: &Pool, base: &str, now: Timestamp) -> Result<AccessToken, Fault> {
    let claims = claims(token, pool, Use::Access, base, now)?;
    serde_json::from_value(Value::Object(claims)).map_err(|_| invalid(Use::Access))
}

/// Verifies a token of `pool` and returns what it says: signed by one of the pool's keys for `usage` and with that
/// key's algorithm, of this issuer, for this use, not expired.
///
/// # Errors
/// `NotAuthorizedException`.
pub fn claims(
    token: &str,
    pool: &Pool,
    usage: Use,
    base: &str,
    now: Timestamp,
) -> Result<Map<String, Value>, Fault> {
    let header = decode_header(token).map_err(|_| invalid(usage))?;
    let key = pool
        .record
        .signing_keys
        .versions(usage)
        .iter()
        .find(|version| header.kid.as_deref() == Some(&version.kid))
        .ok_or_else(|| invalid(usage))?;
    let mut validation = Validation::new(key.public.algorithm().to_verify());
    // The library would ask the machine for the time; expiry is checked below, against the time that was passed in.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.set_issuer(&[pool.issuer(base)]);
    validation.set_required_spec_claims(&["iss", "exp", "sub"]);
    let claims = decode::<Map<String, Value>>(token, &key.to_verify()?, &validation)
        .map_err(|_| invalid(usage))?
        .claims;
    let is_for = claims.get("token_use").and_then(Value::as_str);
    if is_for != Some(usage.as_str()) {
        return Err(invalid(usage));
    }
    let expires_at = claims
        .get("exp")
        .and_then(Value::as_i64)
        .ok_or_else(|| invalid(usage))?;
    if now.seconds() >= expires_at {
        return Err(Fault::not_authorized(match usage {
            Use::Access => "Access Token has expired",
            Use::Id => "ID Token has expired",
        }));
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::ambient::fixed::NOON;
    use crate::crypto::base64url;
    use crate::domain::pool::fixture;
    use crate::tokens::forging::{TestKey, damage};
    use crate::tokens::keys::{KeyVersion, PrivateKey, PublicKey, Signer, SigningKeys};

    const BASE: &str = "https://issuer.example.com";

    static ID_KEY: LazyLock<TestKey> = LazyLock::new(TestKey::generate);
    static ACCESS_KEY: LazyLock<TestKey> = LazyLock::new(TestKey::generate);

    fn version(key: &TestKey) -> KeyVersion {
        let (x, y) = key.coordinates();
        KeyVersion::new(PrivateKey::KmsKeyId("1".to_owned()), PublicKey::P256 { x, y })
    }

    static POOL: LazyLock<Pool> = LazyLock::new(|| {
        let mut pool = fixture::pool(|_| ());
        let (id, access) = (version(&ID_KEY), version(&ACCESS_KEY));
        pool.record.signing_keys = SigningKeys::new(pool.id(), Signer::Kms, id, access);
        pool
    });

    fn header(key: &TestKey) -> Value {
        json!({ "alg": "ES256", "kid": version(key).kid })
    }

    fn said(usage: Use) -> Value {
        json!({
            "sub": "0d1c2b3a-0000-4000-8000-000000000001", "username": "ann", "client_id": "client1",
            "aud": "client1", "iss": format!("{BASE}/eu-west-1_a"), "token_use": usage.as_str(), "scope": "openid",
            "iat": NOON.seconds(), "exp": NOON.seconds() + 60, "auth_time": NOON.seconds(),
        })
    }

    fn accepted(token: &str, usage: Use) -> bool {
        match claims(token, &POOL, usage, BASE, NOON) {
            Ok(claims) => {
                assert_eq!(Value::Object(claims), said(usage));
                true
            }
            Err(fault) => {
                assert_eq!(fault, invalid(usage));
                false
            }
        }
    }

    #[test]
    fn a_token_is_signed_by_the_key_for_its_use() {
        for (key, usage, other) in [
            (&*ID_KEY, Use::Id, Use::Access),
            (&*ACCESS_KEY, Use::Access, Use::Id),
        ] {
            let token = key.sign(&header(key), &said(usage));
            assert!(accepted(&token, usage) && !accepted(&token, other));
            // The other kind of token by this key, and this kind of token under the other key's name.
            assert!(!accepted(&key.sign(&header(key), &said(other)), usage));
            assert!(!accepted(&key.sign(&header(key), &said(other)), other));
            for forged in key.forgeries(&header(key), &said(usage)) {
                assert!(!accepted(&forged, usage), "{forged}");
            }
        }
        let token = ACCESS_KEY.sign(&header(&ACCESS_KEY), &said(Use::Access));
        assert_eq!(
            access_token(&token, &POOL, BASE, NOON).unwrap().username.as_str(),
            "ann"
        );
        let late = claims(&token, &POOL, Use::Access, BASE, NOON.plus_seconds(60)).unwrap_err();
        assert_eq!(late.message(), "Access Token has expired");
    }

    proptest! {
        #[test]
        fn noise_names_no_pool(token in ".*") {
            prop_assert!(claimed_pool(&token, BASE).is_err());
        }

        #[test]
        fn a_claim_names_a_pool_of_this_issuer_or_none(issuer in "(https://issuer\\.example\\.com)?/?.{0,40}") {
            let payload = base64url(json!({ "iss": issuer }).to_string().as_bytes());
            if let Ok(pool) = claimed_pool(&format!("e30.{payload}.e30"), BASE) {
                prop_assert_eq!(format!("{BASE}/{pool}"), issuer);
            }
        }

        #[test]
        fn a_damaged_token_is_none(damage in damage()) {
            let token = ACCESS_KEY.sign(&header(&ACCESS_KEY), &said(Use::Access));
            if let Some(damaged) = damage.to(&token) {
                prop_assert!(!accepted(&damaged, Use::Access), "{}", damaged);
                let _ = claimed_pool(&damaged, BASE);
            }
        }

        #[test]
        fn whatever_a_header_says_only_the_pools_own_key_and_algorithm_count(
            alg in "(none|ES256|ES384|HS256|RS256|PS256|EdDSA|.{0,6})",
            kid in prop::option::of("(own|other|.{0,6})"),
            more in prop::sample::subsequence(vec!["jwk", "jku", "x5u", "x5c", "typ", "crit"], 0..=6),
            signed: bool,
        ) {
            let stranger = TestKey::generate();
            let mut header = json!({ "alg": alg });
            let kid = match kid.as_deref() {
                Some("own") => Some(version(&ACCESS_KEY).kid),
                Some("other") => Some(version(&ID_KEY).kid),
                other => other.map(str::to_owned),
            };
            for name in more {
                header[name] = match name {
                    "jwk" => stranger.jwk(),
                    "x5c" | "crit" => json!(["MIIB"]),
                    _ => json!("https://evil.example/keys"),
                };
            }
            if let Some(kid) = &kid {
                header["kid"] = json!(kid);
            }
            let signer = if signed { &*ACCESS_KEY } else { &stranger };
            if accepted(&signer.sign(&header, &said(Use::Access)), Use::Access) {
                prop_assert!(signed && alg == "ES256" && kid == Some(version(&ACCESS_KEY).kid));
            }
        }
    }
}
