//! SAML responses: whatever is changed, they say what their provider has signed, or nothing.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gatehouse::Timestamp;
use gatehouse::protocol::saml::{Destination, SamlProvider};
use serde::Deserialize;

/// tests/vectors/saml.json.
#[derive(Deserialize)]
struct Vectors {
    now: i64,
    audience: String,
    recipient: String,
    subject: String,
    metadata: String,
}

static VECTORS: LazyLock<Vectors> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../vectors/saml.json")).unwrap());
static PROVIDER: LazyLock<SamlProvider> = LazyLock::new(|| SamlProvider::parse(&VECTORS.metadata).unwrap());

pub fn run(xml: &[u8]) {
    let destination = Destination {
        audience: &VECTORS.audience,
        recipient: &VECTORS.recipient,
    };
    let now = Timestamp::from_seconds(VECTORS.now);
    if let Ok(statement) = PROVIDER.accept(&STANDARD.encode(xml), &[destination], now) {
        assert_eq!(statement.subject, VECTORS.subject);
        assert_eq!(statement.attributes.len(), 1);
    }
    if let Ok(text) = std::str::from_utf8(xml) {
        let _ = SamlProvider::parse(text);
    }
}
