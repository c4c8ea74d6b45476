//! Signing in the function itself, with private keys that KMS has made and unwrapped.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair};

use super::keys::SigningAlgorithm;
use crate::Fault;

/// A private key in this function's memory.
pub(super) enum LocalKey {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

impl LocalKey {
    /// The key of `algorithm` from its PKCS #8 form.
    pub(super) fn new(algorithm: SigningAlgorithm, pkcs8: &[u8]) -> Result<Self, Fault> {
        Ok(match algorithm {
            SigningAlgorithm::Rs256 => Self::Rsa(RsaKeyPair::from_pkcs8(pkcs8).map_err(Fault::internal)?),
            SigningAlgorithm::Es256 => Self::P256(
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(Fault::internal)?,
            ),
        })
    }

    /// The signature of `message` as a JWT carries it (RFC 7518 sections 3.3 and 3.4).
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(Fault::internal)?;
                Ok(signature)
            }
            Self::P256(key) => {
                let signature = key.sign(&random, message).map_err(Fault::internal)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }
}

impl std::fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LocalKey(…)")
    }
}
