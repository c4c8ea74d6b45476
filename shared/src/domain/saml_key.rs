//! The key with which a pool signs its requests to SAML identity providers.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A pool's key and its certificate, as storage has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamlKey {
    /// The self-signed certificate (X.509, DER), which providers are given to know the pool's requests by.
    #[serde(with = "crate::crypto::base64_text")]
    pub certificate: Vec<u8>,
    /// The private key (PKCS #8, DER), sealed under the pool's data key for
    /// [`Purpose::SamlKey`](crate::crypto::seal::Purpose::SamlKey) and the pool's id.
    #[serde(with = "crate::crypto::base64_text")]
    pub sealed_key: Vec<u8>,
    /// When both were made.
    pub created_at: Timestamp,
}
