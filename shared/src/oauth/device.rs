//! Device authorization (RFC 8628): a device without a keyboard shows a short code, its user enters the code on another
//! one, signs in there and says yes or no, while the device asks the token endpoint how that went.
//!
//! All of it is one item under the hash of the user code, which the device code, sealed, also names. What the user's
//! browser carries from page to page is not the code but a sealed [`Request`], so that codes can be guessed in one place
//! only, where tries are counted.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use gatehouse_model::Sensitive;
use serde::{Deserialize, Serialize};

use super::grant::{Grant, hash};
use crate::ambient::{Entropy, random_text};
use crate::app::OpenPool;
use crate::crypto::seal::Purpose;
use crate::domain::activity::Origin;
use crate::domain::client::Client;
use crate::domain::ids::{ClientId, GrantHash, PoolId, SessionId};
use crate::{App, Fault, Timestamp};

/// The grant type (RFC 8628 section 3.4).
pub const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Where users enter codes, on this site.
pub const PAGE: &str = "/device";
/// The parameter in which pages carry a [`Request`].
pub const PARAMETER: &str = "device_request";
/// Seconds in which the user has to have said yes and the device to have fetched its tokens.
pub const SECONDS: i64 = 900;
/// Seconds between two questions of a device, until it asks too often.
pub const INTERVAL: i64 = 5;
/// Codes that may be entered from one network an hour, right or wrong: of 20⁸ codes, a guess each is one in 2²⁸.
pub const ENTRIES_PER_HOUR: u32 = 60;

/// Letters that are no vowels and look like nothing else (RFC 8628 section 6.1).
const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

/// What the device shows and its user enters: eight letters, about 34 bits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserCode(String);

impl UserCode {
    /// A new one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(random_text(entropy, LETTERS, LENGTH))
    }

    /// The hash under which storage has what the code stands for.
    pub fn hash(&self) -> GrantHash {
        hash(&Sensitive::from(format!("user code {}", self.0)))
    }
}

/// As people read it: `WDJB-MJHT`.
impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(LENGTH / 2);
        write!(f, "{first}-{second}")
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(…)")
    }
}

/// No text of this form is a user code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoUserCode;

/// As people write it: in small letters, with or without dash and spaces.
impl FromStr for UserCode {
    type Err = NoUserCode;

    fn from_str(text: &str) -> Result<Self, NoUserCode> {
        let letters: String = text
            .chars()
            .filter(|letter| !letter.is_whitespace() && *letter != '-')
            .map(|letter| letter.to_ascii_uppercase())
            .take(LENGTH + 1)
            .collect();
        let fits = letters.len() == LENGTH && letters.bytes().all(|letter| LETTERS.contains(&letter));
        fits.then_some(Self(letters)).ok_or(NoUserCode)
    }
}

/// What the user said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Nothing yet.
    Pending,
    /// Yes: there is a grant.
    Allowed,
    /// No.
    Denied,
}

impl Decision {
    /// The word for it in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Allowed => "allowed",
            Self::Denied => "denied",
        }
    }
}

/// How often a device asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// Seconds that it has to wait between two questions.
    #[serde(rename = "interval_seconds")]
    pub seconds: i64,
    /// The latest question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
}

impl Pace {
    /// The pace after a question at `now`, and whether that came too early: then the device has to wait five seconds
    /// longer from now on (RFC 8628 section 3.5).
    pub fn after_question(self, now: Timestamp) -> (Self, bool) {
        let early = self
            .asked_at
            .is_some_and(|asked_at| now < asked_at.plus_seconds(self.seconds));
        let seconds = self.seconds + if early { INTERVAL } else { 0 };
        let asked_at = Some(now);
        (Self { seconds, asked_at }, early)
    }
}

