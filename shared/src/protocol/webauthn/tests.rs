//! The relying party against an authenticator of aws-lc-rs's P-256 and CBOR written by hand.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::ambient::fixed::Counting;

const SITE: &str = "example.com";
const PAGE: &str = "https://login.example.com:8443";
const ANN: Account<'_> = Account {
    handle: "9c5d6f0e-8f0c-4c1e-9d4b-5c8f2a0b7e11",
    name: "ann",
};
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const WITH_KEY: u8 = 0x40;

fn site(verification_required: bool) -> RelyingParty {
    RelyingParty::new("Example", SITE, verification_required).unwrap()
}

/// An authenticator with one passkey. What it writes may be changed, as an attacker would.
struct Authenticator {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    counter: u32,
    flags: u8,
    relying_party: &'static str,
    origin: &'static str,
}

impl Authenticator {
    fn new() -> Self {
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            id: vec![7; 32],
            counter: 1,
            flags: PRESENT | VERIFIED,
            relying_party: SITE,
            origin: PAGE,
        }
    }

    fn data(&self, flags: u8, tail: &[u8]) -> Vec<u8> {
        let hash = digest(&SHA256, self.relying_party.as_bytes());
        [hash.as_ref(), &[flags], &self.counter.to_be_bytes(), tail].concat()
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({
            "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false,
        });
        serde_json::to_vec(&data).unwrap()
    }

    fn create(&self, options: &Value) -> Value {
        let point = self.key.public_key().as_ref();
        // COSE_Key: kty EC2, alg ES256, crv P-256, x, y.
        let cose = [
            [0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32].as_slice(),
            &point[1..33],
            &[0x22, 0x58, 32],
            &point[33..],
        ]
        .concat();
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let tail = [[0; 16].as_slice(), &length, &self.id, &cose].concat();
        let data = self.data(self.flags | WITH_KEY, &tail);
        let attestation = [
            b"\xa3cfmtdnonegattStmt\xa0hauthData\x58".as_slice(),
            &[u8::try_from(data.len()).unwrap()],
            &data,
        ]
        .concat();
        json!({
            "id": base64url(&self.id),
            "rawId": base64url(&self.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": { "credProps": { "rk": true } },
            "response": {
                "clientDataJSON": base64url(&self.client_data("webauthn.create", options)),
                "attestationObject": base64url(&attestation),
                "transports": ["internal", "hybrid"],
                "publicKeyAlgorithm": -7,
            },
        })
    }

    fn get(&self, options: &Value) -> String {
        let client_data = self.client_data("webauthn.get", options);
        let data = self.data(self.flags, &[]);
        let signed = [data.as_slice(), digest(&SHA256, &client_data).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        json!({
            "id": base64url(&self.id),
            "rawId": base64url(&self.id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(&client_data),
                "authenticatorData": base64url(&data),
                "signature": base64url(signature.as_ref()),
                "userHandle": base64url(ANN.handle.as_bytes()),
            },
        })
        .to_string()
    }
}

fn begin(site: &RelyingParty) -> (Value, String) {
    site.start_registration(ANN, [vec![1, 2, 3]], &Counting::default())
        .unwrap()
}

/// An authenticator whose passkey is registered.
fn registered(site: &RelyingParty) -> (Authenticator, Made) {
    let authenticator = Authenticator::new();
    let (options, state) = begin(site);
    let made = site
        .finish_registration(&authenticator.create(&options), &state)
        .unwrap();
    (authenticator, made)
}

fn stored(made: &Made) -> Stored<'_> {
    Stored {
        key: &made.key,
        counter: made.counter,
    }
}

/// Signs in with what `authenticator` writes.
fn sign_in(site: &RelyingParty, authenticator: &Authenticator, made: &Made) -> Result<Used, Refusal> {
    let (options, state) = site
        .start_authentication(&[stored(made)], &Counting::default())
        .unwrap();
    site.finish_authentication(&authenticator.get(&options), &state, &[stored(made)])
}

#[test]
fn options_are_what_a_browser_parses() {
    let (options, _) = begin(&site(true));
    assert_eq!(options["rp"], json!({ "name": "Example", "id": SITE }));
    assert_eq!(options["user"]["id"], json!(base64url(ANN.handle.as_bytes())));
    assert_eq!(options["excludeCredentials"][0]["id"], json!("AQID"));
    let selection = &options["authenticatorSelection"];
    assert_eq!(selection["residentKey"], json!("required"));
    assert_eq!(selection["userVerification"], json!("required"));
    assert!(!options.to_string().contains("null"));

    let (_, made) = registered(&site(false));
    let (options, state) = site(false)
        .start_authentication(&[stored(&made)], &Counting::default())
        .unwrap();
    assert_eq!(options["rpId"], json!(SITE));
    assert_eq!(options["allowCredentials"][0]["id"], json!(base64url(&made.id)));
    // The state travels through the client, sealed: the passkeys stay here.
    assert!(state.len() < 400, "{state}");
}

#[test]
fn a_passkey_is_registered_and_signs_in() {
    let site = site(true);
    let (mut authenticator, made) = registered(&site);
    assert_eq!((&made.id, made.counter), (&authenticator.id, 1));
    assert_eq!(made.transports, ["internal", "hybrid"]);
    authenticator.counter = 2;
    let used = sign_in(&site, &authenticator, &made).unwrap();
    assert_eq!((used.counter, used.user_verified), (2, true));
    assert_eq!(used.handle.as_deref(), Some(ANN.handle.as_bytes()));
}

