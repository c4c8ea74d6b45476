//! The server's side of SRP-6a as Cognito's clients speak it: a sign-in that never sends the password.
//!
//! 1. The client sends `SRP_A`; [`PublicKey::parse`] reads it.
//! 2. [`Server::start`] answers `SRP_B` and `SALT`. Its state, and the client's key, go sealed into `SECRET_BLOCK`.
//! 3. The client signs the secret block with the key both sides now share; [`Server::verify`] checks that.
//!
//! One thing differs from the textbook and no client can tell. Cognito's g = 2 generates only the quadratic residues
//! modulo the prime, so with the textbook's B = k·v + g^b anybody may ask for a few B's of a user and discard, off
//! line, every password guess v' for which B − k·v' is not a residue: each B halves the list. Here g^b is negated at
//! random, which makes residues and others equally likely for any guess. The client, who computes with whatever
//! B − k·v is, arrives at S or −S, and [`Server::verify`] accepts either.

mod device;
mod group;
#[cfg(test)]
mod tests;
mod timestamp;

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

pub use self::device::DeviceVerifier;
use self::group::{Element, SIZE, generator_to, hash, masked, negated_if, pad, power, reduced, to_bytes};
pub use self::timestamp::parse_timestamp;
use crate::ambient::{Entropy, random_bytes};
use crate::fault::Fault;

/// HKDF's `info`, and after it the number of its only block.
const DERIVED_KEY: &[u8] = b"Caldera Derived Key\x01";

/// The salt of a user's verifier. Its first hexadecimal digit is never zero: some clients drop leading zeros
/// before they hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Salt([u8; 16]);

impl Salt {
    /// A new random salt.
    pub fn random(entropy: &dyn Entropy) -> Self {
        loop {
            if let Some(salt) = Self::from_bytes(random_bytes(entropy)) {
                return salt;
            }
        }
    }

    /// The salt that `bytes` are, unless the first digit would be zero.
    pub fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        (bytes[0] >= 0x10).then_some(Self(bytes))
    }

    /// `SALT` as the client gets it.
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

/// The salt shown for a user who does not exist: always the same for a name, and as random as a real one to
/// whoever lacks `key`.
pub fn fake_salt(key: &[u8; 32], pool_name: &str, username: &str) -> Salt {
    let mut counter = 0;
    loop {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&fake_bytes(key, *b"salt", counter, pool_name, username)[..16]);
        if let Some(salt) = Salt::from_bytes(bytes) {
            return salt;
        }
        counter += 1;
    }
}

/// The user id shown for a user who does not exist, where a pool generates user names and shows them as
/// `USER_ID_FOR_SRP` whatever alias was given: a UUID that is always the same for a name.
pub fn fake_user_id(key: &[u8; 32], pool_name: &str, username: &str) -> uuid::Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&fake_bytes(key, *b"name", 0, pool_name, username)[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// A block of bytes that depends on the key, on what it is for, on its number and on a user's name.
fn fake_bytes(key: &[u8; 32], label: [u8; 4], counter: u32, pool_name: &str, username: &str) -> [u8; 32] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    context.update(b"gatehouse srp fake ");
    context.update(&label);
    context.update(&counter.to_be_bytes());
    // The length keeps pool and user apart.
    context.update(&pool_name.len().to_be_bytes());
    context.update(pool_name.as_bytes());
    context.update(username.as_bytes());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.sign().as_ref());
    bytes
}

/// What the server keeps instead of the password. Whoever has it can try passwords off line, so it is stored sealed.
pub struct Verifier {
    salt: Salt,
    value: Zeroizing<[u8; SIZE]>,
}

impl Verifier {
    /// The verifier of a password, under a new salt.
    ///
    /// `pool_name` is the pool's id after the underscore, `user_id` what the client will be told as
    /// `USER_ID_FOR_SRP`: both are part of the verifier and can never change under it.
    pub fn create(pool_name: &str, user_id: &str, password: &str, entropy: &dyn Entropy) -> Self {
        Self::with_salt(Salt::random(entropy), pool_name, user_id, password)
    }

    fn with_salt(salt: Salt, pool_name: &str, user_id: &str, password: &str) -> Self {
        let parts = [pool_name, user_id, ":", password];
        let identity = Zeroizing::new(hash(parts.into_iter().map(str::as_bytes)));
        let x = Zeroizing::new(hash(pad(&salt.0).chain([identity.as_slice()])));
        Self {
            salt,
            value: Zeroizing::new(to_bytes(&generator_to(&x))),
        }
    }

    /// A verifier for a user who does not exist. No password opens it, and signing in against it looks and costs
    /// the same as against a real one.
    pub fn fake(key: &[u8; 32], pool_name: &str, username: &str) -> Self {
        let mut value = Zeroizing::new([0; SIZE]);
        for (counter, block) in (0..).zip(value.chunks_exact_mut(32)) {
            block.copy_from_slice(&fake_bytes(key, *b"user", counter, pool_name, username));
        }
        let value = Zeroizing::new(to_bytes(&reduced(&value)));
        Self {
            salt: fake_salt(key, pool_name, username),
            value,
        }
    }

    /// The salt the client needs.
    pub fn salt(&self) -> Salt {
        self.salt
    }

    /// The bytes to seal for storage.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        joined(&[&self.salt.0, self.value.as_slice()])
    }

    /// Reads [`Verifier::to_bytes`] back.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (salt, value) = bytes.split_first_chunk::<16>()?;
        group::element(value)?;
        Some(Self {
            salt: Salt::from_bytes(*salt)?,
            value: fixed(value)?,
        })
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(…)")
    }
}

