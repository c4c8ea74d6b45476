//! What is done with keys and secrets, all of it by libraries: sealing, password hashes, codes.

pub mod codes;
pub mod encryption_sdk;
pub mod password;
pub mod seal;
pub mod secret_hash;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// base64url without padding (RFC 4648 section 5), as JOSE writes it.
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a base64url text without padding.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The text from which a list goes on, as the API hands it out. It says nothing that the list does not, so it is not
/// sealed.
pub fn page_token(place: impl std::fmt::Display) -> String {
    base64url(place.to_string().as_bytes())
}

/// The place that a page token names, if one is given.
///
/// # Errors
/// `InvalidParameterException` for a text that is no page token.
pub fn from_page_token<T: std::str::FromStr>(token: Option<&String>) -> Result<Option<T>, crate::Fault> {
    let place = |token: &String| String::from_utf8(from_base64url(token)?).ok()?.parse().ok();
    token
        .map(|token| place(token).ok_or_else(|| crate::Fault::invalid_parameter("Invalid pagination token.")))
        .transpose()
}

/// Whether two texts are the same, in a time that does not tell where they differ.
pub fn same(a: &str, b: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(a.as_bytes(), b.as_bytes()).is_ok()
}

/// base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of a base64 text with padding.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Serde form of bytes as base64 text.
pub mod base64_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes the bytes as text.
    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::base64(bytes))
    }

    /// Reads the bytes from text.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::from_base64(&text).ok_or_else(|| D::Error::custom("not base64"))
    }
}

/// Serde form of optional bytes as base64 text.
pub mod base64_text_option {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes the bytes as text, or null.
    pub fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => serializer.serialize_some(&super::base64(bytes)),
            None => serializer.serialize_none(),
        }
    }

    /// Reads the bytes from text, or null.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
        Option::<String>::deserialize(deserializer)?
            .map(|text| super::from_base64(&text).ok_or_else(|| D::Error::custom("not base64")))
            .transpose()
    }
}
