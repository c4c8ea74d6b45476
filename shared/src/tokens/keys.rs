//! A pool's signing keys: KMS keeps the private halves, or wraps them; the pool's configuration has the public ones.

use aws_lc_rs::digest::{SHA256, digest};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ecdsa;
use crate::Fault;
use crate::crypto::base64url;
use crate::domain::ids::PoolId;

/// Which tokens a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// ID tokens.
    Id,
    /// Access tokens.
    Access,
}

impl Use {
    /// The word in KMS aliases.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Access => "access",
        }
    }
}

/// With what a pool signs, chosen when it is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SigningAlgorithm {
    /// RSA PKCS#1 v1.5 with SHA-256 and 2048 bits, as Cognito signs.
    #[default]
    Rs256,
    /// ECDSA on P-256 with SHA-256: shorter tokens.
    Es256,
}

impl SigningAlgorithm {
    /// The name in JWTs and JWKs (RFC 7518 section 3.1).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }

    /// The same for the library that verifies.
    pub const fn to_verify(self) -> Algorithm {
        match self {
            Self::Rs256 => Algorithm::RS256,
            Self::Es256 => Algorithm::ES256,
        }
    }
}

/// Who signs with a pool's private keys, chosen when it is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signer {
    /// KMS, token by token: the private keys never leave it.
    #[default]
    Kms,
    /// This function, with keys that KMS has made and unwraps once: for pools beyond KMS's request quota.
    KmsDataKeyPair,
}

/// How a pool's keys are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signing {
    /// With what it signs.
    pub algorithm: SigningAlgorithm,
    /// Who signs.
    pub signer: Signer,
}

/// The public half of a key, its numbers in base64url (RFC 7518 sections 6.2.1 and 6.3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PublicKey {
    /// RSA.
    Rsa {
        /// The modulus.
        n: String,
        /// The public exponent.
        e: String,
    },
    /// A point on P-256.
    P256 {
        /// The first coordinate.
        x: String,
        /// The second coordinate.
        y: String,
    },
}

/// The private half of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrivateKey {
    /// The id of the KMS key that has it.
    KmsKeyId(String),
    /// It was wrapped by KMS (PKCS #8, under the sealing key): base64.
    Wrapped(String),
}

/// One version of a signing key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyVersion {
    /// RFC 7638 thumbprint (header `kid`).
    pub kid: String,
    /// The private half.
    #[serde(flatten)]
    pub private: PrivateKey,
    /// The public half.
    #[serde(flatten)]
    pub public: PublicKey,
}

/// How a pool signs. The first version of each list signs, all are published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SigningKeys {
    /// KMS signs each token; the private keys never leave it.
    Kms {
        /// For ID tokens.
        id: Vec<KeyVersion>,
        /// For access tokens.
        access: Vec<KeyVersion>,
    },
    /// The function signs; KMS unwraps the private keys once per warm function.
    KmsDataKeyPair {
        /// The pool, to which the wrapped keys are bound.
        pool: PoolId,
        /// For ID tokens.
        id: Vec<KeyVersion>,
        /// For access tokens.
        access: Vec<KeyVersion>,
    },
}

impl PublicKey {
    /// The public key of `algorithm` from its DER (`SubjectPublicKeyInfo`).
    ///
    /// # Errors
    /// `InternalErrorException` when that is another kind of key.
    pub fn new(algorithm: SigningAlgorithm, der: &[u8]) -> Result<Self, Fault> {
        Ok(match algorithm {
            SigningAlgorithm::Rs256 => {
                let key = aws_lc_rs::rsa::PublicKey::from_der(der).map_err(Fault::internal)?;
                Self::Rsa {
                    n: base64url(key.modulus().big_endian_without_leading_zero()),
                    e: base64url(key.exponent().big_endian_without_leading_zero()),
                }
            }
            SigningAlgorithm::Es256 => {
                let (x, y) = ecdsa::coordinates(der)?;
                Self::P256 {
                    x: base64url(&x),
                    y: base64url(&y),
                }
            }
        })
    }

    /// What the key signs with.
    pub const fn algorithm(&self) -> SigningAlgorithm {
        match self {
            Self::Rsa { .. } => SigningAlgorithm::Rs256,
            Self::P256 { .. } => SigningAlgorithm::Es256,
        }
    }

    /// RFC 7638: the hash of the members that make the key, in the order of their names.
    fn thumbprint(&self) -> String {
        let members = match self {
            Self::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            Self::P256 { x, y } => format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#),
        };
        base64url(digest(&SHA256, members.as_bytes()).as_ref())
    }
}

