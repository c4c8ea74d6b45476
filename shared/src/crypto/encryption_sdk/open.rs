//! Reading messages, for functions that send codes: what a message says is not believed before its tags are checked.

use std::collections::BTreeMap;

use aws_lc_rs::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use zeroize::Zeroizing;

use super::{
    FINAL_FRAME, FRAMED, KEY_LENGTH, LAST, MESSAGE_ID_LENGTH, PROVIDER, SUITE, VERSION, derived, frame_bound,
    nonce,
};

const FRAME: &[u8] = b"AWSKMSEncryptionClient Frame";
const TAG_LENGTH: usize = 16;
/// Bytes of a message that is read at most: a code has some hundred.
pub const LARGEST: usize = 16 * 1024;
/// Wrapped keys and pairs of the context that a message may have.
const MOST_KEYS: u16 = 8;
const MOST_PAIRS: u16 = 32;

/// Why a message is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// It has not the form of one, or is larger than any that is read.
    #[error("not a message of the AWS Encryption SDK, version 2, suite 0x0478, framed")]
    Form,
    /// The key is not the one that the message commits to.
    #[error("not the key of the message")]
    Key,
    /// Something was changed after it was written.
    #[error("the message was altered")]
    Altered,
}

/// A data key as KMS opens it, for one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrappedKey<'a> {
    /// ARN of the KMS key.
    pub arn: &'a str,
    /// The key, wrapped.
    pub wrapped: &'a [u8],
}

/// A message whose form was checked, and nothing else yet.
#[derive(Debug)]
pub struct Message<'a> {
    /// What KMS bound the key to.
    pub context: BTreeMap<String, String>,
    /// The keys that KMS can open; each leads to the same data key.
    pub keys: Vec<WrappedKey<'a>>,
    id: &'a [u8; MESSAGE_ID_LENGTH],
    frame_length: u32,
    commitment: &'a [u8; KEY_LENGTH],
    /// All that the header's tag vouches for.
    header: &'a [u8],
    header_tag: &'a [u8; TAG_LENGTH],
    frames: &'a [u8],
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], NotOpened> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(NotOpened::Form)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], NotOpened> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(NotOpened::Form)?;
        self.0 = rest;
        Ok(taken)
    }

    fn u16(&mut self) -> Result<u16, NotOpened> {
        self.array().copied().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32, NotOpened> {
        self.array().copied().map(u32::from_be_bytes)
    }

    /// What follows its own length in two bytes.
    fn sized(&mut self) -> Result<&'a [u8], NotOpened> {
        let length = self.u16()?;
        self.take(length.into())
    }

    fn text(&mut self) -> Result<&'a str, NotOpened> {
        std::str::from_utf8(self.sized()?).map_err(|_| NotOpened::Form)
    }

    fn end(&self) -> Result<(), NotOpened> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(NotOpened::Form)
        }
    }
}

fn read_context(serialized: &[u8]) -> Result<BTreeMap<String, String>, NotOpened> {
    let mut context = BTreeMap::new();
    if serialized.is_empty() {
        return Ok(context);
    }
    let mut reader = Reader(serialized);
    let count = reader.u16()?;
    if count > MOST_PAIRS {
        return Err(NotOpened::Form);
    }
    for _ in 0..count {
        let (name, value) = (reader.text()?, reader.text()?);
        if context.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(NotOpened::Form);
        }
    }
    reader.end()?;
    Ok(context)
}

fn read_keys<'a>(reader: &mut Reader<'a>) -> Result<Vec<WrappedKey<'a>>, NotOpened> {
    let count = reader.u16()?;
    if !(1..=MOST_KEYS).contains(&count) {
        return Err(NotOpened::Form);
    }
    let mut keys = Vec::new();
    for _ in 0..count {
        let (provider, arn, wrapped) = (reader.sized()?, reader.sized()?, reader.sized()?);
        // Keys of other providers are for others.
        if provider == PROVIDER {
            let arn = std::str::from_utf8(arn).map_err(|_| NotOpened::Form)?;
            keys.push(WrappedKey { arn, wrapped });
        }
    }
    Ok(keys)
}

