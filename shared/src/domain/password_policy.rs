//! What a pool demands of passwords.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::PasswordPolicyType;

use crate::ambient::{Entropy, random_text};
use crate::{Fault, Timestamp, fault::FaultKind};

/// The characters that count as symbols (Cognito's list).
const SYMBOLS: &str = "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+= ";

/// A pool's password policy, complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "as many as the API has")]
pub struct PasswordPolicy {
    /// Characters at least, 6–99.
    pub minimum_length: usize,
    /// An upper-case letter is needed.
    pub require_uppercase: bool,
    /// A lower-case letter is needed.
    pub require_lowercase: bool,
    /// A digit is needed.
    pub require_numbers: bool,
    /// A symbol is needed.
    pub require_symbols: bool,
    /// Days after which a temporary password no longer works, 0–365; 0 means 7.
    pub temporary_days: i64,
    /// Passwords that can not be used again, the present one among them, 0–24.
    pub history: usize,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            minimum_length: 8,
            require_uppercase: true,
            require_lowercase: true,
            require_numbers: true,
            require_symbols: true,
            temporary_days: 7,
            history: 0,
        }
    }
}

impl PasswordPolicy {
    /// The policy of an API document; a policy that is given leaves out what it does not name.
    ///
    /// # Errors
    /// `InvalidParameterException` for a value that this version does not honour.
    pub fn from_document(document: Option<&PasswordPolicyType>) -> Result<Self, Fault> {
        let Some(document) = document else {
            return Ok(Self::default());
        };
        let minimum_length = usize::try_from(document.minimum_length.unwrap_or(8)).unwrap_or(8);
        let days = i64::from(document.temporary_password_validity_days.unwrap_or(7));
        Ok(Self {
            minimum_length,
            require_uppercase: document.require_uppercase.unwrap_or(false),
            require_lowercase: document.require_lowercase.unwrap_or(false),
            require_numbers: document.require_numbers.unwrap_or(false),
            require_symbols: document.require_symbols.unwrap_or(false),
            temporary_days: if days == 0 { 7 } else { days },
            history: usize::try_from(document.password_history_size.unwrap_or(0)).unwrap_or(0),
        })
    }

    /// The policy as the API shows it.
    pub fn to_document(self) -> PasswordPolicyType {
        PasswordPolicyType {
            minimum_length: i32::try_from(self.minimum_length).ok(),
            require_uppercase: Some(self.require_uppercase),
            require_lowercase: Some(self.require_lowercase),
            require_numbers: Some(self.require_numbers),
            require_symbols: Some(self.require_symbols),
            temporary_password_validity_days: i32::try_from(self.temporary_days).ok(),
            password_history_size: i32::try_from(self.history).ok().filter(|size| *size > 0),
        }
    }

    /// Checks a new password.
    ///
    /// # Errors
    /// `InvalidPasswordException` naming the first demand that is not met.
    pub fn check(&self, password: &Sensitive) -> Result<(), Fault> {
        let password = password.expose();
        let missing = if password.chars().count() < self.minimum_length {
            "Password not long enough"
        } else if self.require_lowercase && !password.chars().any(char::is_lowercase) {
            "Password must have lowercase characters"
        } else if self.require_uppercase && !password.chars().any(char::is_uppercase) {
            "Password must have uppercase characters"
        } else if self.require_numbers && !password.chars().any(|c| c.is_ascii_digit()) {
            "Password must have numeric characters"
        } else if self.require_symbols && !password.chars().any(|c| SYMBOLS.contains(c)) {
            "Password must have symbol characters"
        } else if password.starts_with(' ') || password.ends_with(' ') {
            "Password must not begin or end with a space"
        } else {
            return Ok(());
        };
        Err(Fault::new(
            FaultKind::InvalidPassword,
            format!("Password did not conform with policy: {missing}"),
        ))
    }

    /// When a temporary password that is set at `now` stops working.
    pub const fn temporary_until(&self, now: Timestamp) -> Timestamp {
        now.plus_seconds(self.temporary_days * 24 * 60 * 60)
    }

    /// A temporary password that meets any policy: at least 12 characters, some of every class.
    pub fn generate(&self, entropy: &dyn Entropy) -> Sensitive {
        let length = self.minimum_length.max(12);
        let rest = random_text(
            entropy,
            b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789",
            length - 3,
        );
        let upper = random_text(entropy, b"ABCDEFGHJKLMNPQRSTUVWXYZ", 1);
        let lower = random_text(entropy, b"abcdefghijkmnopqrstuvwxyz", 1);
        let digit = random_text(entropy, b"23456789", 1);
        let symbol = random_text(entropy, b"!#%*+-?@", 1);
        Sensitive::from(format!("{upper}{rest}{symbol}{lower}{digit}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::Counting;
    use proptest::prelude::*;

    fn refusal(password: &str) -> String {
        PasswordPolicy::default()
            .check(&Sensitive::from(password))
            .unwrap_err()
            .message()
            .to_owned()
    }

    #[test]
    fn every_demand_is_named() {
        assert_eq!(
            refusal("aB1!"),
            "Password did not conform with policy: Password not long enough"
        );
        assert_eq!(
            refusal("ABCDEFG1!"),
            "Password did not conform with policy: Password must have lowercase characters"
        );
        assert_eq!(
            refusal("abcdefg1!"),
            "Password did not conform with policy: Password must have uppercase characters"
        );
        assert_eq!(
            refusal("Abcdefgh!"),
            "Password did not conform with policy: Password must have numeric characters"
        );
        assert_eq!(
            refusal("Abcdefgh1"),
            "Password did not conform with policy: Password must have symbol characters"
        );
        assert!(
            PasswordPolicy::default()
                .check(&Sensitive::from("Abcdefg1!"))
                .is_ok()
        );
    }

    proptest! {
        #[test]
        fn a_generated_password_meets_the_strictest_policy(length in 6_usize..=99) {
            let policy = PasswordPolicy { minimum_length: length, ..PasswordPolicy::default() };
            prop_assert!(policy.check(&policy.generate(&Counting::default())).is_ok());
        }
    }
}
