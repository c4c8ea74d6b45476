//! JWTs that tests sign, and what those make of them who have no key.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::crypto::{base64url, from_base64url};

/// The order of P-256.
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

/// A key on P-256 that tests sign with.
pub(crate) struct TestKey(EcdsaKeyPair);

impl TestKey {
    pub(crate) fn generate() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    /// The coordinates of the public key, base64url.
    pub(crate) fn coordinates(&self) -> (String, String) {
        let point = self.0.public_key().as_ref();
        (base64url(&point[1..33]), base64url(&point[33..]))
    }

    pub(crate) fn jwk(&self) -> Value {
        let (x, y) = self.coordinates();
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
    }

    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let signature = self.0.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", base64url(signature.as_ref()))
    }

    /// Tokens with these claims that this key has not signed as `header`, which names ES256, says it would.
    pub(crate) fn forgeries(&self, header: &Value, claims: &Value) -> Vec<String> {
        let signed = |algorithm: &str, signature: &dyn Fn(&[u8]) -> Vec<u8>| {
            let mut header = header.clone();
            header["alg"] = json!(algorithm);
            let message = message(&header, claims);
            let signature = signature(message.as_bytes());
            format!("{message}.{}", base64url(&signature))
        };
        let order = hex::decode(ORDER).unwrap();
        let nothing: [Vec<u8>; 5] = [
            Vec::new(),
            vec![0; 64],
            vec![0xff; 64],
            order.repeat(2),
            vec![0; 72],
        ];
        let mut forged = Vec::new();
        for signature in &nothing {
            for algorithm in ["none", "None", "", "ES256", "ES384", "RS256", "PS256", "EdDSA"] {
                forged.push(signed(algorithm, &|_| signature.clone()));
            }
        }
        // The public key as the secret of an HMAC, in every form it may be kept in.
        let (x, y) = self.coordinates();
        let secrets = [
            self.0.public_key().as_ref().to_vec(),
            self.0.public_key().as_ref()[1..].to_vec(),
            x.clone().into_bytes(),
            y.into_bytes(),
            from_base64url(&x).unwrap(),
            self.jwk().to_string().into_bytes(),
            Vec::new(),
        ];
        for secret in secrets {
            let hs256 = |message: &[u8]| {
                let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
                hmac::sign(&key, message).as_ref().to_vec()
            };
            forged.extend(["HS256", "ES256"].map(|algorithm| signed(algorithm, &hs256)));
        }
        let other = Self::generate();
        forged.push(other.sign(header, claims));
        if header.get("jwk").is_none() {
            let mut header = header.clone();
            header["jwk"] = other.jwk();
            forged.push(other.sign(&header, claims));
        }
        forged.push(self.sign(header, claims).rsplit_once('.').unwrap().0.to_owned());
        forged
    }
}

fn message(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| base64url(value.to_string().as_bytes());
    format!("{}.{}", part(header), part(claims))
}

/// What happens to a text on its way: a letter is changed, added or lost, or the end is.
#[derive(Debug, Clone)]
pub(crate) struct Damage {
    at: Index,
    letter: String,
    way: u8,
}

pub(crate) fn damage() -> impl Strategy<Value = Damage> {
    (any::<Index>(), "[A-Za-z0-9_.=+/é -]", 0..4_u8).prop_map(|(at, letter, way)| Damage { at, letter, way })
}

impl Damage {
    /// What becomes of `text`, of ASCII characters, unless that is the same.
    pub(crate) fn to(&self, text: &str) -> Option<String> {
        let at = self.at.index(text.len());
        let mut damaged = text.to_owned();
        match self.way {
            0 => damaged.replace_range(at..=at, &self.letter),
            1 => damaged.insert_str(at, &self.letter),
            2 => drop(damaged.remove(at)),
            _ => damaged.truncate(at),
        }
        (damaged != text).then_some(damaged)
    }
}