/// A client's public value, `SRP_A`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey([u8; SIZE]);

impl PublicKey {
    /// Reads `SRP_A`.
    ///
    /// Zero modulo the prime would let anybody in without a password and is refused; so is whatever is not below
    /// the prime, which no honest client sends.
    pub fn parse(srp_a: &str) -> Result<Self, Fault> {
        Self::from_hex(srp_a).ok_or_else(|| Fault::invalid_parameter("Invalid SRP_A value."))
    }

    fn from_hex(srp_a: &str) -> Option<Self> {
        // Leading zeros change no number, but nobody needs many of them.
        if srp_a.is_empty() || srp_a.len() > 4 * SIZE {
            return None;
        }
        let digits = srp_a.trim_start_matches('0');
        let mut bytes = [0; SIZE];
        hex::decode_to_slice(format!("{digits:0>width$}", width = 2 * SIZE), &mut bytes).ok()?;
        Self::from_bytes(&bytes)
    }

    /// The bytes to seal beside the server's state.
    pub fn to_bytes(&self) -> [u8; SIZE] {
        self.0
    }

    /// Reads [`PublicKey::to_bytes`] back.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        group::element(bytes)?;
        Some(Self(bytes.try_into().ok()?))
    }
}

/// The server between its two steps. It is secret until the sign-in is over: whoever knew it could try passwords
/// off line.
pub struct Server {
    /// The exponent b.
    secret: Zeroizing<[u8; 32]>,
    /// B, which the client got as `SRP_B`.
    public: [u8; SIZE],
    /// The user's verifier v.
    verifier: Zeroizing<[u8; SIZE]>,
}

impl Server {
    /// Length of [`Server::to_bytes`].
    pub const BYTES: usize = 32 + 2 * SIZE;

    /// Draws the server's secret and computes `SRP_B` in hexadecimal.
    pub fn start(verifier: &Verifier, entropy: &dyn Entropy) -> (Self, String) {
        Self::begin(&verifier.value, entropy)
    }

    fn begin(verifier: &Zeroizing<[u8; SIZE]>, entropy: &dyn Entropy) -> (Self, String) {
        loop {
            let secret = Zeroizing::new(random_bytes(entropy));
            let [sign] = random_bytes(entropy);
            let hidden = negated_if(&generator_to(&secret), sign);
            let public = to_bytes(&(masked(&reduced(verifier)) + hidden));
            // As with salts, clients differ in what they do with a leading zero. One draw in sixteen is repeated.
            if public[0] >= 0x10 {
                let server = Self {
                    secret,
                    public,
                    verifier: verifier.clone(),
                };
                return (server, hex::encode(public));
            }
        }
    }

    /// Whether `signature` proves that the client knows the password.
    ///
    /// `client` has to be the key with which this exchange began; `secret_block` is `PASSWORD_CLAIM_SECRET_BLOCK`
    /// decoded from base64, `timestamp` is `TIMESTAMP` as the client wrote it.
    pub fn verify(
        &self,
        client: &PublicKey,
        pool_name: &str,
        user_id: &str,
        secret_block: &[u8],
        timestamp: &str,
        signature: &[u8],
    ) -> bool {
        let scrambler = hash(pad(&client.0).chain(pad(&self.public)));
        if scrambler == [0; 32] {
            return false;
        }
        let password_half = power(&reduced(&self.verifier), &scrambler);
        let shared = power(&(reduced(&client.0) * password_half), &self.secret);
        let mut proved = false;
        // Which of the two the client has depends on g^b's sign and on numbers that only the client knows.
        for candidate in [shared, -shared] {
            let mut tag = hmac::Context::with_key(&session_key(&candidate, &scrambler));
            for part in [
                pool_name.as_bytes(),
                user_id.as_bytes(),
                secret_block,
                timestamp.as_bytes(),
            ] {
                tag.update(part);
            }
            proved |= verify_slices_are_equal(tag.sign().as_ref(), signature).is_ok();
        }
        proved
    }

    /// The bytes to seal into `SECRET_BLOCK`.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        joined(&[self.secret.as_slice(), &self.public, self.verifier.as_slice()])
    }

    /// Reads [`Server::to_bytes`] back.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (secret, rest) = bytes.split_first_chunk::<32>()?;
        let (public, verifier) = rest.split_first_chunk::<SIZE>()?;
        group::element(public)?;
        group::element(verifier)?;
        Some(Self {
            secret: Zeroizing::new(*secret),
            public: *public,
            verifier: fixed(verifier)?,
        })
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Server(…)")
    }
}

/// HKDF-SHA256 of S, with u as its salt, cut to 16 bytes: the key under which the client signs.
fn session_key(shared: &Element, scrambler: &[u8; 32]) -> hmac::Key {
    let shared = Zeroizing::new(to_bytes(shared));
    let salt: Vec<u8> = pad(scrambler).flatten().copied().collect();
    let mut extract = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &salt));
    for part in pad(shared.as_slice()) {
        extract.update(part);
    }
    let pseudorandom = hmac::Key::new(hmac::HMAC_SHA256, extract.sign().as_ref());
    hmac::Key::new(
        hmac::HMAC_SHA256,
        &hmac::sign(&pseudorandom, DERIVED_KEY).as_ref()[..16],
    )
}

/// One wiped buffer of the right size, so that no copy is left behind by growing.
fn joined(parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len()).sum()));
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes
}

fn fixed(bytes: &[u8]) -> Option<Zeroizing<[u8; SIZE]>> {
    bytes.try_into().ok().map(Zeroizing::new)
}
