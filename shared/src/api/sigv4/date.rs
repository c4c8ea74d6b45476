//! The date of a signature, from `X-Amz-Date` or else `Date`.

use lambda_http::http::HeaderMap;
use time::format_description::well_known::Rfc2822;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

use crate::ambient::Timestamp;
use crate::fault::{Fault, FaultKind};

/// When a request was signed, and which header says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SignedDate {
    header: &'static str,
    basic: String,
    timestamp: Timestamp,
}

impl SignedDate {
    /// The date in the request's headers; `None` where there is none.
    pub(super) fn of(headers: &HeaderMap) -> Result<Option<Self>, Fault> {
        for (header, read) in [
            ("x-amz-date", read_basic as fn(&str) -> Option<Timestamp>),
            ("date", read_date_header),
        ] {
            let mut values = headers.get_all(header).iter();
            let Some(value) = values.next() else { continue };
            let timestamp = value
                .to_str()
                .ok()
                .and_then(read)
                .filter(|_| values.next().is_none());
            let Some(timestamp) = timestamp else {
                return Err(Fault::new(
                    FaultKind::IncompleteSignature,
                    "Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601",
                ));
            };
            return Ok(Some(Self {
                header,
                basic: basic_format(timestamp),
                timestamp,
            }));
        }
        Ok(None)
    }

    /// The header that says it, in lower case.
    pub(super) fn header(&self) -> &'static str {
        self.header
    }

    /// `YYYYMMDDTHHMMSSZ`.
    pub(super) fn basic(&self) -> &str {
        &self.basic
    }

    /// `YYYYMMDD`.
    pub(super) fn day(&self) -> &str {
        self.basic.get(..8).unwrap_or_default()
    }

    pub(super) fn timestamp(&self) -> Timestamp {
        self.timestamp
    }
}

/// `YYYYMMDDTHHMMSSZ`.
pub(super) fn basic_format(moment: Timestamp) -> String {
    let utc = moment.to_utc();
    let (hour, minute, second) = utc.to_hms();
    format!(
        "{:04}{:02}{:02}T{hour:02}{minute:02}{second:02}Z",
        utc.year(),
        u8::from(utc.month()),
        utc.day()
    )
}

fn read_basic(text: &str) -> Option<Timestamp> {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let date = PrimitiveDateTime::parse(text, format).ok()?;
    moment(date.assume_utc())
}

/// A `Date` header as HTTP has it; some signers put the basic format there.
fn read_date_header(text: &str) -> Option<Timestamp> {
    let http = || moment(OffsetDateTime::parse(text, &Rfc2822).ok()?);
    read_basic(text).or_else(http)
}

fn moment(date: OffsetDateTime) -> Option<Timestamp> {
    let date = date.to_offset(UtcOffset::UTC);
    (1970..=9999)
        .contains(&date.year())
        .then(|| Timestamp::from_seconds(date.unix_timestamp()))
}
