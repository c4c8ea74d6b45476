//! The verifier of a device: the same protocol, but salt and verifier come from the device, and what is hashed is the
//! device group's key where the pool's name was and the device's key where the user's was.
//!
//! The device draws its password, so nobody has to remember it and nobody can guess it.

use std::fmt;

use zeroize::Zeroizing;

use super::group::{Element, SIZE, element};
use super::{Server, fixed, joined};
use crate::ambient::Entropy;
use crate::crypto::from_base64;

/// Bytes of the longest salt; clients draw 16 and write a zero before them where the top bit is set.
const LONGEST_SALT: usize = 64;

/// What the server keeps of a device's password.
pub struct DeviceVerifier {
    salt: Vec<u8>,
    value: Zeroizing<[u8; SIZE]>,
}

impl DeviceVerifier {
    /// Reads `DeviceSecretVerifierConfig`: `Salt` and `PasswordVerifier`, numbers in network order as base64.
    ///
    /// `None` for what is not base64 or out of range, and for 1 and −1, against which no password would be needed.
    pub fn parse(salt: &str, verifier: &str) -> Option<Self> {
        let salt = from_base64(salt).filter(|salt| (1..=LONGEST_SALT).contains(&salt.len()))?;
        let given = from_base64(verifier).map(Zeroizing::new)?;
        let start = given.iter().position(|byte| *byte != 0)?;
        let significant = &given[start..];
        let mut value = Zeroizing::new([0; SIZE]);
        let offset = SIZE.checked_sub(significant.len())?;
        value[offset..].copy_from_slice(significant);
        let number = element(value.as_slice())?;
        (number * number != Element::ONE).then_some(Self { salt, value })
    }

    /// `SALT` as the device gets it back.
    pub fn salt_hex(&self) -> String {
        hex::encode(&self.salt)
    }

    /// The bytes to seal for storage.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        joined(&[self.value.as_slice(), &self.salt])
    }

    /// Reads [`DeviceVerifier::to_bytes`] back.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (value, salt) = bytes.split_first_chunk::<SIZE>()?;
        element(value)?;
        Some(Self {
            salt: salt.to_vec(),
            value: fixed(value)?,
        })
    }

    /// Begins the exchange with the device: the server's half, and `SRP_B` in hexadecimal.
    pub fn start(&self, entropy: &dyn Entropy) -> (Server, String) {
        Server::begin(&self.value, entropy)
    }
}

impl fmt::Debug for DeviceVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceVerifier(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::Counting;
    use crate::crypto::base64;
    use crate::protocol::srp::Verifier;
    use proptest::prelude::*;

    fn bytes_of_a_verifier() -> Vec<u8> {
        Verifier::create("-group", "device", "password", &Counting::default())
            .value
            .to_vec()
    }

    #[test]
    fn a_sign_byte_before_the_number_means_nothing() {
        let value = bytes_of_a_verifier();
        let padded = [&[0], value.as_slice()].concat();
        let plain = DeviceVerifier::parse("AAE=", &base64(&value)).unwrap();
        let signed = DeviceVerifier::parse("AAE=", &base64(&padded)).unwrap();
        assert_eq!(plain.to_bytes(), signed.to_bytes());
        assert_eq!(plain.salt_hex(), "0001");
    }

    #[test]
    fn what_needs_no_password_or_is_no_number_is_refused() {
        let prime_minus_one = {
            let mut bytes = super::super::tests::rfc3526_prime();
            *bytes.last_mut().unwrap() -= 1;
            bytes
        };
        for verifier in [
            vec![],
            vec![0],
            vec![0; SIZE],
            vec![1],
            prime_minus_one,
            super::super::tests::rfc3526_prime(),
            vec![1; SIZE + 1],
        ] {
            assert!(DeviceVerifier::parse("AAE=", &base64(&verifier)).is_none());
        }
        let good = base64(&bytes_of_a_verifier());
        assert!(DeviceVerifier::parse("", &good).is_none());
        assert!(DeviceVerifier::parse("no base64", &good).is_none());
        assert!(DeviceVerifier::parse(&base64(&[1; LONGEST_SALT + 1]), &good).is_none());
    }

    proptest! {
        #[test]
        fn a_stored_verifier_reads_back(salt in prop::collection::vec(any::<u8>(), 1..64)) {
            let verifier = DeviceVerifier::parse(&base64(&salt), &base64(&bytes_of_a_verifier())).unwrap();
            let read = DeviceVerifier::from_bytes(&verifier.to_bytes()).unwrap();
            prop_assert_eq!(read.salt_hex(), hex::encode(&salt));
            prop_assert_eq!(read.to_bytes(), verifier.to_bytes());
        }

        #[test]
        fn any_text_is_a_verifier_or_none_and_never_panics(salt in ".{0,40}", verifier in ".{0,40}") {
            let _ = DeviceVerifier::parse(&salt, &verifier);
        }
    }
}
