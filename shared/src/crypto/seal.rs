//! Sealing under a pool's data key: AES-256-GCM-SIV with a subkey per purpose.
//!
//! The data key is wrapped by KMS and lives unwrapped only in a warm function's memory, so a copy of the table
//! alone opens nothing. Each purpose has its own subkey (HKDF-SHA256), and each sealed text is bound to a context,
//! so nothing sealed for one purpose or one owner opens for another.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::Fault;
use crate::ambient::{Entropy, random_bytes};
use crate::crypto::{base64url, from_base64url};

/// What a subkey is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Password hashes and SRP verifiers.
    Credentials,
    /// App clients' secrets.
    ClientSecret,
    /// Secrets that identity providers gave.
    ProviderSecret,
    /// Refresh tokens.
    RefreshToken,
    /// `Session` strings and secret blocks of challenges.
    Challenge,
    /// Hashes of codes.
    Code,
    /// Salts of users who do not exist.
    FakeSalt,
    /// Passkeys of users who do not exist.
    FakePasskey,
    /// SRP verifiers of devices.
    DeviceVerifier,
    /// Secrets of authenticator apps.
    SoftwareToken,
    /// Hashes of recovery codes.
    RecoveryCode,
    /// Private keys that sign SAML requests.
    SamlKey,
    /// Authorization codes.
    AuthorizationCode,
    /// Cookies of browsers that are signed in.
    BrowserSession,
    /// Authorization requests that a client has pushed.
    PushedRequest,
    /// Codes of devices that wait for their users.
    DeviceCode,
    /// What users of such devices are asked.
    DeviceRequest,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Credentials => b"gatehouse credentials",
            Self::ClientSecret => b"gatehouse client secret",
            Self::ProviderSecret => b"gatehouse provider secret",
            Self::RefreshToken => b"gatehouse refresh token",
            Self::Challenge => b"gatehouse challenge",
            Self::Code => b"gatehouse code",
            Self::FakeSalt => b"gatehouse fake salt",
            Self::FakePasskey => b"gatehouse fake passkey",
            Self::DeviceVerifier => b"gatehouse device verifier",
            Self::SoftwareToken => b"gatehouse software token",
            Self::RecoveryCode => b"gatehouse recovery code",
            Self::SamlKey => b"gatehouse saml key",
            Self::AuthorizationCode => b"gatehouse authorization code",
            Self::BrowserSession => b"gatehouse browser session",
            Self::PushedRequest => b"gatehouse pushed request",
            Self::DeviceCode => b"gatehouse device code",
            Self::DeviceRequest => b"gatehouse device request",
        }
    }
}

/// The first byte of every sealed text.
const VERSION: u8 = 1;

struct KeyLength;

impl aws_lc_rs::hkdf::KeyType for KeyLength {
    fn len(&self) -> usize {
        32
    }
}

/// A pool's data key, unwrapped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct DataKey([u8; 32]);

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey(…)")
    }
}

impl DataKey {
    /// A key of 32 bytes.
    ///
    /// # Errors
    /// `InternalErrorException` for another length.
    pub fn new(bytes: &[u8]) -> Result<Self, Fault> {
        Ok(Self(
            bytes
                .try_into()
                .map_err(|_| Fault::internal("a data key has 32 bytes"))?,
        ))
    }

    /// The subkey for `purpose`.
    pub fn subkey(&self, purpose: Purpose) -> Result<[u8; 32], Fault> {
        let mut subkey = [0; 32];
        Salt::new(HKDF_SHA256, &[])
            .extract(&self.0)
            .expand(&[purpose.label()], KeyLength)
            .and_then(|okm| okm.fill(&mut subkey))
            .map_err(Fault::internal)?;
        Ok(subkey)
    }

    fn aead(&self, purpose: Purpose) -> Result<LessSafeKey, Fault> {
        let mut subkey = self.subkey(purpose)?;
        let key = UnboundKey::new(&AES_256_GCM_SIV, &subkey).map_err(Fault::internal);
        subkey.zeroize();
        key.map(LessSafeKey::new)
    }

