//! Messages of the AWS Encryption SDK, for functions that send codes: format version 2 with algorithm suite
//! `AES_256_GCM_HKDF_SHA512_COMMIT_KEY` (0x0478), which every commitment policy of every AWS Encryption SDK opens (AWS
//! Encryption SDK Developer Guide, "Message format reference"; awslabs/aws-encryption-sdk-specification).
//!
//! Written in one frame; read ([`open`]) in any number of them. AWS's own crate for Rust brings a verified implementation
//! of the whole SDK, which is several times the size of the functions that would use it.

pub mod open;

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA512, Salt};
use zeroize::Zeroizing;

use crate::Fault;
use crate::ambient::{Entropy, random_bytes};

/// Message format version 2.
const VERSION: u8 = 2;
/// `AES_256_GCM_HKDF_SHA512_COMMIT_KEY`.
const SUITE: u16 = 0x0478;
/// The content is in frames.
const FRAMED: u8 = 2;
/// The length that is said of all frames but the last; there is no other than the last.
const FRAME_LENGTH: u32 = 4096;
const PROVIDER: &[u8] = b"aws-kms";
const FINAL_FRAME: &[u8] = b"AWSKMSEncryptionClient Final Frame";
const KEY_LENGTH: usize = 32;
const MESSAGE_ID_LENGTH: usize = 32;
/// What says that a frame is the last, where the others have their number.
const LAST: u32 = u32::MAX;

/// A data key of KMS for one message.
#[derive(Clone)]
pub struct MessageKey {
    /// The key, 32 bytes.
    pub plain: Zeroizing<Vec<u8>>,
    /// The key as KMS opens it again.
    pub wrapped: Vec<u8>,
    /// ARN of the KMS key that opens it.
    pub arn: String,
}

impl std::fmt::Debug for MessageKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageKey")
            .field("arn", &self.arn)
            .finish_non_exhaustive()
    }
}

struct Length;

impl aws_lc_rs::hkdf::KeyType for Length {
    fn len(&self) -> usize {
        KEY_LENGTH
    }
}

/// Encrypts `plain`, at most 4096 bytes, as one message. `context` is what KMS bound the key to.
///
/// # Errors
/// `InternalErrorException` for a key of another length and for lengths that the format cannot say.
pub fn encrypt(
    key: &MessageKey,
    context: &BTreeMap<String, String>,
    plain: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, Fault> {
    if key.plain.len() != KEY_LENGTH || plain.len() > FRAME_LENGTH as usize {
        return Err(Fault::internal("a key or a message of the wrong length"));
    }
    let message_id = random_bytes::<MESSAGE_ID_LENGTH>(entropy);
    let (commitment, cipher) = derived(&message_id, &key.plain).map_err(Fault::internal)?;

    let mut message = vec![VERSION];
    message.extend_from_slice(&SUITE.to_be_bytes());
    message.extend_from_slice(&message_id);
    sized(&mut message, &serialized(context)?)?;
    message.extend_from_slice(&1_u16.to_be_bytes());
    for part in [PROVIDER, key.arn.as_bytes(), &key.wrapped] {
        sized(&mut message, part)?;
    }
    message.push(FRAMED);
    message.extend_from_slice(&FRAME_LENGTH.to_be_bytes());
    message.extend_from_slice(&commitment[..]);
    let header_tag = seal(&cipher, 0, &message, Vec::new())?;
    message.extend_from_slice(&header_tag);

    let length = u32::try_from(plain.len()).map_err(Fault::internal)?;
    let sequence = 1_u32;
    let bound = frame_bound(&message_id, FINAL_FRAME, sequence, length);
    message.extend_from_slice(&LAST.to_be_bytes());
    message.extend_from_slice(&sequence.to_be_bytes());
    message.extend_from_slice(&nonce(sequence));
    message.extend_from_slice(&length.to_be_bytes());
    message.extend_from_slice(&seal(&cipher, sequence, &bound, plain.to_vec())?);
    Ok(message)
}

/// What a data key becomes for one message: the key's commitment, and the cipher.
fn derived(
    message_id: &[u8; MESSAGE_ID_LENGTH],
    key: &[u8],
) -> Result<(Zeroizing<[u8; KEY_LENGTH]>, LessSafeKey), Unspecified> {
    let derived = Salt::new(HKDF_SHA512, message_id).extract(key);
    let expand = |info: &[&[u8]]| {
        let mut out = Zeroizing::new([0; KEY_LENGTH]);
        derived
            .expand(info, Length)
            .and_then(|okm| okm.fill(&mut out[..]))
            .map(|()| out)
    };
    let commitment = expand(&[b"COMMITKEY"])?;
    let encryption = expand(&[&SUITE.to_be_bytes(), b"DERIVEKEY"])?;
    Ok((
        commitment,
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &encryption[..])?),
    ))
}

