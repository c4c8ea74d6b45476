//! Tokens that are bound to a key (DPoP, RFC 9449): who holds one has to show with each request that it has the key.
//!
//! A proof is good for one method and one address, for about a minute, at resources for one token, and once.

use aws_lc_rs::digest::{SHA256, digest};
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use lambda_http::http::HeaderMap;
use serde::Deserialize;
use serde_json::Value;

use super::error::{Code, OauthError};
use super::once::Once;
use crate::Timestamp;
use crate::crypto::{base64url, from_base64url};
use crate::tokens::foreign;

/// Algorithms of proofs, as the pool's metadata names them.
pub const ALGORITHMS: [&str; 3] = ["ES256", "RS256", "EdDSA"];
/// Seconds that a proof may be old, and by which clocks may differ.
const SECONDS: i64 = 60;
/// The longest proof, in bytes.
const LONGEST: usize = 8192;

/// A request that a proof is for.
#[derive(Debug, Clone, Copy)]
pub struct Proven<'a> {
    /// Its method.
    pub method: &'a str,
    /// Our own host, which leads here as that of the request does.
    pub host: &'a str,
    /// Its path.
    pub path: &'a str,
    /// The access token that comes with it.
    pub token: Option<&'a str>,
    /// The present moment.
    pub now: Timestamp,
}

/// A proof that was verified. It has still to be accepted, which happens once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The thumbprint (RFC 7638) of the key that it proves.
    pub thumbprint: String,
    /// What is to be accepted.
    pub once: Once,
}

#[derive(Debug, Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: i64,
    ath: Option<String>,
}

fn invalid(why: &'static str) -> OauthError {
    OauthError::new(Code::InvalidDpopProof, why)
}

/// The proof that a request brings, if any.
///
/// # Errors
/// `invalid_dpop_proof`.
pub fn prove(headers: &HeaderMap, request: Proven<'_>) -> Result<Option<Proof>, OauthError> {
    let mut proofs = headers.get_all("dpop").iter();
    let Some(proof) = proofs.next() else {
        return Ok(None);
    };
    let proof = proof
        .to_str()
        .map_err(|_| invalid("The DPoP proof is malformed"))?;
    if proofs.next().is_some() || proof.len() > LONGEST {
        return Err(invalid("There is more than one DPoP proof"));
    }
    let sent_to = headers.get("host").and_then(|host| host.to_str().ok());
    verify(proof, sent_to, request).map(Some)
}

fn verify(proof: &str, sent_to: Option<&str>, request: Proven<'_>) -> Result<Proof, OauthError> {
    let malformed = || invalid("The DPoP proof is malformed");
    let header = decode_header(proof).map_err(|_| malformed())?;
    if header.typ.as_deref() != Some("dpop+jwt") {
        return Err(invalid("The DPoP proof has another type"));
    }
    let key = key_of(proof).ok_or_else(malformed)?;
    let allowed = matches!(header.alg, Algorithm::ES256 | Algorithm::RS256 | Algorithm::EdDSA);
    if !allowed || !foreign::fits(&key, header.alg) {
        return Err(invalid("The DPoP proof has another algorithm than its key"));
    }
    let mut validation = Validation::new(header.alg);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let decoding = DecodingKey::from_jwk(&key).map_err(|_| malformed())?;
    let claims = decode::<Claims>(proof, &decoding, &validation)
        .map_err(|_| invalid("The DPoP proof is not signed by its key"))?
        .claims;
    let uri = claims.htu.parse::<url::Url>().map_err(|_| malformed())?;
    let host = uri.authority();
    let here = (host == request.host || sent_to == Some(host)) && uri.path() == request.path;
    if claims.htm != request.method || !here || claims.jti.is_empty() {
        return Err(invalid("The DPoP proof is for another request"));
    }
    if (request.now.seconds() - claims.iat).abs() > SECONDS {
        return Err(invalid("The DPoP proof is too old, or not valid yet"));
    }
    let hash = request
        .token
        .map(|token| base64url(digest(&SHA256, token.as_bytes()).as_ref()));
    if hash.is_some() && claims.ath != hash {
        return Err(invalid("The DPoP proof is for another token"));
    }
    let thumbprint = key.thumbprint(ThumbprintHash::SHA256).map_err(|_| malformed())?;
    let too_old = Timestamp::from_seconds(claims.iat).plus_seconds(SECONDS + 1);
    let once = Once::dpop(&thumbprint, &claims.jti, too_old);
    Ok(Proof { thumbprint, once })
}