impl<'a> Message<'a> {
    /// Reads the form of a message.
    ///
    /// # Errors
    /// [`NotOpened::Form`].
    pub fn read(message: &'a [u8]) -> Result<Self, NotOpened> {
        if message.len() > LARGEST {
            return Err(NotOpened::Form);
        }
        let mut reader = Reader(message);
        if *reader.array()? != [VERSION] || reader.u16()? != SUITE {
            return Err(NotOpened::Form);
        }
        let id = reader.array()?;
        let context = read_context(reader.sized()?)?;
        let keys = read_keys(&mut reader)?;
        if *reader.array()? != [FRAMED] {
            return Err(NotOpened::Form);
        }
        let frame_length = reader.u32()?;
        let commitment = reader.array()?;
        let header = message
            .get(..message.len() - reader.0.len())
            .ok_or(NotOpened::Form)?;
        Ok(Self {
            context,
            keys,
            id,
            frame_length,
            commitment,
            header,
            header_tag: reader.array()?,
            frames: reader.0,
        })
    }

    /// Opens the message with its data key.
    ///
    /// # Errors
    /// See [`NotOpened`].
    pub fn open(&self, key: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
        if key.len() != KEY_LENGTH {
            return Err(NotOpened::Key);
        }
        let (commitment, cipher) = derived(self.id, key).map_err(|_| NotOpened::Key)?;
        verify_slices_are_equal(&commitment[..], self.commitment).map_err(|_| NotOpened::Key)?;
        opened(&cipher, nonce(0), self.header, self.header_tag)?;
        self.read_frames(&cipher)
    }

    /// The text of all frames, which have to be in their order, and the last one last.
    fn read_frames(&self, cipher: &LessSafeKey) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
        let mut reader = Reader(self.frames);
        let mut plain = Zeroizing::new(Vec::with_capacity(self.frames.len()));
        let mut sequence: u32 = 1;
        loop {
            let head = reader.u32()?;
            let last = head == LAST;
            let (kind, number) = if last {
                (FINAL_FRAME, reader.u32()?)
            } else {
                (FRAME, head)
            };
            let nonce = *reader.array::<NONCE_LEN>()?;
            let length = if last { reader.u32()? } else { self.frame_length };
            if number != sequence || length > self.frame_length {
                return Err(NotOpened::Form);
            }
            let length_with_tag = usize::try_from(length)
                .ok()
                .and_then(|length| length.checked_add(TAG_LENGTH))
                .ok_or(NotOpened::Form)?;
            let sealed = reader.take(length_with_tag)?;
            let bound = frame_bound(self.id, kind, sequence, length);
            plain.extend_from_slice(&opened(cipher, nonce, &bound, sealed)?);
            if last {
                reader.end()?;
                return Ok(plain);
            }
            sequence = sequence.checked_add(1).ok_or(NotOpened::Form)?;
        }
    }
}

