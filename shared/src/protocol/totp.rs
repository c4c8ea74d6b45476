//! Codes of authenticator apps (RFC 6238): SHA-1, six digits, steps of thirty seconds, one step of drift.

use gatehouse_model::Sensitive;
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

use crate::Timestamp;
use crate::ambient::{Entropy, random_bytes};

/// Bytes of a secret.
const LENGTH: usize = 32;

/// The secret that an authenticator app shares.
#[derive(Clone, PartialEq, Eq)]
pub struct SoftwareToken(Zeroizing<[u8; LENGTH]>);

impl std::fmt::Debug for SoftwareToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SoftwareToken(…)")
    }
}

impl SoftwareToken {
    /// A new secret.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(Zeroizing::new(random_bytes(entropy)))
    }

    /// The secret of 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// The secret's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &*self.0
    }

    /// The secret as people type it: base32 without padding.
    pub fn to_base32(&self) -> Sensitive {
        Sensitive::from(Secret::from(self.0.to_vec()).to_base32())
    }

    /// The step of a code that is right at `now`, or was or will be half a minute apart; `None` for a wrong one.
    pub fn check(&self, code: &Sensitive, now: Timestamp) -> Option<u64> {
        self.totp()
            .check(code.expose(), u64::try_from(now.seconds()).ok()?)
    }

    fn totp(&self) -> Totp {
        Builder::new().with_secret(self.0.to_vec()).build_noncompliant()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::{Counting, NOON};
    use proptest::prelude::*;

    fn code(token: &SoftwareToken, at: Timestamp) -> Sensitive {
        let seconds = u64::try_from(at.seconds()).unwrap();
        Sensitive::from(token.totp().generate(seconds).to_string())
    }

    /// Computed with Python's hmac module.
    #[test]
    fn codes_are_those_of_another_implementation() {
        let token = SoftwareToken::from_bytes(b"12345678901234567890123456789012").unwrap();
        assert_eq!(
            token.to_base32().expose(),
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA"
        );
        let at = Timestamp::from_seconds(1_111_111_109);
        assert_eq!(
            token.check(&Sensitive::from("138967"), at),
            Some(1_111_111_109 / 30)
        );
    }

    #[test]
    fn one_step_of_drift_and_no_more() {
        let token = SoftwareToken::generate(&Counting::default());
        let now = code(&token, NOON);
        assert!(token.check(&now, NOON.plus_seconds(30)).is_some());
        assert!(token.check(&now, NOON.plus_seconds(-30)).is_some());
        assert!(token.check(&now, NOON.plus_seconds(90)).is_none());
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_panic(text in ".{0,12}") {
            let token = SoftwareToken::generate(&Counting::default());
            let _ = token.check(&Sensitive::from(text), NOON);
        }
    }
}