/// The public key in the header; none where a private one is shown.
fn key_of(proof: &str) -> Option<Jwk> {
    let header: Value = serde_json::from_slice(&from_base64url(proof.split('.').next()?)?).ok()?;
    let key = header.get("jwk")?;
    if key.get("d").is_some() {
        return None;
    }
    serde_json::from_value(key.clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::NOON;
    use crate::tokens::forging::{TestKey, damage};
    use proptest::prelude::*;
    use serde_json::json;
    use std::sync::LazyLock;

    static OWN: LazyLock<TestKey> = LazyLock::new(TestKey::generate);

    fn header() -> Value {
        json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": OWN.jwk() })
    }

    const REQUEST: Proven<'_> = Proven {
        method: "POST",
        host: "auth.example",
        path: "/oauth2/token",
        token: None,
        now: NOON,
    };

    fn claims() -> Value {
        json!({ "jti": "1", "htm": "POST", "htu": "https://auth.example/oauth2/token", "iat": NOON.seconds() })
    }

    #[test]
    fn a_proof_is_for_one_request_now_and_by_the_key_it_names() {
        let header = header();
        let proof = verify(&OWN.sign(&header, &claims()), None, REQUEST).unwrap();
        assert_eq!(proof.thumbprint.len(), 43);
        assert_eq!(proof.once.expires_at, NOON.plus_seconds(61));
        let told = |header: &Value, claims: &Value| verify(&OWN.sign(header, claims), None, REQUEST);
        for (name, value) in [
            ("htm", json!("GET")),
            ("htu", json!("https://auth.example/oauth2/userInfo")),
            ("htu", json!("https://evil.example/oauth2/token")),
            ("htu", json!("nonsense")),
            ("iat", json!(NOON.seconds() - 61)),
            ("iat", json!(NOON.seconds() + 61)),
            ("jti", json!("")),
        ] {
            let mut claims = claims();
            claims[name] = value;
            assert!(told(&header, &claims).is_err(), "{claims}");
        }
        let mut private = OWN.jwk();
        private["d"] = json!("AA");
        for (name, value) in [
            ("typ", json!("JWT")),
            ("alg", json!("HS256")),
            ("alg", json!("none")),
            ("jwk", TestKey::generate().jwk()),
            ("jwk", private),
            ("jwk", json!({ "kty": "oct", "k": "AA" })),
        ] {
            let mut header = header.clone();
            header[name] = value;
            assert!(told(&header, &claims()).is_err(), "{header}");
        }
        for forged in OWN.forgeries(&header, &claims()) {
            assert!(verify(&forged, None, REQUEST).is_err(), "{forged}");
        }
    }

    #[test]
    fn at_a_resource_it_is_for_one_token() {
        let header = header();
        let request = Proven {
            token: Some("token"),
            ..REQUEST
        };
        assert!(verify(&OWN.sign(&header, &claims()), None, request).is_err());
        let mut bound = claims();
        bound["ath"] = json!(base64url(digest(&SHA256, b"token").as_ref()));
        assert!(verify(&OWN.sign(&header, &bound), None, request).is_ok());
        bound["ath"] = json!(base64url(digest(&SHA256, b"other").as_ref()));
        assert!(verify(&OWN.sign(&header, &bound), None, request).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_refused_and_never_panics(text in ".{0,200}") {
            prop_assert!(verify(&text, None, REQUEST).is_err());
        }

        #[test]
        fn a_damaged_proof_is_refused(damage in damage()) {
            if let Some(damaged) = damage.to(&OWN.sign(&header(), &claims())) {
                prop_assert!(verify(&damaged, None, REQUEST).is_err(), "{}", damaged);
            }
        }

        #[test]
        fn any_key_in_the_header_is_refused_and_never_panics(
            kty in "(EC|RSA|OKP|oct|.{0,4})", crv in "(P-256|P-384|secp256k1|Ed25519)", text in ".{0,50}",
            bytes in prop::collection::vec(any::<u8>(), 0..70), alg in "(ES256|RS256|EdDSA|HS256)",
        ) {
            let encoded = base64url(&bytes);
            let mut header = header();
            header["alg"] = json!(alg);
            for (x, y) in [(&encoded, &encoded), (&text, &encoded), (&encoded, &text)] {
                header["jwk"] = json!({ "kty": kty, "crv": crv, "x": x, "y": y, "n": x, "e": y, "k": x });
                prop_assert!(verify(&OWN.sign(&header, &claims()), None, REQUEST).is_err());
            }
        }
    }
}