    /// Seals `plain` for `purpose`, bound to `context`: version, nonce, ciphertext and tag.
    ///
    /// # Errors
    /// `InternalErrorException` when the cipher fails.
    pub fn seal(
        &self,
        purpose: Purpose,
        context: &str,
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, Fault> {
        let nonce = random_bytes::<NONCE_LEN>(entropy);
        let mut sealed = plain.to_vec();
        self.aead(purpose)?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context.as_bytes()),
                &mut sealed,
            )
            .map_err(Fault::internal)?;
        let mut out = Vec::with_capacity(1 + NONCE_LEN + sealed.len());
        out.push(VERSION);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Seals `value`, as a text for those who carry it along (base64url).
    ///
    /// # Errors
    /// `InternalErrorException` when the cipher fails.
    pub fn seal_text(
        &self,
        purpose: Purpose,
        context: &str,
        value: &impl Serialize,
        entropy: &dyn Entropy,
    ) -> Result<String, Fault> {
        let plain = serde_json::to_vec(value).map_err(Fault::internal)?;
        Ok(base64url(&self.seal(purpose, context, &plain, entropy)?))
    }

    /// Reads what [`DataKey::seal_text`] made for the same purpose and context; `None` for any other text.
    pub fn open_text<T: DeserializeOwned>(&self, purpose: Purpose, context: &str, text: &str) -> Option<T> {
        let plain = self.open(purpose, context, &from_base64url(text)?)?;
        serde_json::from_slice(&plain).ok()
    }

    /// Opens what [`DataKey::seal`] made for the same purpose and context; `None` for anything else.
    pub fn open(&self, purpose: Purpose, context: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (&version, rest) = sealed.split_first()?;
        if version != VERSION || rest.len() < NONCE_LEN {
            return None;
        }
        let (nonce, ciphertext) = rest.split_at(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut plain = ciphertext.to_vec();
        let length = self
            .aead(purpose)
            .ok()?
            .open_in_place(nonce, Aad::from(context.as_bytes()), &mut plain)
            .ok()?
            .len();
        plain.truncate(length);
        Some(plain)
    }

    /// HMAC-SHA256 under the subkey for `purpose`.
    ///
    /// # Errors
    /// `InternalErrorException` when the key can not be derived.
    pub fn mac(&self, purpose: Purpose, message: &[u8]) -> Result<hmac::Tag, Fault> {
        let subkey = self.subkey(purpose)?;
        Ok(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &subkey), message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::Counting;
    use proptest::prelude::*;

    fn key(byte: u8) -> DataKey {
        DataKey::new(&[byte; 32]).unwrap()
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_for_the_same_purpose_context_and_key_only(
            plain in prop::collection::vec(any::<u8>(), 0..200), context in ".{0,30}", other in ".{0,30}",
        ) {
            let entropy = Counting::default();
            let sealed = key(1).seal(Purpose::Challenge, &context, &plain, &entropy).unwrap();
            prop_assert_eq!(key(1).open(Purpose::Challenge, &context, &sealed), Some(plain));
            prop_assert_eq!(key(1).open(Purpose::RefreshToken, &context, &sealed), None);
            prop_assert_eq!(key(2).open(Purpose::Challenge, &context, &sealed), None);
            if other != context {
                prop_assert_eq!(key(1).open(Purpose::Challenge, &other, &sealed), None);
            }
        }

        #[test]
        fn a_changed_bit_opens_nothing(position in 0_usize..61, bit in 0_u8..8) {
            let mut sealed = key(1).seal(Purpose::Challenge, "c", &[7; 32], &Counting::default()).unwrap();
            prop_assert_eq!(sealed.len(), 61);
            sealed[position] ^= 1 << bit;
            prop_assert_eq!(key(1).open(Purpose::Challenge, "c", &sealed), None);
        }

        #[test]
        fn any_bytes_open_to_nothing_and_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(key(1).open(Purpose::Challenge, "c", &bytes), None);
        }
    }
}