/// What a frame is bound to: its message, kind, number, and length in bytes.
fn frame_bound(message_id: &[u8; MESSAGE_ID_LENGTH], kind: &[u8], sequence: u32, length: u32) -> Vec<u8> {
    [
        &message_id[..],
        kind,
        &sequence.to_be_bytes(),
        &u64::from(length).to_be_bytes(),
    ]
    .concat()
}

/// The nonce of a frame, or of the header as frame 0. The key is this message's own, so none occurs twice.
fn nonce(sequence: u32) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    nonce[NONCE_LEN - 4..].copy_from_slice(&sequence.to_be_bytes());
    nonce
}

/// `text` encrypted, and its tag.
fn seal(cipher: &LessSafeKey, sequence: u32, bound: &[u8], mut text: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let nonce = Nonce::assume_unique_for_key(nonce(sequence));
    cipher
        .seal_in_place_append_tag(nonce, Aad::from(bound), &mut text)
        .map_err(Fault::internal)?;
    Ok(text)
}

/// Appends the length of `part` in two bytes, and `part`.
fn sized(message: &mut Vec<u8>, part: &[u8]) -> Result<(), Fault> {
    let length = u16::try_from(part.len()).map_err(Fault::internal)?;
    message.extend_from_slice(&length.to_be_bytes());
    message.extend_from_slice(part);
    Ok(())
}

/// The encryption context: how many pairs, and the pairs by name.
fn serialized(context: &BTreeMap<String, String>) -> Result<Vec<u8>, Fault> {
    if context.is_empty() {
        return Ok(Vec::new());
    }
    let count = u16::try_from(context.len()).map_err(Fault::internal)?;
    let mut out = count.to_be_bytes().to_vec();
    for (name, value) in context {
        sized(&mut out, name.as_bytes())?;
        sized(&mut out, value.as_bytes())?;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::Counting;

    fn key() -> MessageKey {
        MessageKey {
            plain: Zeroizing::new(vec![7; 32]),
            wrapped: b"wrapped by KMS".to_vec(),
            arn: "arn:aws:kms:eu-west-1:123456789012:key/1".to_owned(),
        }
    }

    /// The end-to-end tests open messages with AWS's own SDK for Python; this is where its parts have to be.
    #[test]
    fn a_message_has_the_documented_parts() {
        let context = BTreeMap::from([("userpool-id".to_owned(), "eu-west-1_a".to_owned())]);
        let message = encrypt(&key(), &context, b"secret", &Counting::default()).unwrap();
        assert_eq!(message[..3], [2, 0x04, 0x78]);
        // Length of the context, one pair.
        let pairs = 2 + 2 + 11 + 2 + 11;
        assert_eq!(message[35..39], [0, pairs, 0, 1]);
        let keys = 37 + usize::from(pairs);
        assert_eq!(message[keys..keys + 11], *b"\x00\x01\x00\x07aws-kms");
        let rest = keys + 11 + 2 + key().arn.len() + 2 + key().wrapped.len();
        assert_eq!(message[rest..rest + 5], [2, 0, 0, 0x10, 0]);
        let body = rest + 5 + 32 + 16;
        assert_eq!(message[body..body + 8], [255, 255, 255, 255, 0, 0, 0, 1]);
        assert_eq!(message.len(), body + 4 + 4 + 12 + 4 + 6 + 16);
        assert!(!message.windows(6).any(|window| window == b"secret"));
    }

    #[test]
    fn a_key_of_another_length_encrypts_nothing() {
        let short = MessageKey {
            plain: Zeroizing::new(vec![7; 16]),
            ..key()
        };
        assert!(encrypt(&short, &BTreeMap::new(), b"x", &Counting::default()).is_err());
    }
}
