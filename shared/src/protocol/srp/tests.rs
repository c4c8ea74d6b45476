//! The server against pycognito's recorded sign-ins, and against a client written on another library.

use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use num_bigint::{BigInt, BigUint, Sign};
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::ambient::fixed::Counting;
use crate::fault::FaultKind;

const NOW: &str = "Sun Nov 22 21:04:54 UTC 2026";
const BLOCK: &[u8] = b"the sealed state";

/// A sign-in in tests/vectors/srp.json.
#[derive(Deserialize)]
struct Recorded {
    shape: String,
    pool: String,
    user_id: String,
    password: String,
    negated: bool,
    timestamp: String,
    salt: String,
    srp_a: String,
    b: String,
    srp_b: String,
    verifier: String,
    secret_block: String,
    signature: String,
}

impl Recorded {
    fn all() -> Vec<Self> {
        serde_json::from_str(include_str!("../../../../tests/vectors/srp.json")).unwrap()
    }

    fn pool_name(&self) -> &str {
        self.pool.split_once('_').unwrap().1
    }

    fn verifier(&self, password: &str) -> Verifier {
        let salt = Salt::from_bytes(hex::decode(&self.salt).unwrap().try_into().unwrap()).unwrap();
        assert_eq!(salt.to_hex(), self.salt);
        Verifier::with_salt(salt, self.pool_name(), &self.user_id, password)
    }

    fn server(&self, verifier: &Verifier) -> Server {
        let public = hex::decode(format!("{:0>768}", self.srp_b)).unwrap();
        let state = [hex::decode(&self.b).unwrap(), public, verifier.value.to_vec()].concat();
        Server::from_bytes(&state).unwrap()
    }

    fn verify(&self, server: &Server, pool_name: &str, timestamp: &str) -> bool {
        let block = STANDARD.decode(&self.secret_block).unwrap();
        let signature = STANDARD.decode(&self.signature).unwrap();
        let key = PublicKey::parse(&self.srp_a).unwrap();
        server.verify(&key, pool_name, &self.user_id, &block, timestamp, &signature)
    }
}

/// Gives the bytes it was given, then those of a counter.
struct Replay(Mutex<Vec<u8>>, Counting);

impl Replay {
    fn new(bytes: Vec<u8>) -> Self {
        Self(Mutex::new(bytes), Counting::default())
    }
}

impl Entropy for Replay {
    fn fill(&self, bytes: &mut [u8]) {
        self.1.fill(bytes);
        let mut given = self.0.lock().unwrap();
        let length = bytes.len().min(given.len());
        bytes[..length].copy_from_slice(&given[..length]);
        given.drain(..length);
    }
}

/// The same protocol from the client's side, over num-bigint: nothing here is shared with the server.
struct Client {
    n: BigUint,
    a: BigUint,
    public: BigUint,
}

impl Client {
    fn new(a: &[u8]) -> Self {
        let n = BigUint::from_bytes_be(&rfc3526_prime());
        let a = BigUint::from_bytes_be(a);
        Self {
            public: BigUint::from(2_u8).modpow(&a, &n),
            n,
            a,
        }
    }

    fn srp_a(&self) -> String {
        self.public.to_str_radix(16)
    }

    /// What `BigInteger.toByteArray` gives in Java.
    fn signed_bytes(number: &BigUint) -> Vec<u8> {
        BigInt::from_biguint(Sign::Plus, number.clone()).to_signed_bytes_be()
    }

    fn sign(&self, pool: &str, user: &str, password: &str, salt: &str, srp_b: &str) -> Vec<u8> {
        let b = BigUint::parse_bytes(srp_b.as_bytes(), 16).unwrap();
        let u = sha256(&[Self::signed_bytes(&self.public), Self::signed_bytes(&b)].concat());
        let identity = sha256(format!("{pool}{user}:{password}").as_bytes());
        let salt = BigUint::parse_bytes(salt.as_bytes(), 16).unwrap();
        let x = BigUint::from_bytes_be(&sha256(&[Self::signed_bytes(&salt), identity].concat()));
        let k = BigUint::from_bytes_be(&sha256(&[Self::signed_bytes(&self.n), vec![2]].concat()));
        let mask = k * BigUint::from(2_u8).modpow(&x, &self.n) % &self.n;
        let u = BigUint::from_bytes_be(&u);
        let shared = ((b + &self.n) - mask).modpow(&(&self.a + &u * x), &self.n);
        let first = hmac_sha256(&Self::signed_bytes(&u), &Self::signed_bytes(&shared));
        let key = hmac_sha256(&first, b"Caldera Derived Key\x01");
        hmac_sha256(
            &key[..16],
            &[pool.as_bytes(), user.as_bytes(), BLOCK, NOW.as_bytes()].concat(),
        )
    }
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes)
        .as_ref()
        .to_vec()
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message)
        .as_ref()
        .to_vec()
}