/// What a user code and a device code stand for, as storage has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceGrant {
    /// The pool.
    pub pool: PoolId,
    /// The client that asked.
    pub client: ClientId,
    /// The hash of the device code.
    pub device_code: GrantHash,
    /// What the tokens may do.
    pub scope: String,
    /// The API that the access token is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// How often the device asks.
    #[serde(flatten)]
    pub pace: Pace,
    /// What the user said.
    pub decision: Decision,
    /// What the user granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Grant>,
    /// Whether the device has its tokens.
    pub redeemed: bool,
    /// When the codes stop working.
    #[serde(rename = "valid_until")]
    pub expires_at: Timestamp,
}

impl DeviceGrant {
    /// Whether a user can still say yes or no at `now`.
    pub fn waits(&self, now: Timestamp) -> bool {
        self.decision == Decision::Pending && now < self.expires_at
    }
}

/// What a device code says once it is open.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeviceCode {
    /// Makes the code unguessable.
    #[serde(rename = "i")]
    id: SessionId,
    /// The user code, which leads to the item.
    #[serde(rename = "u")]
    pub user_code: UserCode,
    /// When it stops working.
    #[serde(rename = "e")]
    pub expires_at: Timestamp,
}

/// What a device gets.
#[derive(Debug)]
pub struct Codes {
    /// For the device alone.
    pub device: Sensitive,
    /// To show.
    pub user: UserCode,
}

/// Writes what a device of `client` asks for and returns its codes.
///
/// # Errors
/// `TooManyRequestsException` when AWS throttles.
pub async fn begin(
    app: &App,
    open: &OpenPool,
    client: &Client,
    (scope, resource): (String, Option<String>),
    now: Timestamp,
) -> Result<Codes, Fault> {
    let key = app.data_key(open).await?;
    let expires_at = now.plus_seconds(SECONDS);
    let user = UserCode::generate(&*app.entropy);
    let code = DeviceCode {
        id: SessionId::generate(&*app.entropy),
        user_code: user.clone(),
        expires_at,
    };
    let device = key.seal_text(Purpose::DeviceCode, client.id().as_str(), &code, &*app.entropy)?;
    let device = Sensitive::from(device);
    let grant = DeviceGrant {
        pool: open.pool.id().clone(),
        client: client.id().clone(),
        device_code: hash(&device),
        scope,
        resource,
        pace: Pace {
            seconds: INTERVAL,
            asked_at: None,
        },
        decision: Decision::Pending,
        given: None,
        redeemed: false,
        expires_at,
    };
    if !app.store.create_device_grant(&user.hash(), &grant).await? {
        // One in billions: another device shows this code just now. The device asks again.
        return Err(crate::store::rate_exceeded());
    }
    Ok(Codes { device, user })
}

/// What a device code of `client` says; `None` for any other text.
///
/// # Errors
/// `TooManyRequestsException` when KMS throttles.
pub async fn open_code(
    app: &App,
    open: &OpenPool,
    client: &ClientId,
    code: &Sensitive,
) -> Result<Option<DeviceCode>, Fault> {
    let key = app.data_key(open).await?;
    Ok(key.open_text(Purpose::DeviceCode, client.as_str(), code.expose()))
}

/// What a user who has entered a right code is asked, as the pages carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The code that was entered.
    #[serde(rename = "u")]
    pub user_code: UserCode,
    /// The hash of the device code: a later device that shows the same code is another.
    #[serde(rename = "d")]
    pub device_code: GrantHash,
    /// What the tokens may do.
    #[serde(rename = "s")]
    pub scope: String,
    /// The API that the access token is for.
    #[serde(rename = "r")]
    pub resource: Option<String>,
    /// When the codes stop working.
    #[serde(rename = "e")]
    pub expires_at: Timestamp,
}

impl Request {
    /// What is asked of a user who has entered `code`.
    pub fn of(code: UserCode, grant: DeviceGrant) -> Self {
        Self {
            user_code: code,
            device_code: grant.device_code,
            scope: grant.scope,
            resource: grant.resource,
            expires_at: grant.expires_at,
        }
    }

