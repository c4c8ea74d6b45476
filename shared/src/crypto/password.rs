//! What a pool keeps of a password: an Argon2id hash and, where a client allows SRP, a verifier. Both are sealed.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
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

fn argon2() -> Result<Argon2<'static>, Fault> {
    Ok(Argon2::new(
        Algorithm::Argon2id,
        Version::V0x13,
        Params::new(19 * 1024, 2, 1, None).map_err(Fault::internal)?,
    ))
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
        let salt = random_bytes::<16>(entropy);
        let hash = argon2()?
            .hash_password_with_salt(password.expose().as_bytes(), &salt)
            .map_err(Fault::internal)?
            .to_string();
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
    argon2().is_ok_and(|argon2| {
        argon2
            .verify_password(password.expose().as_bytes(), &hash)
            .is_ok()
    })
}

/// Spends the time of a verification on a user who has no password, so that time tells nothing.
pub fn verify_nothing(password: &Sensitive) {
    let mut out = [0; 32];
    if let Ok(argon2) = argon2() {
        // The result is of no interest, only the work.
        let _ = argon2.hash_password_into(password.expose().as_bytes(), b"no such password", &mut out);
    }
    std::hint::black_box(out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::Counting;

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