/// 2^3072 - 2^3008 - 1 + 2^64 * (floor(2^2942 pi) + 1690314), as RFC 3526 defines it: pi is
/// 16 atan(1/5) - 4 atan(1/239), with some digits to spare.
pub(super) fn rfc3526_prime() -> Vec<u8> {
    let bits = 2942 + 64;
    let one = BigUint::from(1_u8) << bits;
    let arctangent = |inverse: u32| {
        let (mut sum, mut power, mut divisor, mut add) = (BigInt::from(0), &one / inverse, 1_u32, true);
        while power != BigUint::from(0_u8) {
            let term = BigInt::from(&power / divisor);
            sum = if add { sum + term } else { sum - term };
            power /= inverse * inverse;
            (divisor, add) = (divisor + 2, !add);
        }
        sum
    };
    let pi: BigInt = (arctangent(5) * 16 - arctangent(239) * 4) >> 64;
    let two = BigInt::from(2);
    let prime: BigInt = two.pow(3072) - two.pow(3008) - 1 + two.pow(64) * (pi + 1_690_314);
    prime.to_bytes_be().1
}

fn exchange(verifier: &Verifier, seed: [u8; 32], password: &str) -> bool {
    let client = Client::new(&seed);
    let (server, srp_b) = Server::start(verifier, &Replay::new([sha256(&seed), seed.to_vec()].concat()));
    let server = Server::from_bytes(&server.to_bytes()).unwrap();
    let signature = client.sign("pool", "user", password, &verifier.salt().to_hex(), &srp_b);
    let key = PublicKey::parse(&client.srp_a()).unwrap();
    server.verify(&key, "pool", "user", BLOCK, NOW, &signature)
}

#[test]
fn the_prime_is_the_one_of_rfc_3526() {
    let ours = crypto_bigint::modular::ConstMontyForm::<group::Prime, 48>::MODULUS.to_be_bytes();
    assert_eq!(ours.as_ref(), rfc3526_prime());
}

#[test]
fn recorded_sign_ins_succeed() {
    let recorded = Recorded::all();
    assert!(recorded.len() >= 20);
    for case in recorded {
        let verifier = case.verifier(&case.password);
        assert_eq!(
            hex::encode(verifier.value.as_slice()),
            case.verifier,
            "{}",
            case.shape
        );
        assert!(
            case.verify(&case.server(&verifier), case.pool_name(), &case.timestamp),
            "{}",
            case.shape
        );
    }
}

#[test]
fn recorded_srp_b_is_what_the_server_computes() {
    let mut seen = 0;
    for case in Recorded::all().iter().filter(|case| case.srp_b.len() == 768) {
        let random = [hex::decode(&case.b).unwrap(), vec![u8::from(case.negated)]].concat();
        let (server, srp_b) = Server::start(&case.verifier(&case.password), &Replay::new(random));
        assert_eq!(srp_b, case.srp_b, "{}", case.shape);
        assert!(
            case.verify(&server, case.pool_name(), &case.timestamp),
            "{}",
            case.shape
        );
        seen += 1;
    }
    assert!(seen >= 16);
}

