//! `private_key_jwt`: a client proves who it is by a JWT that it signs (RFC 7523 section 3, OpenID Connect Core
//! section 9), checked against the keys that it publishes.
//!
//! An assertion is good for one request, and must not live longer than an hour.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::{Code, OauthError};
use super::once::Once;
use crate::Timestamp;
use crate::app::{App, OpenPool};
use crate::crypto::from_base64url;
use crate::domain::client::Client;
use crate::tokens::foreign;

/// The only type of assertion there is for this (RFC 7523 section 2.2).
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Seconds that an assertion may live.
const LONGEST_SECONDS: i64 = 3600;
/// Seconds that clocks may differ.
const LEEWAY: i64 = 60;
/// The endpoints that take assertions, one of which an assertion may name as its audience.
const ENDPOINTS: [&str; 5] = [
    "/oauth2/token",
    "/oauth2/par",
    "/oauth2/introspect",
    "/oauth2/revoke",
    "/oauth2/device_authorization",
];

fn refused(why: &'static str) -> OauthError {
    OauthError::new(Code::InvalidClient, why)
}

#[derive(Deserialize)]
struct Names {
    sub: String,
}

/// The client that an assertion is said to be from. Nothing is verified yet.
pub fn claimed_client(assertion: &str) -> Option<String> {
    let payload = assertion.split('.').nth(1).and_then(from_base64url)?;
    let names: Names = serde_json::from_slice(&payload).ok()?;
    Some(names.sub)
}

/// Verifies an assertion of `client`, whose keys are at `jwks_uri`. It has still to be accepted, which happens once.
///
/// # Errors
/// `invalid_client`.
pub async fn verify(
    app: &App,
    (open, client): (&OpenPool, &Client),
    jwks_uri: &str,
    assertion: &str,
) -> Result<Once, OauthError> {
    let now = app.now();
    let header = decode_header(assertion).map_err(|_| refused("The client assertion is not a JWT"))?;
    let keys = app
        .keys_at(jwks_uri)
        .await
        .map_err(|_| refused("The keys of the client cannot be read"))?;
    let claims = genuine(assertion, &keys, &header)?;
    let issuer = open.pool.issuer(&app.settings.issuer_base);
    check(
        &claims,
        client.id().as_str(),
        (&issuer, &app.settings.issuer_base),
        now,
    )
}

fn genuine(
    assertion: &str,
    keys: &JwkSet,
    header: &jsonwebtoken::Header,
) -> Result<Map<String, Value>, OauthError> {
    let wrong = || refused("The client assertion is not signed by the client");
    let key = foreign::find(keys, header.kid.as_deref(), header.alg).ok_or_else(wrong)?;
    let key = DecodingKey::from_jwk(key).map_err(|_| wrong())?;
    let mut validation = Validation::new(header.alg);
    // Times and audience are checked below, against the time that was passed in.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
    decode::<Map<String, Value>>(assertion, &key, &validation)
        .map(|data| data.claims)
        .map_err(|_| wrong())
}