/// What `sealed`, with its tag, says.
fn opened(
    cipher: &LessSafeKey,
    nonce: [u8; NONCE_LEN],
    bound: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
    let mut text = Zeroizing::new(sealed.to_vec());
    let length = cipher
        .open_in_place(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(bound),
            &mut text[..],
        )
        .map_err(|_| NotOpened::Altered)?
        .len();
    text.truncate(length);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;
    use crate::ambient::fixed::Counting;
    use crate::crypto::encryption_sdk::{MessageKey, encrypt};
    use crate::crypto::from_base64;

    fn key() -> MessageKey {
        MessageKey {
            plain: Zeroizing::new(vec![7; KEY_LENGTH]),
            wrapped: b"wrapped by KMS".to_vec(),
            arn: "arn:aws:kms:eu-west-1:123456789012:key/1".to_owned(),
        }
    }

    fn pool() -> BTreeMap<String, String> {
        BTreeMap::from([("userpool-id".to_owned(), "eu-west-1_a".to_owned())])
    }

    fn written(plain: &[u8], context: &BTreeMap<String, String>) -> Vec<u8> {
        encrypt(&key(), context, plain, &Counting::default()).unwrap()
    }

    fn read_and_opened(message: &[u8], key: &[u8]) -> Result<Vec<u8>, NotOpened> {
        Message::read(message)?.open(key).map(|plain| plain.to_vec())
    }

    /// A message in `tests/vectors/encryption_sdk.json`.
    #[derive(Deserialize)]
    struct Vector {
        key: String,
        context: BTreeMap<String, String>,
        plain: String,
        message: String,
    }

    #[test]
    fn messages_of_the_aws_encryption_sdk_open() {
        let text = include_str!("../../../../tests/vectors/encryption_sdk.json");
        let vectors: Vec<Vector> = serde_json::from_str(text).unwrap();
        assert!(vectors.len() >= 5);
        for vector in vectors {
            let (bytes, key) = (
                from_base64(&vector.message).unwrap(),
                from_base64(&vector.key).unwrap(),
            );
            let message = Message::read(&bytes).unwrap();
            assert_eq!(message.context, vector.context);
            assert_eq!(message.keys[0].wrapped, b"wrapped by KMS");
            assert_eq!(message.open(&key).unwrap().as_slice(), vector.plain.as_bytes());
        }
    }

    #[test]
    fn another_key_opens_nothing() {
        let message = written(b"123456", &pool());
        assert_eq!(read_and_opened(&message, &[7; 32]).unwrap(), b"123456");
        for key in [&[8; 32][..], &[7; 31], &[7; 33], &[]] {
            assert_eq!(read_and_opened(&message, key), Err(NotOpened::Key));
        }
    }

    #[test]
    fn what_follows_the_last_frame_and_what_is_too_large_is_no_message() {
        let message = written(b"123456", &pool());
        let longer = [&message[..], b"x"].concat();
        assert_eq!(read_and_opened(&longer, &[7; 32]), Err(NotOpened::Form));
        let huge = [&message[..], &vec![0; LARGEST]].concat();
        assert_eq!(Message::read(&huge).unwrap_err(), NotOpened::Form);
    }

    #[test]
    fn a_name_of_the_context_that_comes_twice_is_no_context() {
        let pair = b"\x00\x01a\x00\x01b";
        let twice = [&[0, 2][..], pair, pair].concat();
        assert_eq!(read_context(&twice), Err(NotOpened::Form));
        assert_eq!(
            read_context(&[&[0, 1][..], pair, b"x"].concat()),
            Err(NotOpened::Form)
        );
        assert_eq!(read_context(&[&[0, 1][..], pair].concat()).unwrap().len(), 1);
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(
            plain in prop::collection::vec(any::<u8>(), 0..4097),
            context in prop::collection::btree_map(".{0,20}", ".{0,20}", 0..6),
        ) {
            let message = written(&plain, &context);
            let read = Message::read(&message).unwrap();
            prop_assert_eq!(&read.context, &context);
            let (sealed, arn) = (key().wrapped, key().arn);
            prop_assert_eq!(&read.keys[..], &[WrappedKey { arn: &arn, wrapped: &sealed }][..]);
            prop_assert_eq!(&read.open(&[7; 32]).unwrap()[..], &plain[..]);
        }

        #[test]
        fn a_bit_that_was_changed_is_noticed(place in any::<prop::sample::Index>(), bit in 0..8_u32) {
            let mut message = written(b"123456", &pool());
            let place = place.index(message.len());
            message[place] ^= 1_u8 << bit;
            prop_assert!(read_and_opened(&message, &[7; 32]).is_err());
        }

        #[test]
        fn a_message_that_was_cut_is_none(place in any::<prop::sample::Index>()) {
            let message = written(b"123456", &pool());
            let cut = &message[..place.index(message.len())];
            prop_assert!(read_and_opened(cut, &[7; 32]).is_err());
        }

        #[test]
        fn garbage_is_refused_and_breaks_nothing(garbage in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(read_and_opened(&garbage, &[7; 32]).is_err());
            let begun = [&[VERSION, 0x04, 0x78][..], &garbage].concat();
            prop_assert!(read_and_opened(&begun, &[7; 32]).is_err());
        }
    }
}
