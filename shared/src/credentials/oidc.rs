//! ID tokens of other issuers: discovery, key set, verification.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::logins::{expired, invalid, unsupported_provider};
use crate::fault::FaultKind;
use crate::outbound::{Outbound, OutboundError};
use crate::tokens::foreign;
use crate::{Fault, Timestamp};

/// Seconds for which an issuer's keys are kept.
const KEPT_SECONDS: i64 = 300;
/// Seconds between two looks for a key that the set did not have.
const LOOK_AGAIN_SECONDS: i64 = 30;
/// Seconds that clocks may differ.
const LEEWAY: i64 = 60;
/// Issuers whose keys are kept at most.
const MOST: usize = 100;

/// OpenID Connect Discovery 1.0 section 3, what is read of it.
#[derive(Debug, Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
}

/// An issuer's keys, and the name it gives itself.
#[derive(Debug)]
struct Known {
    issuer: String,
    keys: JwkSet,
    read_at: Timestamp,
}

/// Issuers' keys, kept in a warm function.
#[derive(Debug, Default)]
pub struct Issuers(Mutex<HashMap<String, Arc<Known>>>);

/// The answer where an issuer cannot be asked.
pub(super) fn unreachable(error: &OutboundError) -> Fault {
    tracing::warn!(%error, "an identity provider cannot be asked");
    Fault::new(
        FaultKind::ExternalService,
        "The identity provider could not be reached.",
    )
}

impl Issuers {
    /// Verifies an ID token of the issuer at `url` for one of `audiences`; returns its claims. The token may name the issuer
    /// by its URL, or by `alias`.
    ///
    /// # Errors
    /// `NotAuthorizedException` for a token that is not genuine, current and for that audience; `ExternalServiceException`
    /// when the issuer cannot be asked for its keys.
    pub async fn verify(
        &self,
        outbound: &Outbound,
        (url, alias): (&str, Option<&str>),
        audiences: &BTreeSet<String>,
        token: &str,
        now: Timestamp,
    ) -> Result<Map<String, Value>, Fault> {
        let header = decode_header(token).map_err(|_| invalid("Not an OpenID Connect token."))?;
        let known = self.known(outbound, url, header.kid.as_deref(), now).await?;
        let claims = genuine(token, &known, alias, (header.alg, header.kid.as_deref()))?;
        let number = |name| claims.get(name).and_then(Value::as_i64);
        let expires = number("exp").ok_or_else(|| invalid("Missing a required claim: exp"))?;
        if now.seconds() >= expires {
            return Err(expired(expires, now));
        }
        if number("nbf").is_some_and(|from| now.seconds() + LEEWAY < from) {
            return Err(invalid("Token is not valid yet."));
        }
        let meant = match claims.get("aud") {
            Some(Value::String(one)) => audiences.contains(one),
            Some(Value::Array(several)) => several
                .iter()
                .filter_map(Value::as_str)
                .any(|one| audiences.contains(one)),
            _ => return Err(invalid("Missing a required claim: aud")),
        };
        if !meant {
            return Err(unsupported_provider());
        }
        Ok(claims)
    }

    async fn known(
        &self,
        outbound: &Outbound,
        url: &str,
        kid: Option<&str>,
        now: Timestamp,
    ) -> Result<Arc<Known>, Fault> {
        let kept = self.lock().get(url).cloned();
        if let Some(known) = kept {
            let age = now.seconds_since(known.read_at);
            let has = kid.is_none_or(|kid| known.keys.find(kid).is_some());
            if (0..if has { KEPT_SECONDS } else { LOOK_AGAIN_SECONDS }).contains(&age) {
                return Ok(known);
            }
        }
        let configuration: Configuration = outbound
            .get(
                &format!("{}/.well-known/openid-configuration", url.trim_end_matches('/')),
                None,
            )
            .await
            .map_err(|error| unreachable(&error))?;
        if configuration.issuer.trim_end_matches('/') != url.trim_end_matches('/') {
            return Err(unreachable(&OutboundError::Answer));
        }
        let keys = outbound
            .get(&configuration.jwks_uri, None)
            .await
            .map_err(|error| unreachable(&error))?;
        let known = Arc::new(Known {
            issuer: configuration.issuer,
            keys,
            read_at: now,
        });
        let mut issuers = self.lock();
        if issuers.len() >= MOST {
            issuers.clear();
        }
        issuers.insert(url.to_owned(), Arc::clone(&known));
        Ok(known)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Known>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The claims of a token that one of the issuer's keys signed, by an algorithm of that key.
fn genuine(
    token: &str,
    known: &Known,
    alias: Option<&str>,
    (algorithm, kid): (Algorithm, Option<&str>),
) -> Result<Map<String, Value>, Fault> {
    let signature = || invalid("Token signature invalid.");
    let key = foreign::find(&known.keys, kid, algorithm).ok_or_else(signature)?;
    let decoding = DecodingKey::from_jwk(key).map_err(|_| signature())?;
    let mut validation = Validation::new(algorithm);
    // The library would ask the machine for the time; audience and times are checked by the caller.
    validation.validate_exp = false;
    validation.validate_aud = false;
    let names: Vec<_> = std::iter::once(known.issuer.as_str()).chain(alias).collect();
    validation.set_issuer(&names);
    validation.set_required_spec_claims(&["iss", "exp", "sub", "aud"]);
    let decoded = decode::<Map<String, Value>>(token, &decoding, &validation);
    decoded
        .map(|data| data.claims)
        .map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidIssuer => invalid("Issuer doesn't match providerName."),
            jsonwebtoken::errors::ErrorKind::MissingRequiredClaim(claim) => {
                invalid(&format!("Missing a required claim: {claim}"))
            }
            _ => signature(),
        })
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::ambient::fixed::NOON;
    use crate::tokens::forging::{TestKey, damage};

    static KEY: LazyLock<TestKey> = LazyLock::new(TestKey::generate);

    /// Whether a token is genuine to the issuer whose only key that is.
    fn accepted(token: &str) -> bool {
        let known = Known {
            issuer: "https://idp.example.com".to_owned(),
            keys: serde_json::from_value(json!({ "keys": [KEY.jwk()] })).unwrap(),
            read_at: NOON,
        };
        decode_header(token)
            .is_ok_and(|header| genuine(token, &known, None, (header.alg, header.kid.as_deref())).is_ok())
    }

    fn claims() -> Value {
        json!({ "iss": "https://idp.example.com", "sub": "ann", "aud": "app", "exp": NOON.seconds() + 60 })
    }

    #[test]
    fn a_token_is_signed_by_the_issuers_key() {
        let header = json!({ "alg": "ES256" });
        assert!(accepted(&KEY.sign(&header, &claims())));
        for forged in KEY.forgeries(&header, &claims()) {
            assert!(!accepted(&forged), "{forged}");
        }
    }

    proptest! {
        #[test]
        fn a_damaged_token_is_refused(damage in damage()) {
            if let Some(damaged) = damage.to(&KEY.sign(&json!({ "alg": "ES256" }), &claims())) {
                prop_assert!(!accepted(&damaged), "{}", damaged);
            }
        }
    }
}
