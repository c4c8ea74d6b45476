//! Identifiers, each a type of its own that cannot hold a malformed value.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ambient::{Entropy, random_bytes, random_text, random_uuid};

const LOWER_ALPHANUMERIC: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Why a text is not an identifier of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct Malformed(pub &'static str);

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Malformed;
            fn try_from(text: String) -> Result<Self, Malformed> {
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) { Ok(Self(text)) } else { Err(Malformed($what)) }
            }
        }

        impl FromStr for $name {
            type Err = Malformed;
            fn from_str(text: &str) -> Result<Self, Malformed> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// A user pool's id: `<region>_<name>`, for example `eu-west-1_aB3dE5fG7`.
    PoolId,
    "user pool id",
    |text| text.len() <= 55
        && text.split_once('_').is_some_and(|(region, name)| {
            !region.is_empty()
                && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_alphanumeric())
        })
);

impl PoolId {
    /// A new id in `region`.
    pub fn generate(region: &str, entropy: &dyn Entropy) -> Self {
        Self(format!("{region}_{}", random_text(entropy, ALPHANUMERIC, 9)))
    }

    /// The part after the underscore, which SRP hashes.
    pub fn name(&self) -> &str {
        self.0.split_once('_').map_or("", |(_, name)| name)
    }

    /// The part before the underscore.
    pub fn region(&self) -> &str {
        self.0.split_once('_').map_or("", |(region, _)| region)
    }
}

text_id!(
    /// An app client's id.
    ClientId,
    "client id",
    |text| (1..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'+')
);

impl ClientId {
    /// A new id: 26 lower-case letters and digits.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(random_text(entropy, LOWER_ALPHANUMERIC, 26))
    }
}

text_id!(
    /// A user name as its owner wrote it: 1–128 characters, none of them white space or control.
    Username,
    "username",
    |text| !text.is_empty()
        && text.chars().count() <= 128
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
);

impl Username {
    /// The name under which the user is stored: folded to lower case where the pool ignores case.
    pub fn to_key(&self, case_sensitive: bool) -> UserKey {
        UserKey(if case_sensitive {
            self.0.clone()
        } else {
            self.0.to_lowercase()
        })
    }
}

text_id!(
    /// The id of a client's branding, a UUID.
    BrandingId,
    "branding id",
    |text| uuid::Uuid::try_parse(text).is_ok()
);

impl BrandingId {
    /// A new identifier.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(random_uuid(entropy).to_string())
    }
}

text_id!(
    /// The id of a client's document, a UUID.
    TermsId,
    "terms id",
    |text| uuid::Uuid::try_parse(text).is_ok()
);

impl TermsId {
    /// A new identifier.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(random_uuid(entropy).to_string())
    }
}

text_id!(
    /// The name of an image: the first half of the SHA-256 of what it holds, hexadecimal.
    ImageId,
    "image id",
    |text| text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
);

text_id!(
    /// A user name as storage spells it.
    UserKey,
    "user key",
    |text| !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control())
);

text_id!(
    /// A user's immutable identifier, a UUID (claim `sub`).
    Sub,
    "sub",
    |text| uuid::Uuid::try_parse(text).is_ok()
);

impl Sub {
    /// A new identifier.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(random_uuid(entropy).to_string())
    }
}

text_id!(
    /// One sign-in: the session that a refresh token and its descendants belong to (claim `origin_jti`).
    SessionId,
    "session id",
    |text| uuid::Uuid::try_parse(text).is_ok()
);

/// Digits of a session's public id, and how many make room for a UUID: 36^25 > 2^128.
const BASE_36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const PUBLIC_ID_DIGITS: usize = 25;
/// What the public id of a token session begins with.
const TOKEN_SESSION: &str = "tkn";