#[test]
fn an_authenticator_without_a_counter_signs_in_again_and_again() {
    let site = site(false);
    let mut authenticator = Authenticator::new();
    authenticator.counter = 0;
    let (options, state) = begin(&site);
    let made = site
        .finish_registration(&authenticator.create(&options), &state)
        .unwrap();
    assert_eq!(sign_in(&site, &authenticator, &made).unwrap().counter, 0);
    assert_eq!(sign_in(&site, &authenticator, &made).unwrap().counter, 0);
}

#[test]
fn a_counter_that_does_not_move_on_tells_of_a_copy() {
    let site = site(false);
    let (mut authenticator, mut made) = registered(&site);
    made.counter = 5;
    for counter in [0, 4, 5] {
        authenticator.counter = counter;
        assert_eq!(sign_in(&site, &authenticator, &made), Err(Refusal::Cloned));
    }
}

/// What goes wrong at an authenticator.
type Spoil = fn(&mut Authenticator);

#[test]
fn what_is_made_elsewhere_or_for_somebody_else_is_refused() {
    let site = site(true);
    let cases: [(Spoil, Refusal); 6] = [
        (|it| it.origin = "https://example.com.evil.test", Refusal::Origin),
        (|it| it.origin = "https://badexample.com", Refusal::Origin),
        (|it| it.origin = "http://example.com", Refusal::Origin),
        (|it| it.relying_party = "evil.test", Refusal::RelyingParty),
        (|it| it.flags = PRESENT, Refusal::Unsupported),
        (|it| it.flags = VERIFIED, Refusal::Unsupported),
    ];
    let (options, state) = begin(&site);
    for (change, why) in cases {
        let mut fresh = Authenticator::new();
        change(&mut fresh);
        assert_eq!(
            site.finish_registration(&fresh.create(&options), &state),
            Err(why)
        );

        let (mut known, made) = registered(&site);
        known.counter = 2;
        change(&mut known);
        assert_eq!(sign_in(&site, &known, &made), Err(why));
    }
}

#[test]
fn another_challenge_another_key_or_another_passkey_is_refused() {
    let site = site(false);
    let (mut authenticator, made) = registered(&site);
    authenticator.counter = 2;
    let entropy = Counting::default();
    let (options, _) = site.start_authentication(&[stored(&made)], &entropy).unwrap();
    let (_, later) = site.start_authentication(&[stored(&made)], &entropy).unwrap();
    let answer = authenticator.get(&options);
    assert_eq!(
        site.finish_authentication(&answer, &later, &[stored(&made)]),
        Err(Refusal::Challenge)
    );
    let thief = Authenticator::new();
    let forged = Authenticator { counter: 3, ..thief };
    assert!(sign_in(&site, &forged, &made).is_err());
    assert_eq!(
        site.finish_authentication(&answer, &later, &[]),
        Err(Refusal::Signature)
    );

    let (_, state) = site.start_registration(ANN, [], &entropy).unwrap();
    let (options, _) = site.start_registration(ANN, [], &entropy).unwrap();
    let made = site.finish_registration(&authenticator.create(&options), &state);
    assert_eq!(made, Err(Refusal::Challenge));
}

#[test]
fn a_site_is_a_domain_or_this_machine() {
    let local = RelyingParty::new("here", "localhost", false).unwrap();
    let mut authenticator = Authenticator::new();
    authenticator.relying_party = "localhost";
    authenticator.origin = "http://localhost:3000";
    let (options, state) = begin(&local);
    assert!(
        local
            .finish_registration(&authenticator.create(&options), &state)
            .is_ok()
    );
    for id in [
        "",
        "https://example.com",
        "example.com/x",
        "example.com:1",
        "a b",
        "Example.com",
        "127.0.0.1",
    ] {
        assert!(RelyingParty::new("x", id, false).is_none(), "{id}");
    }
}

proptest! {
    #[test]
    fn any_answer_is_refused_and_never_panics(text in ".{0,80}", raw in prop::collection::vec(any::<u8>(), 0..120)) {
        let site = site(false);
        let (_, state) = begin(&site);
        prop_assert!(site.finish_authentication(&text, &state, &[]).is_err());
        let bytes = base64url(&raw);
        let credential = json!({
            "id": bytes, "rawId": bytes, "type": "public-key",
            "response": { "clientDataJSON": bytes, "attestationObject": bytes },
        });
        prop_assert!(site.finish_registration(&credential, &state).is_err());
    }

    #[test]
    fn a_changed_byte_of_what_was_signed_is_refused(position in 0_usize..37, bit in 0_u8..8) {
        let site = site(true);
        let (mut authenticator, made) = registered(&site);
        authenticator.counter = 2;
        let (options, state) = site.start_authentication(&[stored(&made)], &Counting::default()).unwrap();
        let mut answer: Value = serde_json::from_str(&authenticator.get(&options)).unwrap();
        let mut data = authenticator.data(authenticator.flags, &[]);
        data[position] ^= 1 << bit;
        answer["response"]["authenticatorData"] = json!(base64url(&data));
        let checked = site.finish_authentication(&answer.to_string(), &state, &[stored(&made)]);
        prop_assert!(checked.is_err());
    }
}
