//! A pool with one client, and keys that are at hand.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use gatehouse::crypto::base64url;
use gatehouse::domain::ids::PoolId;
use gatehouse::domain::pool::{Pool, PoolRecord};
use gatehouse::domain::pool_mfa::MfaDocument;
use gatehouse::tokens::keys::{
    KeyVersion, PrivateKey, PublicKey, Signer, SigningAlgorithm, SigningKeys, Use,
};

/// The private half of a pool's key.
pub enum Private {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

impl Private {
    /// A new key of `algorithm`.
    pub fn generate(algorithm: SigningAlgorithm) -> Self {
        match algorithm {
            SigningAlgorithm::Rs256 => Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()),
            SigningAlgorithm::Es256 => {
                Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
            }
        }
    }

    fn public(&self) -> PublicKey {
        let der = |key: &dyn AsDer<PublicKeyX509Der<'static>>| key.as_der().unwrap().as_ref().to_vec();
        match self {
            Self::Rsa(key) => PublicKey::new(SigningAlgorithm::Rs256, &der(key.public_key())),
            Self::P256(key) => PublicKey::new(SigningAlgorithm::Es256, &der(key.public_key())),
        }
        .unwrap()
    }

    /// The JWT that begins with `message`.
    pub fn sign(&self, message: &str) -> String {
        let random = SystemRandom::new();
        let signature = match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature)
                    .unwrap();
                signature
            }
            Self::P256(key) => key.sign(&random, message.as_bytes()).unwrap().as_ref().to_vec(),
        };
        format!("{message}.{}", base64url(&signature))
    }
}

/// A pool that signs everything with `key`.
pub fn pool(key: &Private) -> Pool {
    let id: PoolId = "us-east-1_Gatehouse".parse().unwrap();
    let version = KeyVersion::new(PrivateKey::KmsKeyId("1".to_owned()), key.public());
    let keys = SigningKeys::new(&id, Signer::Kms, version.clone(), version);
    let document = r#"{"Name":"p"}"#.to_owned();
    Pool::parse(PoolRecord::new(
        id,
        document,
        MfaDocument::default(),
        keys,
        Vec::new(),
    ))
    .unwrap()
}

/// The key by which `pool` signs access tokens.
pub fn version(pool: &Pool) -> &KeyVersion {
    pool.record.signing_keys.current(Use::Access).unwrap()
}