impl SessionId {
    /// A new identifier.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(random_uuid(entropy).to_string())
    }

    /// The id as the operations on sessions spell it: `tkn` and the same number in 25 digits to base 36.
    pub fn to_public(&self) -> String {
        let mut number = uuid::Uuid::try_parse(&self.0).map_or(0, |uuid| uuid.as_u128());
        let mut digits = [b'0'; PUBLIC_ID_DIGITS];
        for digit in digits.iter_mut().rev() {
            let index = usize::try_from(number % 36).unwrap_or_default();
            *digit = BASE_36[index];
            number /= 36;
        }
        let digits: String = digits.into_iter().map(char::from).collect();
        format!("{TOKEN_SESSION}{digits}")
    }

    /// The session that a public id names; `None` for one that names no token session.
    pub fn from_public(text: &str) -> Option<Self> {
        let digits = text
            .strip_prefix(TOKEN_SESSION)
            .filter(|digits| digits.len() == PUBLIC_ID_DIGITS)?;
        let number = digits.bytes().try_fold(0_u128, |number, digit| {
            let value = BASE_36.iter().position(|known| *known == digit)?;
            number.checked_mul(36)?.checked_add(u128::try_from(value).ok()?)
        })?;
        Some(Self(uuid::Uuid::from_u128(number).to_string()))
    }
}

text_id!(
    /// The id of one of Gatehouse's own access keys: `GHAK` and 16 characters, or one fixed for development.
    AccessKeyId,
    "access key id",
    |text| (16..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
);

impl AccessKeyId {
    /// A new id.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(format!(
            "GHAK{}",
            random_text(entropy, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)
        ))
    }
}

text_id!(
    /// A group's name: 1–128 characters, none of them white space or control.
    GroupName,
    "group name",
    |text| !text.is_empty()
        && text.chars().count() <= 128
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
);

text_id!(
    /// An identity provider's name in its pool: 1–32 characters, none of them control.
    ProviderName,
    "provider name",
    |text| !text.is_empty() && text.chars().count() <= 32 && !text.chars().any(char::is_control)
);

text_id!(
    /// A device's key: `<region>_<uuid>`, for example `eu-west-1_0b2d6f0e-8f0c-4c1e-9d4b-5c8f2a0b7e11`.
    DeviceKey,
    "device key",
    |text| text.len() <= 55
        && text.split_once('_').is_some_and(|(region, id)| {
            !region.is_empty()
                && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && uuid::Uuid::try_parse(id).is_ok()
        })
);

impl DeviceKey {
    /// A new key in `region`.
    pub fn generate(region: &str, entropy: &dyn Entropy) -> Self {
        Self(format!("{region}_{}", random_uuid(entropy)))
    }
}

/// `<region>:<uuid>`, the form of identity pools' and identities' ids.
fn is_regional_uuid(text: &str) -> bool {
    text.len() <= 55
        && text.split_once(':').is_some_and(|(region, id)| {
            !region.is_empty()
                && region
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && id.len() == 36
                && id
                    .bytes()
                    .all(|b| b == b'-' || b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
                && uuid::Uuid::try_parse(id).is_ok()
        })
}

text_id!(
    /// An identity pool's id: `<region>:<uuid>`.
    IdentityPoolId,
    "identity pool id",
    is_regional_uuid
);

text_id!(
    /// An identity's id: `<region>:<uuid>`.
    IdentityId,
    "identity id",
    is_regional_uuid
);

impl IdentityPoolId {
    /// A new id in `region`.
    pub fn generate(region: &str, entropy: &dyn Entropy) -> Self {
        Self(format!("{region}:{}", random_uuid(entropy)))
    }

    /// The part before the colon.
    pub fn region(&self) -> &str {
        self.0.split_once(':').map_or("", |(region, _)| region)
    }
}

impl IdentityId {
    /// A new id in `region`.
    pub fn generate(region: &str, entropy: &dyn Entropy) -> Self {
        Self(format!("{region}:{}", random_uuid(entropy)))
    }

    /// The first hexadecimal digit of the UUID, by which identities spread over the index.
    pub fn first_digit(&self) -> u8 {
        let id = self.0.split_once(':').map_or("", |(_, id)| id);
        id.chars()
            .next()
            .and_then(|digit| digit.to_digit(16))
            .and_then(|digit| u8::try_from(digit).ok())
            .unwrap_or(0)
    }
}

/// The identity pool that an ARN names: `arn:<partition>:cognito-identity:<region>:<account>:identitypool/<id>`.
pub fn identity_pool_of_arn(arn: &str) -> Option<IdentityPoolId> {
    let mut parts = arn.splitn(6, ':');
    let (scheme, _partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, _account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    let id: IdentityPoolId = resource.strip_prefix("identitypool/")?.parse().ok()?;
    (scheme == "arn" && service == "cognito-identity" && region == id.region()).then_some(id)
}

text_id!(
    /// A resource server's identifier, a name or a URL: 1–256 visible ASCII characters but `"` and `\\`.
    ResourceServerId,
    "resource server identifier",
    |text| (1..=256).contains(&text.len())
        && text.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
);

text_id!(
    /// A domain of a pool: a prefix, one label, or a host name of one's own, which has several.
    DomainName,
    "domain",
    |text| (1..=253).contains(&text.len())
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        })
);

