//! The timestamp that SRP clients sign, for example `Sun Nov 22 21:04:54 UTC 2026`.

use time::{Date, Month, Time};

use crate::ambient::Timestamp;

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [(&str, Month); 12] = [
    ("Jan", Month::January),
    ("Feb", Month::February),
    ("Mar", Month::March),
    ("Apr", Month::April),
    ("May", Month::May),
    ("Jun", Month::June),
    ("Jul", Month::July),
    ("Aug", Month::August),
    ("Sep", Month::September),
    ("Oct", Month::October),
    ("Nov", Month::November),
    ("Dec", Month::December),
];

/// Reads a client's timestamp. Clients write the day of the month with or without a leading zero; the weekday has
/// to be one, but need not be that day's.
pub fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let mut words = text.split(' ');
    let mut next = || words.next();
    let (weekday, month, day) = (next()?, next()?, next()?);
    let (clock, zone, year) = (next()?, next()?, next()?);
    if next().is_some() || zone != "UTC" || !WEEKDAYS.contains(&weekday) || year.len() != 4 {
        return None;
    }
    let (_, month) = MONTHS.iter().find(|(name, _)| *name == month)?;
    let year = i32::from(number(year.get(..2)?)?) * 100 + i32::from(number(year.get(2..)?)?);
    let date = Date::from_calendar_date(year, *month, number(day)?).ok()?;
    let mut parts = clock
        .split(':')
        .map(|part| if part.len() == 2 { number(part) } else { None });
    let time = Time::from_hms(parts.next()??, parts.next()??, parts.next()??).ok()?;
    if parts.next().is_some() {
        return None;
    }
    Some(Timestamp::from_seconds(
        date.with_time(time).assume_utc().unix_timestamp(),
    ))
}

/// One or two digits and nothing else.
fn number(text: &str) -> Option<u8> {
    let digits = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn days_come_with_and_without_a_leading_zero() {
        let expected = Some(Timestamp::from_seconds(1_793_653_494));
        assert_eq!(parse_timestamp("Mon Nov 2 21:04:54 UTC 2026"), expected);
        assert_eq!(parse_timestamp("Mon Nov 02 21:04:54 UTC 2026"), expected);
        let later = Some(Timestamp::from_seconds(1_795_381_494));
        assert_eq!(parse_timestamp("Sun Nov 22 21:04:54 UTC 2026"), later);
    }

    #[test]
    fn what_is_not_such_a_timestamp_is_refused() {
        for text in [
            "",
            "Sun Nov 22 21:04:54 UTC",
            "Sun Nov 22 21:04:54 UTC 2026 ",
            " Sun Nov 22 21:04:54 UTC 2026",
            "Sun Nov  2 21:04:54 UTC 2026",
            "Sun Nov 31 21:04:54 UTC 2026",
            "Sun Nov 0 21:04:54 UTC 2026",
            "Sun Nov 022 21:04:54 UTC 2026",
            "Sun Nov 22 24:00:00 UTC 2026",
            "Sun Nov 22 21:04 UTC 2026",
            "Sun Nov 22 21:04:54:00 UTC 2026",
            "Sun Nov 22 21:4:54 UTC 2026",
            "Sun Nov 22 21:04:54 GMT 2026",
            "Sun nov 22 21:04:54 UTC 2026",
            "Day Nov 22 21:04:54 UTC 2026",
            "Sun Nov 22 21:04:54 UTC 026",
            "Sun Nov 22 21:04:54 UTC +026",
            "Sun Nov 22 21:04:54 UTC 2é6",
            "Sun Nov 22 2é:04:54 UTC 2026",
            "2026-11-22T21:04:54Z",
        ] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}") {
            let _ = parse_timestamp(&text);
        }

        #[test]
        fn nearly_right_texts_do_not_make_it_panic(
            text in "(Mon|Sun) (Feb|Nov) [0-9é]{1,3} [0-9:é]{0,9} UTC [0-9é]{0,5}"
        ) {
            let _ = parse_timestamp(&text);
        }

        #[test]
        fn every_second_reads_back(seconds in 0..4_102_444_800_i64) {
            let date = Timestamp::from_seconds(seconds).to_utc();
            let text = format!(
                "{} {} {} {:02}:{:02}:{:02} UTC {}",
                &date.weekday().to_string()[..3],
                &date.month().to_string()[..3],
                date.day(),
                date.hour(),
                date.minute(),
                date.second(),
                date.year(),
            );
            prop_assert_eq!(parse_timestamp(&text), Some(Timestamp::from_seconds(seconds)));
        }
    }
}