#[test]
fn anything_else_than_the_recorded_sign_in_is_refused() {
    for case in Recorded::all().iter().take(3) {
        let good = case.verifier(&case.password);
        let server = case.server(&good);
        let wrong = case.server(&case.verifier(&format!("{}x", case.password)));
        assert!(
            !case.verify(&wrong, case.pool_name(), &case.timestamp),
            "wrong password"
        );
        assert!(!case.verify(&server, "other", &case.timestamp), "wrong pool");
        assert!(!case.verify(&server, case.pool_name(), NOW), "wrong timestamp");
        let key = PublicKey::parse(&case.srp_a).unwrap();
        let block = STANDARD.decode(&case.secret_block).unwrap();
        let signature = STANDARD.decode(&case.signature).unwrap();
        let verify = |key: &PublicKey, user: &str, block: &[u8], signature: &[u8]| {
            server.verify(key, case.pool_name(), user, block, &case.timestamp, signature)
        };
        assert!(verify(&key, &case.user_id, &block, &signature));
        assert!(!verify(&key, "other", &block, &signature), "wrong user");
        assert!(
            !verify(&key, &case.user_id, &block[1..], &signature),
            "wrong secret block"
        );
        assert!(
            !verify(&key, &case.user_id, &block, &signature[..31]),
            "short signature"
        );
        assert!(!verify(&key, &case.user_id, &block, &[]), "no signature");
        assert!(
            !verify(&PublicKey::parse("2").unwrap(), &case.user_id, &block, &signature),
            "other A"
        );
    }
}

#[test]
fn public_keys_that_help_an_attacker_or_are_no_numbers_are_refused() {
    let n = BigUint::from_bytes_be(&rfc3526_prime());
    let multiples = [
        n.to_str_radix(16),
        (&n * 2_u8).to_str_radix(16),
        (&n * &n).to_str_radix(16),
    ];
    let above = (&n + 1_u8).to_str_radix(16);
    let long = "1".repeat(100_000);
    let zeros = "0".repeat(2000);
    for bad in [
        "", "0", "00", "g", "-1", "+1", "0x1", " 1", "1 ", "é1", &above, &long, &zeros,
    ] {
        let fault = PublicKey::parse(bad).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::InvalidParameter);
        assert_eq!(fault.message(), "Invalid SRP_A value.");
    }
    for bad in &multiples {
        assert!(PublicKey::parse(bad).is_err());
    }
    let largest = (&n - 1_u8).to_str_radix(16);
    for good in ["1", "abc", "ABC", "0abc", "00abc", largest.as_str()] {
        let key = PublicKey::parse(good).unwrap();
        assert_eq!(
            BigUint::from_bytes_be(&key.to_bytes()),
            BigUint::parse_bytes(good.as_bytes(), 16).unwrap()
        );
        assert_eq!(PublicKey::from_bytes(&key.to_bytes()), Some(key));
    }
    assert_eq!(PublicKey::from_bytes(&[1; 383]), None);
    assert_eq!(PublicKey::from_bytes(&[0; 384]), None);
}

#[test]
fn salts_never_start_with_a_zero_digit() {
    let entropy = Counting::default();
    let (mut low, mut high) = (0, 0);
    for number in 0..2000 {
        for salt in [
            Salt::random(&entropy),
            fake_salt(&[7; 32], "pool", &number.to_string()),
        ] {
            let digits = salt.to_hex();
            assert!(digits.len() == 32 && !digits.starts_with('0'));
            low += u32::from(digits.starts_with('1'));
            high += u32::from(digits.starts_with('f'));
        }
    }
    // 4000 salts over fifteen digits.
    assert!(
        (200..340).contains(&low) && (200..340).contains(&high),
        "{low} {high}"
    );
    assert_eq!(Salt::from_bytes([0x0f; 16]), None);
}

#[test]
fn an_unknown_user_always_shows_the_same_salt_and_nobody_signs_in() {
    let key = [7; 32];
    let salt = fake_salt(&key, "pool", "ann");
    assert_eq!(salt, fake_salt(&key, "pool", "ann"));
    assert_eq!(salt, Verifier::fake(&key, "pool", "ann").salt());
    assert_ne!(salt, fake_salt(&[8; 32], "pool", "ann"));
    assert_ne!(salt, fake_salt(&key, "pool", "bob"));
    assert_ne!(salt, fake_salt(&key, "poo", "lann"));
    let id = fake_user_id(&key, "pool", "ann");
    assert_eq!(id, fake_user_id(&key, "pool", "ann"));
    assert_ne!(id, fake_user_id(&key, "pool", "bob"));
    assert_eq!(id.get_version_num(), 4);
    assert_ne!(id.as_bytes()[..], salt.0);
    let fake = Verifier::fake(&key, "pool", "ann");
    assert_eq!(fake.value, Verifier::fake(&key, "pool", "ann").value);
    assert_ne!(fake.value, Verifier::fake(&key, "pool", "bob").value);
    let entropy = Counting::default();
    assert_ne!(Server::start(&fake, &entropy).1, Server::start(&fake, &entropy).1);
    assert!(!exchange(&fake, [3; 32], "password"));
}

