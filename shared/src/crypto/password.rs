//! What a pool keeps of a password: an Argon2id hash and, where a client allows SRP, a verifier. Both are sealed.

use std::cell::RefCell;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
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

thread_local! {
    /// Where hashes are computed. It stays: 19 MiB that come and go with every hash leave holes in the heap, which small
    /// values settle in, and so a warm function would grow without end.
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

fn params() -> Result<Params, Fault> {
    Params::new(19 * 1024, 2, 1, None).map_err(Fault::internal)
}

/// The Argon2id hash of a password.
fn compute(params: Params, password: &Sensitive, salt: &[u8]) -> Result<Output, Fault> {
    MEMORY.with_borrow_mut(|memory| {
        let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
        memory.resize(params.block_count(), Block::default());
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(
                password.expose().as_bytes(),
                salt,
                &mut out,
                memory.as_mut_slice(),
            )
            .map_err(Fault::internal)?;
        Output::new(&out).map_err(Fault::internal)
    })
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
        let (params, salt) = (params()?, random_bytes::<16>(entropy));
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params).map_err(Fault::internal)?,
            salt: Some(Salt::new(&salt).map_err(Fault::internal)?),
            hash: Some(compute(params, password, &salt)?),
        };
        let hash = hash.to_string();
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
    let Ok(known) = PasswordHash::new(hash.expose()) else {
        return false;
    };
    let (Ok(params), Some(salt), Some(expected)) = (Params::try_from(&known), known.salt, known.hash) else {
        return false;
    };
    // Outputs are compared in constant time.
    compute(params, password, &salt).is_ok_and(|output| output == expected)
}

/// Spends the time of a verification on a user who has no password, so that time tells nothing.
pub fn verify_nothing(password: &Sensitive) {
    // The result is of no interest, only the work.
    let _ = std::hint::black_box(params().and_then(|params| compute(params, password, b"no such password")));
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

    #[test]
    fn what_another_implementation_hashed_is_verified() {
        // By argon2-cffi, of the reference implementation.
        let hash = "$argon2id$v=19$m=19456,t=2,p=1$c2l4dGVlbiBieXRlcyBvaw$HjnE2UY0cEK7VfS0blskqFyRBnoG6S9t8Brkn/kpaqc";
        let credentials = Credentials {
            hash: Sensitive::from(hash),
            srp: None,
            earlier: Vec::new(),
        };
        // Other memory than that of the hash before.
        let smaller =
            "$argon2id$v=19$m=64,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$HjnE2UY0cEK7VfS0blskqFyRBnoG6S9t8Brkn/kpaqc";
        assert!(credentials.verify(&Sensitive::from("Correct-horse1")));
        assert!(!matches(
            &Sensitive::from(smaller),
            &Sensitive::from("Correct-horse1")
        ));
        assert!(credentials.verify(&Sensitive::from("Correct-horse1")));
        assert!(!credentials.verify(&Sensitive::from("Correct-horse2")));
        for damaged in [
            "",
            "$argon2id$",
            &hash[..40],
            "$argon2id$v=19$m=1,t=0,p=0$c2l4dGVlbiBieXRlcyBvaw$AAAA",
        ] {
            assert!(
                !matches(&Sensitive::from(damaged), &Sensitive::from("Correct-horse1")),
                "{damaged}"
            );
        }
    }
}