    /// The request as a parameter of pages for `client`.
    ///
    /// # Errors
    /// `TooManyRequestsException` when KMS throttles.
    pub async fn seal(&self, app: &App, open: &OpenPool, client: &ClientId) -> Result<String, Fault> {
        let key = app.data_key(open).await?;
        key.seal_text(Purpose::DeviceRequest, client.as_str(), self, &*app.entropy)
    }

    /// The request that a parameter of pages for `client` says; `None` for any other text.
    ///
    /// # Errors
    /// `TooManyRequestsException` when KMS throttles.
    pub async fn open(
        app: &App,
        open: &OpenPool,
        client: &ClientId,
        text: &str,
    ) -> Result<Option<Self>, Fault> {
        let key = app.data_key(open).await?;
        Ok(key.open_text(Purpose::DeviceRequest, client.as_str(), text))
    }
}

/// The counter of codes that are entered from where a request came from, for the hour of `now`. A household has 2⁶⁴
/// addresses of version 6, so those of one network count as one.
pub fn entries(origin: &Origin, now: Timestamp) -> GrantHash {
    let address = origin.ip.as_ref().map(Sensitive::expose).unwrap_or_default();
    let network = match address.parse() {
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
        Ok(address) => address.to_canonical().to_string(),
        Err(_) => address.to_owned(),
    };
    let hour = now.seconds().div_euclid(3600);
    hash(&Sensitive::from(format!("code entries {network} {hour}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::{Counting, NOON};
    use proptest::prelude::*;

    #[test]
    fn a_user_code_is_read_however_people_write_it() {
        let code: UserCode = "WDJB-MJHT".parse().unwrap();
        for text in ["wdjbmjht", " WDJB MJHT ", "wd-jb-mj-ht", "WDJBMJHT"] {
            assert_eq!(text.parse(), Ok(code.clone()), "{text}");
        }
        for text in [
            "",
            "WDJB-MJH",
            "WDJB-MJHTT",
            "WDJA-MJHT",
            "WDJ8-MJHT",
            "ŴDJB-MJHT",
        ] {
            assert_eq!(text.parse::<UserCode>(), Err(NoUserCode), "{text}");
        }
        assert_eq!(code.to_string(), "WDJB-MJHT");
        assert!(!format!("{code:?}").contains("WDJB"));
    }

    #[test]
    fn whoever_asks_too_early_has_to_wait_longer_from_then_on() {
        let fresh = Pace {
            seconds: INTERVAL,
            asked_at: None,
        };
        let (first, early) = fresh.after_question(NOON);
        assert!(!early && first.seconds == 5);
        let (second, early) = first.after_question(NOON.plus_seconds(4));
        assert!(early && second.seconds == 10);
        let (third, early) = second.after_question(NOON.plus_seconds(13));
        assert!(early && third.seconds == 15);
        let (_, early) = third.after_question(NOON.plus_seconds(28));
        assert!(!early);
    }

    #[test]
    fn entries_are_counted_by_network_and_hour() {
        let of = |ip: &str, now| entries(&Origin::new(Some(ip.to_owned()), None), now);
        assert_eq!(
            of("2001:db8::1", NOON),
            of("2001:db8:0:0:ffff::2", NOON.plus_seconds(60))
        );
        assert_eq!(of("::ffff:192.0.2.1", NOON), of("192.0.2.1", NOON));
        assert_ne!(of("2001:db8::1", NOON), of("2001:db8:0:1::1", NOON));
        assert_ne!(of("192.0.2.1", NOON), of("192.0.2.2", NOON));
        assert_ne!(of("192.0.2.1", NOON), of("192.0.2.1", NOON.plus_seconds(3600)));
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(seed in any::<u8>()) {
            let entropy = Counting::default();
            entropy.fill(&mut vec![0; usize::from(seed)]);
            let code = UserCode::generate(&entropy);
            prop_assert_eq!(code.to_string().parse(), Ok(code));
        }

        #[test]
        fn any_text_is_a_code_or_not_and_never_panics(text in ".{0,20}") {
            let _ = text.parse::<UserCode>();
        }
    }
}
