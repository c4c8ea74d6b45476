//! Time and randomness, passed in: nothing else in the workspace asks the machine for either.

use std::fmt;

use gatehouse_model::EpochSeconds;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `millis` milliseconds after the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The moment `seconds` seconds after the Unix epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * 1000)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down (RFC 7519 `NumericDate`).
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The moment `seconds` later.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Seconds from `earlier` to this moment, rounded down; negative when this moment is the earlier one.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).div_euclid(1000)
    }

    /// The API's form of a date: seconds since the epoch as a JSON number.
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of this millennium fit 53 bits"
    )]
    pub fn epoch(self) -> EpochSeconds {
        EpochSeconds(self.0 as f64 / 1000.0)
    }

    /// The same moment as a calendar date in UTC.
    pub fn to_utc(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// The same moment as text (RFC 3339), UTC, in milliseconds.
    pub fn to_rfc3339_millis(self) -> String {
        let seconds = self.to_rfc3339();
        format!(
            "{}.{:03}Z",
            seconds.trim_end_matches('Z'),
            self.0.rem_euclid(1000)
        )
    }

    /// The same moment as text (RFC 3339), UTC, in whole seconds.
    pub fn to_rfc3339(self) -> String {
        let seconds = Self::from_seconds(self.seconds());
        seconds.to_utc().format(&Rfc3339).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// Where random bytes come from.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with unpredictable bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// `N` random bytes.
pub fn random_bytes<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

/// A random version-4 UUID (RFC 9562).
pub fn random_uuid(entropy: &dyn Entropy) -> uuid::Uuid {
    uuid::Builder::from_random_bytes(random_bytes(entropy)).into_uuid()
}

/// `length` characters drawn evenly from `alphabet` (at most 256 ASCII characters).
pub fn random_text(entropy: &dyn Entropy, alphabet: &[u8], length: usize) -> String {
    let limit = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let [byte] = random_bytes::<1>(entropy);
        if usize::from(byte) < limit {
            text.push(char::from(alphabet[usize::from(byte) % alphabet.len()]));
        }
    }
    text
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine for the time"
    )]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }
}

/// How long something takes, whatever is done to the clock meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// One that runs from now on.
    #[expect(
        clippy::disallowed_methods,
        reason = "for logs and metrics; nothing is decided by it"
    )]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Milliseconds since then, to the microsecond.
    pub fn millis(self) -> f64 {
        (self.0.elapsed().as_secs_f64() * 1_000_000.0).round() / 1000.0
    }
}

/// The operating system's random number generator.
#[derive(Debug, Clone, Copy)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine for randomness"
    )]
    #[expect(clippy::expect_used, reason = "without randomness no answer is safe")]
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives random bytes");
    }
}

#[cfg(test)]
pub(crate) mod fixed {
    //! A clock that stands still and a generator that repeats itself.
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::{Entropy, Timestamp};

    /// 2026-11-23T12:00:00Z.
    pub(crate) const NOON: Timestamp = Timestamp::from_seconds(1_795_435_200);

    /// `SplitMix64` over a counter: different every call, the same every run.
    #[derive(Debug, Default)]
    pub(crate) struct Counting(AtomicU64);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for chunk in bytes.chunks_mut(8) {
                let mut z = self
                    .0
                    .fetch_add(1, Ordering::Relaxed)
                    .wrapping_mul(0x9E37_79B9_7F4A_7C15);
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_rfc_3339() {
        assert_eq!(
            Timestamp::from_seconds(951_827_696).to_rfc3339(),
            "2000-02-29T12:34:56Z"
        );
        assert_eq!(Timestamp::from_millis(999).to_rfc3339(), "1970-01-01T00:00:00Z");
        let precise = Timestamp::from_millis(951_827_696_007).to_rfc3339_millis();
        assert_eq!(precise, "2000-02-29T12:34:56.007Z");
    }

    #[test]
    fn random_text_uses_the_alphabet_evenly_enough() {
        let text = random_text(&fixed::Counting::default(), b"0123456789", 10_000);
        for digit in '0'..='9' {
            let share = text.chars().filter(|c| *c == digit).count();
            assert!((850..1150).contains(&share), "{digit} came {share} times");
        }
    }

    #[test]
    fn seconds_round_down_on_both_sides_of_the_epoch() {
        assert_eq!(Timestamp::from_millis(-1).seconds(), -1);
        assert_eq!(Timestamp::from_millis(1999).seconds(), 1);
    }
}