#[test]
fn guesses_cannot_be_sorted_out_by_quadratic_residues() {
    // With the textbook's B, the right verifier leaves a residue every time and a wrong one half of the time.
    let entropy = Counting::default();
    let verifier = Verifier::create("pool", "user", "password", &entropy);
    let n = BigUint::from_bytes_be(&rfc3526_prime());
    let mask = BigUint::from_bytes_be(&to_bytes(&masked(&reduced(&verifier.value))));
    let half = (&n - 1_u8) / 2_u8;
    let residues = (0..24)
        .filter(|_| {
            let (_, srp_b) = Server::start(&verifier, &entropy);
            let b = BigUint::parse_bytes(srp_b.as_bytes(), 16).unwrap();
            (b + &n - &mask).modpow(&half, &n) == BigUint::from(1_u8)
        })
        .count();
    assert!((3..=21).contains(&residues), "{residues} of 24");
}

#[test]
fn srp_b_has_all_its_digits_and_is_new_every_time() {
    let entropy = Counting::default();
    let verifier = Verifier::create("pool", "user", "password", &entropy);
    let mut seen = std::collections::HashSet::new();
    for _ in 0..24 {
        let (_, srp_b) = Server::start(&verifier, &entropy);
        assert!(srp_b.len() == 768 && !srp_b.starts_with('0'));
        assert!(seen.insert(srp_b));
    }
}

#[test]
fn secrets_do_not_show_in_debug_output() {
    let verifier = Verifier::create("pool", "user", "password", &Counting::default());
    let (server, _) = Server::start(&verifier, &Counting::default());
    assert_eq!(format!("{verifier:?} {server:?}"), "Verifier(…) Server(…)");
}

#[test]
fn stored_bytes_read_back_and_others_do_not() {
    let verifier = Verifier::create("pool", "user", "password", &Counting::default());
    let bytes = verifier.to_bytes();
    let back = Verifier::from_bytes(&bytes).unwrap();
    assert_eq!((back.salt, &back.value), (verifier.salt, &verifier.value));
    assert!(Verifier::from_bytes(&bytes[..399]).is_none());
    assert!(Verifier::from_bytes(&[bytes.as_slice(), &[0]].concat()).is_none());
    assert!(Verifier::from_bytes(&[0x11; 10]).is_none());
    assert!(Verifier::from_bytes(&[vec![0x0f; 16], vec![1; SIZE]].concat()).is_none());
    assert!(Verifier::from_bytes(&[vec![0x1f; 16], vec![0; SIZE]].concat()).is_none());
    let (server, _) = Server::start(&verifier, &Counting::default());
    let bytes = server.to_bytes();
    assert_eq!(bytes.len(), Server::BYTES);
    assert!(Server::from_bytes(&bytes[1..]).is_none());
    assert!(Server::from_bytes(&[bytes.as_slice(), &[0]].concat()).is_none());
    assert!(Server::from_bytes(&[]).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_independent_client_signs_in_with_the_right_password_only(
        seed in any::<[u8; 32]>(),
        password in ".{0,40}",
        other in ".{0,40}",
    ) {
        let entropy = Replay::new([vec![0x5a; 16], seed.to_vec()].concat());
        let verifier = Verifier::create("pool", "user", &password, &entropy);
        let verifier = Verifier::from_bytes(&verifier.to_bytes()).unwrap();
        prop_assert!(exchange(&verifier, seed, &password));
        prop_assert_eq!(exchange(&verifier, seed, &other), other == password);
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_public_key_panic(text in "[0-9a-fA-Fé+ ]{0,800}") {
        let _ = PublicKey::parse(&text);
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..900)) {
        let _ = (Verifier::from_bytes(&bytes), Server::from_bytes(&bytes), PublicKey::from_bytes(&bytes));
    }
}
