//! What a pool keeps of a password: an Argon2id hash and, where a client allows SRP, a verifier. Both are sealed.

use std::sync::{Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use gatehouse_model::Sensitive;
use serde::{Deserialize, Serialize};

use super::seal::{DataKey, Purpose};
use crate::Fault;
use crate::ambient::{Entropy, random_bytes};
use crate::domain::ids::{PoolId, UserKey, Username};
use crate::protocol::srp::Verifier;

/// The unsealed form.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// Argon2id in PHC string format: 19 MiB, two passes, one lane (OWASP's first choice).
    hash: Sensitive,
    /// The SRP verifier's bytes, base64.
    srp: Option<Sensitive>,
    /// Hashes of earlier passwords, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<Sensitive>,
}

/// The length of a hash, in bytes.
const LENGTH: usize = Params::DEFAULT_OUTPUT_LEN;

/// What Argon2 works in, the same for every hash of a function. Taken anew each time, 19 MiB come to lie above what lives
/// longer and are never given back: after a thousand passwords a function would be a gigabyte.
static MEMORY: Mutex<Vec<Block>> = Mutex::new(Vec::new());

fn params() -> Result<Params, argon2::Error> {
    Params::new(19 * 1024, 2, 1, None)
}

/// The Argon2id hash of a password.
fn argon2id(password: &Sensitive, salt: &[u8], params: Params) -> Result<[u8; LENGTH], argon2::Error> {
    let mut memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    let blocks = params.block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::new());
    }
    let mut out = [0; LENGTH];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
        password.expose().as_bytes(),
        salt,
        &mut out,
        memory.as_mut_slice(),
    )?;
    Ok(out)
}

/// A new hash in PHC string format.
fn hash(password: &Sensitive, salt: &[u8]) -> Result<String, Fault> {
    let params = params().map_err(Fault::internal)?;
    let hash = argon2id(password, salt, params.clone()).map_err(Fault::internal)?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).map_err(Fault::internal)?,
        salt: Some(Salt::new(salt).map_err(Fault::internal)?),
        hash: Some(Output::new(&hash).map_err(Fault::internal)?),
    };
    Ok(hash.to_string())
}

fn context(pool: &PoolId, user: &UserKey) -> String {
    format!("{pool}#{user}")
}

impl Credentials {
    /// The credentials of a new password; with an SRP verifier for `srp_name` where SRP is allowed.
    ///
    /// # Errors
    /// `InternalErrorException` when hashing fails.
    pub fn create(
        password: &Sensitive,
        pool: &PoolId,
        srp_name: Option<&Username>,
        entropy: &dyn Entropy,
    ) -> Result<Self, Fault> {
        let hash = hash(password, &random_bytes::<16>(entropy))?;
        let srp = srp_name.map(|name| verifier(password, pool, name, entropy));
        Ok(Self {
            hash: Sensitive::from(hash),
            srp,
            earlier: Vec::new(),
        })
    }

    /// The same credentials with an SRP verifier of their password.
    #[must_use]
    pub fn with_srp(
        self,
        password: &Sensitive,
        pool: &PoolId,
        name: &Username,
        entropy: &dyn Entropy,
    ) -> Self {
        Self {
            srp: Some(verifier(password, pool, name, entropy)),
            ..self
        }
    }

    /// Whether `password` is the one. Takes the time of one Argon2id hash, right or wrong.
    pub fn verify(&self, password: &Sensitive) -> bool {
        matches(&self.hash, password)
    }

    /// Whether `password` is among the latest `count`, the present one among them.
    pub fn remembers(&self, password: &Sensitive, count: usize) -> bool {
        std::iter::once(&self.hash)
            .chain(&self.earlier)
            .take(count)
            .any(|hash| matches(hash, password))
    }

    /// These credentials, remembering those `before` them as far as a history of `count` asks for.
    #[must_use]
    pub fn after(mut self, before: Option<Self>, count: usize) -> Self {
        if let Some(mut before) = before {
            let hashes = std::iter::once(before.hash).chain(std::mem::take(&mut before.earlier));
            self.earlier = hashes.take(count.saturating_sub(1)).collect();
        }
        self
    }

    /// The SRP verifier, if there is one.
    pub fn srp(&self) -> Option<Verifier> {
        let bytes = super::from_base64(self.srp.as_ref()?.expose()).map(zeroize::Zeroizing::new)?;
        Verifier::from_bytes(&bytes)
    }