fn check(
    claims: &Map<String, Value>,
    client: &str,
    (issuer, base): (&str, &str),
    now: Timestamp,
) -> Result<Once, OauthError> {
    let text = |name| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(client) || text("sub") != Some(client) {
        return Err(refused("The client assertion is another client's"));
    }
    let is_us = |audience: &str| {
        audience == issuer
            || audience
                .strip_prefix(base)
                .is_some_and(|path| ENDPOINTS.contains(&path))
    };
    let meant = match claims.get("aud") {
        Some(Value::String(one)) => is_us(one),
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).any(is_us),
        _ => false,
    };
    if !meant {
        return Err(refused("The client assertion is for somebody else"));
    }
    let number = |name| claims.get(name).and_then(Value::as_i64);
    let expires = number("exp").unwrap_or_default();
    if now.seconds() >= expires || expires > now.seconds() + LONGEST_SECONDS + LEEWAY {
        return Err(refused("The client assertion has expired or lives too long"));
    }
    let begins = number("nbf").into_iter().chain(number("iat")).max();
    if begins.is_some_and(|from| from > now.seconds() + LEEWAY) {
        return Err(refused("The client assertion is not valid yet"));
    }
    let jti = text("jti").filter(|jti| !jti.is_empty());
    let jti = jti.ok_or_else(|| refused("The client assertion has no jti"))?;
    Ok(Once::assertion(client, jti, Timestamp::from_seconds(expires)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::NOON;
    use crate::tokens::forging::{TestKey, damage};
    use proptest::prelude::*;
    use serde_json::json;
    use std::sync::LazyLock;

    static KEY: LazyLock<TestKey> = LazyLock::new(TestKey::generate);

    /// Whether an assertion is signed by the client whose only key that is.
    fn accepted(assertion: &str) -> bool {
        let keys = serde_json::from_value(json!({ "keys": [KEY.jwk()] })).unwrap();
        decode_header(assertion).is_ok_and(|header| genuine(assertion, &keys, &header).is_ok())
    }

    fn claims() -> Value {
        json!({ "iss": "app", "sub": "app", "aud": "https://auth.example/p", "exp": NOON.seconds() + 60, "jti": "1" })
    }

    #[test]
    fn an_assertion_is_signed_by_the_clients_key() {
        let header = json!({ "alg": "ES256" });
        let assertion = KEY.sign(&header, &claims());
        assert!(accepted(&assertion));
        assert_eq!(claimed_client(&assertion).as_deref(), Some("app"));
        for forged in KEY.forgeries(&header, &claims()) {
            assert!(!accepted(&forged), "{forged}");
        }
    }

    proptest! {
        #[test]
        fn a_damaged_assertion_is_refused(damage in damage()) {
            if let Some(damaged) = damage.to(&KEY.sign(&json!({ "alg": "ES256" }), &claims())) {
                prop_assert!(!accepted(&damaged), "{}", damaged);
                let _ = claimed_client(&damaged);
            }
        }

        #[test]
        fn any_text_is_refused_and_never_panics(text in ".{0,200}") {
            prop_assert!(!accepted(&text));
            prop_assert_eq!(claimed_client(&text), None);
        }
    }

    fn told(change: impl FnOnce(&mut Map<String, Value>)) -> Result<Once, OauthError> {
        let claims = json!({
            "iss": "app", "sub": "app", "aud": "https://auth.example/oauth2/token",
            "iat": NOON.seconds(), "exp": NOON.seconds() + 60, "jti": "1",
        });
        let Value::Object(mut claims) = claims else {
            unreachable!()
        };
        change(&mut claims);
        check(
            &claims,
            "app",
            ("https://auth.example/p", "https://auth.example"),
            NOON,
        )
    }

    #[test]
    fn an_assertion_is_the_clients_own_for_us_and_short_lived() {
        let once = told(|_| ()).unwrap();
        assert_eq!(once.expires_at, NOON.plus_seconds(60));
        for (name, good) in [
            ("aud", json!("https://auth.example/p")),
            (
                "aud",
                json!(["https://other.example", "https://auth.example/oauth2/par"]),
            ),
            ("exp", json!(NOON.seconds() + 3600)),
        ] {
            assert!(
                told(|claims| drop(claims.insert(name.to_owned(), good.clone()))).is_ok(),
                "{good}"
            );
        }
        for (name, bad) in [
            ("iss", json!("other")),
            ("sub", json!("other")),
            ("aud", json!("https://other.example/oauth2/token")),
            ("aud", json!("https://auth.example/oauth2/userInfo")),
            ("aud", json!(7)),
            ("exp", json!(NOON.seconds())),
            ("exp", json!(NOON.seconds() + 86_400)),
            ("iat", json!(NOON.seconds() + 120)),
            ("nbf", json!(NOON.seconds() + 120)),
            ("jti", json!("")),
            ("jti", json!(1)),
        ] {
            assert!(
                told(|claims| drop(claims.insert(name.to_owned(), bad.clone()))).is_err(),
                "{name} {bad}"
            );
        }
    }
}
