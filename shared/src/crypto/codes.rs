//! Six-digit codes: sent to the user, stored as a hash.

use gatehouse_model::Sensitive;
use serde::{Deserialize, Serialize};

use super::seal::{DataKey, Purpose};
use crate::ambient::{Entropy, random_text};
use crate::{Fault, Timestamp, fault::FaultKind};

/// A pending code as storage has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingCode {
    /// HMAC of the code under the pool's data key, bound to user and purpose.
    #[serde(with = "super::base64_text")]
    pub hash: Vec<u8>,
    /// When it stops working.
    #[serde(rename = "valid_until")]
    pub expires_at: Timestamp,
    /// The attribute whose address it was sent to.
    pub attribute: String,
    /// The address it was sent to; the code verifies no other.
    pub destination: String,
    /// It has done its work, and is kept only to know the link again that it came in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub used: bool,
}

/// What a code that a user gave is, beside the pending one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// The one that was sent, in time.
    Right,
    /// The one that was sent, used before.
    Used,
    /// The one that was sent, too late.
    Late,
    /// Another.
    Wrong,
}

/// A new code of six digits.
pub fn generate(entropy: &dyn Entropy) -> Sensitive {
    Sensitive::from(random_text(entropy, b"0123456789", 6))
}

/// The pending form of `code`, bound to `context` (its owner and purpose).
///
/// # Errors
/// `InternalErrorException` when the key can not be derived.
pub fn pending(
    key: &DataKey,
    context: &str,
    code: &Sensitive,
    (attribute, destination): (&str, &str),
    expires_at: Timestamp,
) -> Result<PendingCode, Fault> {
    Ok(PendingCode {
        hash: mac(key, context, code)?,
        expires_at,
        attribute: attribute.to_owned(),
        destination: destination.to_owned(),
        used: false,
    })
}

fn mac(key: &DataKey, context: &str, code: &Sensitive) -> Result<Vec<u8>, Fault> {
    Ok(key
        .mac(Purpose::Code, format!("{}#{context}", code.expose()).as_bytes())?
        .as_ref()
        .to_vec())
}

/// The answer to a code that is not the one sent.
pub fn mismatch() -> Fault {
    Fault::new(
        FaultKind::CodeMismatch,
        "Invalid verification code provided, please try again.",
    )
}

/// The answer to a code that came too late, or was never sent.
pub fn expired() -> Fault {
    Fault::new(
        FaultKind::ExpiredCode,
        "Invalid code provided, please request a code again.",
    )
}

impl PendingCode {
    /// What a code that a user gave is.
    ///
    /// # Errors
    /// `InternalErrorException` when the key can not be derived.
    pub fn shown(
        &self,
        key: &DataKey,
        context: &str,
        given: &Sensitive,
        now: Timestamp,
    ) -> Result<Shown, Fault> {
        let hash = mac(key, context, given)?;
        let equal = aws_lc_rs::constant_time::verify_slices_are_equal(&hash, &self.hash).is_ok();
        Ok(match (equal, self.used) {
            (false, _) => Shown::Wrong,
            (true, true) => Shown::Used,
            (true, false) if now >= self.expires_at => Shown::Late,
            (true, false) => Shown::Right,
        })
    }

    /// Checks a code that a user gave.
    ///
    /// # Errors
    /// `CodeMismatchException`, or `ExpiredCodeException` for the right code too late or again.
    pub fn check(
        &self,
        key: &DataKey,
        context: &str,
        given: &Sensitive,
        now: Timestamp,
    ) -> Result<(), Fault> {
        match self.shown(key, context, given, now)? {
            Shown::Right => Ok(()),
            Shown::Used | Shown::Late => Err(expired()),
            Shown::Wrong => Err(mismatch()),
        }
    }

    /// The code, its work done.
    #[must_use]
    pub fn used(self) -> Self {
        Self { used: true, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::{Counting, NOON};

    #[test]
    fn a_code_works_for_its_owner_in_time_only() {
        let key = DataKey::new(&[3; 32]).unwrap();
        let code = generate(&Counting::default());
        assert_eq!(code.expose().len(), 6);
        let pending = pending(&key, "ann", &code, ("email", "a@b.co"), NOON.plus_seconds(60)).unwrap();
        assert!(pending.check(&key, "ann", &code, NOON).is_ok());
        let kind = |context, code: &Sensitive, at| pending.check(&key, context, code, at).unwrap_err().kind();
        assert_eq!(kind("bob", &code, NOON), FaultKind::CodeMismatch);
        assert_eq!(
            kind("ann", &Sensitive::from("000000"), NOON),
            FaultKind::CodeMismatch
        );
        assert_eq!(kind("ann", &code, NOON.plus_seconds(60)), FaultKind::ExpiredCode);
        let used = pending.used();
        assert_eq!(used.shown(&key, "ann", &code, NOON).unwrap(), Shown::Used);
        let again = used.check(&key, "ann", &code, NOON).unwrap_err();
        assert_eq!(again.kind(), FaultKind::ExpiredCode);
        let guess = Sensitive::from("000000");
        assert_eq!(used.shown(&key, "ann", &guess, NOON).unwrap(), Shown::Wrong);
    }
}