text_id!(
    /// The SHA-256 digest of a code or another secret that is stored by its hash, in lower-case hex.
    GrantHash,
    "grant hash",
    |text| text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
);

impl GrantHash {
    /// Of a digest.
    pub fn of(digest: &[u8]) -> Self {
        Self(hex::encode(digest))
    }
}

text_id!(
    /// The name in storage of a proof that is accepted once: a SHA-256 digest in lower-case hex.
    ProofHash,
    "proof hash",
    |text| text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
);

impl ProofHash {
    /// Of a digest.
    pub fn of(digest: &[u8]) -> Self {
        Self(hex::encode(digest))
    }
}

text_id!(
    /// A passkey's name in storage: SHA-256 of the credential's id, base64url. The id itself may be longer than a key.
    PasskeyId,
    "passkey id",
    |text| text.len() == 43 && crate::crypto::from_base64url(text).is_some_and(|bytes| bytes.len() == 32)
);

impl PasskeyId {
    /// The name of the passkey with this credential id.
    pub fn of(credential: &[u8]) -> Self {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, credential);
        Self(crate::crypto::base64url(digest.as_ref()))
    }
}

/// The pool that an ARN names: `arn:<partition>:cognito-idp:<region>:<account>:userpool/<id>`.
pub fn pool_of_arn(arn: &str) -> Option<PoolId> {
    let mut parts = arn.splitn(6, ':');
    let (scheme, _partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, _account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    let id: PoolId = resource.strip_prefix("userpool/")?.parse().ok()?;
    (scheme == "arn" && service == "cognito-idp" && region == id.region()).then_some(id)
}

/// A new secret of an app client: 51 letters and digits, about 303 bits.
pub fn generate_client_secret(entropy: &dyn Entropy) -> String {
    random_text(entropy, LOWER_ALPHANUMERIC, 51)
}

/// A new secret of an access key: 40 characters of base64, 240 bits.
pub fn generate_access_key_secret(entropy: &dyn Entropy) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(random_bytes::<30>(entropy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::Counting;
    use proptest::prelude::*;

    #[test]
    fn generated_ids_are_valid_and_differ() {
        let entropy = Counting::default();
        let pool = PoolId::generate("eu-west-1", &entropy);
        assert_eq!(pool.as_str().parse::<PoolId>(), Ok(pool.clone()));
        assert_eq!(pool.region(), "eu-west-1");
        assert_eq!(pool.name().len(), 9);
        assert_ne!(pool, PoolId::generate("eu-west-1", &entropy));
        let client = ClientId::generate(&entropy);
        assert_eq!(client.as_str().len(), 26);
    }

    #[test]
    fn keys_fold_case_only_where_the_pool_ignores_it() {
        let name: Username = "Ångström".parse().unwrap();
        assert_eq!(name.to_key(true).as_str(), "Ångström");
        assert_eq!(name.to_key(false).as_str(), "ångström");
    }

    proptest! {
        #[test]
        fn a_sessions_public_id_is_the_same_number(number in any::<u128>()) {
            let id: SessionId = uuid::Uuid::from_u128(number).to_string().parse().unwrap();
            let public = id.to_public();
            prop_assert_eq!(public.len(), 28);
            prop_assert!(public.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
            prop_assert_eq!(SessionId::from_public(&public), Some(id));
        }

        #[test]
        fn any_text_is_a_public_id_or_is_not(text in "(tkn|sso|)[a-z0-9]{23,27}") {
            if let Some(id) = SessionId::from_public(&text) {
                prop_assert_eq!(id.to_public(), text);
            }
        }

        #[test]
        fn no_text_makes_an_id_with_a_key_separator_in_a_pool(text in ".{0,80}") {
            if let Ok(pool) = text.parse::<PoolId>() {
                prop_assert!(!pool.as_str().contains('#'));
            }
            if let Ok(client) = text.parse::<ClientId>() {
                prop_assert!(!client.as_str().contains('#'));
            }
        }
    }
}
