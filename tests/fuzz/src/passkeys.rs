//! What an authenticator says of a new passkey: CBOR, and the keys and certificates in it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatehouse::ambient::Entropy;
use gatehouse::protocol::webauthn::{Account, RelyingParty};
use serde_json::json;

struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

pub fn run(attestation: &[u8]) {
    let site = RelyingParty::new("Example", "example.com", false).unwrap();
    let ann = Account {
        handle: "9c5d6f0e-8f0c-4c1e-9d4b-5c8f2a0b7e11",
        name: "ann",
    };
    let (options, state) = site.start_registration(ann, [], &Zeros).unwrap();
    let said = json!({
        "type": "webauthn.create", "challenge": options["challenge"], "origin": "https://example.com",
        "crossOrigin": false,
    });
    let id = URL_SAFE_NO_PAD.encode([7; 32]);
    let credential = json!({
        "id": id, "rawId": id, "type": "public-key",
        "response": {
            "clientDataJSON": URL_SAFE_NO_PAD.encode(said.to_string()),
            "attestationObject": URL_SAFE_NO_PAD.encode(attestation),
        },
    });
    if let Ok(made) = site.finish_registration(&credential, &state) {
        assert!(!made.id.is_empty());
    }
    if let Ok(text) = std::str::from_utf8(attestation) {
        assert!(site.finish_authentication(text, &state, &[]).is_err());
    }
}