    /// Seals the credentials for their owner.
    ///
    /// # Errors
    /// `InternalErrorException` when sealing fails.
    pub fn seal(
        &self,
        key: &DataKey,
        pool: &PoolId,
        user: &UserKey,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, Fault> {
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(self).map_err(Fault::internal)?);
        key.seal(Purpose::Credentials, &context(pool, user), &plain, entropy)
    }

    /// Opens the credentials of their owner.
    ///
    /// # Errors
    /// `InternalErrorException` when they are damaged or another's.
    pub fn open(key: &DataKey, pool: &PoolId, user: &UserKey, sealed: &[u8]) -> Result<Self, Fault> {
        let plain = key
            .open(Purpose::Credentials, &context(pool, user), sealed)
            .map(zeroize::Zeroizing::new)
            .ok_or_else(|| Fault::internal("sealed credentials do not open"))?;
        serde_json::from_slice(&plain).map_err(Fault::internal)
    }
}

fn verifier(password: &Sensitive, pool: &PoolId, name: &Username, entropy: &dyn Entropy) -> Sensitive {
    let verifier = Verifier::create(pool.name(), name.as_str(), password.expose(), entropy);
    Sensitive::from(super::base64(&verifier.to_bytes()))
}

fn matches(hash: &Sensitive, password: &Sensitive) -> bool {
    let Ok(hash) = PasswordHash::new(hash.expose()) else {
        return false;
    };
    let (Some(salt), Some(expected), Ok(params)) = (&hash.salt, &hash.hash, Params::try_from(&hash)) else {
        return false;
    };
    argon2id(password, salt.as_ref(), params)
        .is_ok_and(|found| verify_slices_are_equal(&found, expected.as_bytes()).is_ok())
}

/// Spends the time of a verification on a user who has no password, so that time tells nothing.
pub fn verify_nothing(password: &Sensitive) {
    // The result is of no interest, only the work.
    let nothing = params().and_then(|params| argon2id(password, b"no such password", params));
    let _ = std::hint::black_box(nothing);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::Counting;

    #[test]
    fn what_earlier_hashes_have_left_in_memory_counts_for_nothing() {
        for password in ["Correct-horse1", "Battery-staple2", "Correct-horse1"].map(Sensitive::from) {
            let mut fresh = [0; LENGTH];
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params().unwrap())
                .hash_password_into(password.expose().as_bytes(), b"sixteen bytes ..", &mut fresh)
                .unwrap();
            assert_eq!(
                argon2id(&password, b"sixteen bytes ..", params().unwrap()),
                Ok(fresh)
            );
        }
    }

    #[test]
    fn credentials_open_for_their_owner_and_verify_their_password() {
        let entropy = Counting::default();
        let key = DataKey::new(&[9; 32]).unwrap();
        let pool: PoolId = "eu-west-1_abc".parse().unwrap();
        let (ann, bob): (UserKey, UserKey) = ("ann".parse().unwrap(), "bob".parse().unwrap());
        let password = Sensitive::from("Correct-horse1");
        let credentials =
            Credentials::create(&password, &pool, Some(&"ann".parse().unwrap()), &entropy).unwrap();
        let sealed = credentials.seal(&key, &pool, &ann, &entropy).unwrap();
        let opened = Credentials::open(&key, &pool, &ann, &sealed).unwrap();
        assert!(opened.verify(&password));
        assert!(!opened.verify(&Sensitive::from("Correct-horse2")));
        assert!(opened.srp().is_some());
        assert!(Credentials::open(&key, &pool, &bob, &sealed).is_err());
        assert!(!format!("{opened:?}").contains("argon2id"));
    }

    #[test]
    fn earlier_passwords_are_remembered_as_long_as_the_history_says() {
        let pool: PoolId = "eu-west-1_abc".parse().unwrap();
        let create = |text: &str| {
            Credentials::create(&Sensitive::from(text), &pool, None, &Counting::default()).unwrap()
        };
        let third = create("three").after(Some(create("two").after(Some(create("one")), 3)), 3);
        let remembered = |text: &str, count| third.remembers(&Sensitive::from(text), count);
        assert!(remembered("three", 1) && !remembered("two", 1));
        assert!(remembered("one", 3) && !remembered("one", 2));
        assert!(!remembered("three", 0));
    }

    #[test]
    fn without_srp_no_verifier_is_kept() {
        let pool: PoolId = "eu-west-1_abc".parse().unwrap();
        let credentials = Credentials::create(
            &Sensitive::from("Correct-horse1"),
            &pool,
            None,
            &Counting::default(),
        )
        .unwrap();
        assert!(credentials.srp().is_none());
    }
}