impl KeyVersion {
    /// A version of a key.
    pub fn new(private: PrivateKey, public: PublicKey) -> Self {
        Self {
            kid: public.thumbprint(),
            private,
            public,
        }
    }

    /// The key as a JWK set publishes it (RFC 7517 section 4).
    pub fn to_jwk(&self) -> Value {
        let (kid, alg) = (&self.kid, self.public.algorithm().as_str());
        match &self.public {
            PublicKey::Rsa { n, e } => {
                json!({ "alg": alg, "e": e, "kid": kid, "kty": "RSA", "n": n, "use": "sig" })
            }
            PublicKey::P256 { x, y } => {
                json!({ "alg": alg, "crv": "P-256", "kid": kid, "kty": "EC", "use": "sig", "x": x, "y": y })
            }
        }
    }

    /// The key as the library that verifies takes it.
    ///
    /// # Errors
    /// `InternalErrorException` when the stored key is damaged.
    pub fn to_verify(&self) -> Result<DecodingKey, Fault> {
        match &self.public {
            PublicKey::Rsa { n, e } => DecodingKey::from_rsa_components(n, e),
            PublicKey::P256 { x, y } => DecodingKey::from_ec_components(x, y),
        }
        .map_err(Fault::internal)
    }
}

impl SigningKeys {
    /// Keys with one version each.
    pub fn new(pool: &PoolId, signer: Signer, id: KeyVersion, access: KeyVersion) -> Self {
        let (id, access) = (vec![id], vec![access]);
        match signer {
            Signer::Kms => Self::Kms { id, access },
            Signer::KmsDataKeyPair => Self::KmsDataKeyPair {
                pool: pool.clone(),
                id,
                access,
            },
        }
    }

    /// The versions of the key for `usage`; the first one signs.
    pub fn versions(&self, usage: Use) -> &[KeyVersion] {
        let (Self::Kms { id, access } | Self::KmsDataKeyPair { id, access, .. }) = self;
        match usage {
            Use::Id => id,
            Use::Access => access,
        }
    }

    /// The version that signs.
    ///
    /// # Errors
    /// `InternalErrorException` when there is none.
    pub fn current(&self, usage: Use) -> Result<&KeyVersion, Fault> {
        self.versions(usage)
            .first()
            .ok_or_else(|| Fault::internal("the pool has no signing key"))
    }

    /// Every version of every key.
    pub fn all(&self) -> impl Iterator<Item = &KeyVersion> {
        self.versions(Use::Id).iter().chain(self.versions(Use::Access))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_from_what_earlier_versions_stored() {
        let stored = r#"{"mode":"KMS","id":[{"kid":"k","kms_key_id":"i","n":"n","e":"AQAB"}],"access":[]}"#;
        let keys: SigningKeys = serde_json::from_str(stored).unwrap();
        let key = keys.current(Use::Id).unwrap();
        assert_eq!(key.private, PrivateKey::KmsKeyId("i".to_owned()));
        assert_eq!(key.public.algorithm(), SigningAlgorithm::Rs256);
        assert!(keys.current(Use::Access).is_err());
        let again: Value = serde_json::to_value(&keys).unwrap();
        assert_eq!(again, serde_json::from_str::<Value>(stored).unwrap());
    }

    #[test]
    fn keys_of_every_kind_go_through_the_table() {
        for public in [
            PublicKey::Rsa {
                n: "n".to_owned(),
                e: "AQAB".to_owned(),
            },
            PublicKey::P256 {
                x: "x".to_owned(),
                y: "y".to_owned(),
            },
        ] {
            for (signer, private) in [
                (Signer::Kms, PrivateKey::KmsKeyId("i".to_owned())),
                (Signer::KmsDataKeyPair, PrivateKey::Wrapped("AAAA".to_owned())),
            ] {
                let version = KeyVersion::new(private, public.clone());
                let keys =
                    SigningKeys::new(&"eu-west-1_a".parse().unwrap(), signer, version.clone(), version);
                let item: aws_sdk_dynamodb::types::AttributeValue =
                    serde_dynamo::to_attribute_value(&keys).unwrap();
                assert_eq!(
                    serde_dynamo::from_attribute_value::<_, SigningKeys>(item).unwrap(),
                    keys
                );
            }
        }
    }

    #[test]
    fn a_thumbprint_is_that_of_rfc_7638() {
        // The example of section 3.1.
        let n = concat!(
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjB",
            "ZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8",
            "KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_",
            "xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
        );
        let key = PublicKey::Rsa {
            n: n.to_owned(),
            e: "AQAB".to_owned(),
        };
        assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }
}
