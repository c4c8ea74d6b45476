//! A pool's signing keys: KMS keeps the private halves, the pool's configuration the public ones.

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::Fault;
use crate::crypto::base64url;

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

/// One version of a signing key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyVersion {
    /// RFC 7638 thumbprint (header `kid`).
    pub kid: String,
    /// The id of the KMS key.
    pub kms_key_id: String,
    /// RSA modulus, base64url (RFC 7518 section 6.3.1.1).
    pub n: String,
    /// RSA public exponent, base64url.
    pub e: String,
}

/// How a pool signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SigningKeys {
    /// KMS signs each token; the private keys never leave it. The first version of each list signs, all are
    /// published.
    Kms {
        /// For ID tokens.
        id: Vec<KeyVersion>,
        /// For access tokens.
        access: Vec<KeyVersion>,
    },
}

impl KeyVersion {
    /// A version of the KMS key `kms_key_id`, from its public key (DER `SubjectPublicKeyInfo`).
    ///
    /// # Errors
    /// `InternalErrorException` when that is no RSA key.
    pub fn new(kms_key_id: &str, public_key: &[u8]) -> Result<Self, Fault> {
        let key = aws_lc_rs::rsa::PublicKey::from_der(public_key).map_err(Fault::internal)?;
        let n = base64url(key.modulus().big_endian_without_leading_zero());
        let e = base64url(key.exponent().big_endian_without_leading_zero());
        let thumbprint = digest(
            &SHA256,
            format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#).as_bytes(),
        );
        Ok(Self {
            kid: base64url(thumbprint.as_ref()),
            kms_key_id: kms_key_id.to_owned(),
            n,
            e,
        })
    }
}

impl SigningKeys {
    /// The versions of the key for `usage`; the first one signs.
    pub fn versions(&self, usage: Use) -> &[KeyVersion] {
        match (self, usage) {
            (Self::Kms { id, .. }, Use::Id) => id,
            (Self::Kms { access, .. }, Use::Access) => access,
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
