//! `SECRET_HASH`: how a client with a secret proves that it has it.

use aws_lc_rs::hmac;
use gatehouse_model::Sensitive;

use crate::domain::ids::ClientId;

fn key(secret: &Sensitive) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes())
}

/// base64(HMAC-SHA256(secret, name + client id)).
pub fn compute(secret: &Sensitive, name: &str, client: &ClientId) -> String {
    super::base64(hmac::sign(&key(secret), format!("{name}{client}").as_bytes()).as_ref())
}

/// Whether `given` is the hash for `name`; compared in constant time.
pub fn verify(secret: &Sensitive, name: &str, client: &ClientId, given: &str) -> bool {
    super::from_base64(given)
        .is_some_and(|tag| hmac::verify(&key(secret), format!("{name}{client}").as_bytes(), &tag).is_ok())
}
