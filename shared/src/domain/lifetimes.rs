//! How long a client's tokens live.

use gatehouse_model::user_pool::{TimeUnitsType, TokenValidityUnitsType};

use crate::Fault;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Lifetimes in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// Of access tokens: 5 minutes to a day.
    pub access: i64,
    /// Of ID tokens: 5 minutes to a day.
    pub id: i64,
    /// Of refresh tokens: an hour to ten years.
    pub refresh: i64,
}

const fn unit_seconds(unit: TimeUnitsType) -> i64 {
    match unit {
        TimeUnitsType::Seconds => 1,
        TimeUnitsType::Minutes => MINUTE,
        TimeUnitsType::Hours => HOUR,
        TimeUnitsType::Days => DAY,
    }
}

fn seconds(given: Option<i32>, unit: Option<TimeUnitsType>, usual: TimeUnitsType, default: i64) -> i64 {
    match given {
        None | Some(0) => default,
        Some(number) => i64::from(number).saturating_mul(unit_seconds(unit.unwrap_or(usual))),
    }
}

impl Lifetimes {
    /// The lifetimes of a client whose validities are given with their units; hours are usual for access and ID
    /// tokens, days for refresh tokens.
    ///
    /// # Errors
    /// `InvalidParameterException` out of range, or where a refresh token would die before the tokens it renews.
    pub fn new(
        access: Option<i32>,
        id: Option<i32>,
        refresh: Option<i32>,
        units: Option<&TokenValidityUnitsType>,
    ) -> Result<Self, Fault> {
        let unit = |of: fn(&TokenValidityUnitsType) -> Option<TimeUnitsType>| units.and_then(of);
        let lifetimes = Self {
            access: seconds(access, unit(|u| u.access_token), TimeUnitsType::Hours, HOUR),
            id: seconds(id, unit(|u| u.id_token), TimeUnitsType::Hours, HOUR),
            refresh: seconds(refresh, unit(|u| u.refresh_token), TimeUnitsType::Days, 30 * DAY),
        };
        let short = 5 * MINUTE..=DAY;
        if !short.contains(&lifetimes.access)
            || !short.contains(&lifetimes.id)
            || !(HOUR..=3650 * DAY).contains(&lifetimes.refresh)
            || lifetimes.refresh < lifetimes.access.max(lifetimes.id)
        {
            return Err(Fault::invalid_parameter("Invalid range for token validity."));
        }
        Ok(lifetimes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(access: TimeUnitsType, refresh: TimeUnitsType) -> TokenValidityUnitsType {
        TokenValidityUnitsType {
            access_token: Some(access),
            id_token: Some(access),
            refresh_token: Some(refresh),
        }
    }

    #[test]
    fn defaults_are_an_hour_and_thirty_days() {
        let lifetimes = Lifetimes::new(None, None, None, None).unwrap();
        assert_eq!(
            lifetimes,
            Lifetimes {
                access: 3600,
                id: 3600,
                refresh: 2_592_000
            }
        );
    }

    #[test]
    fn numbers_are_hours_and_days_unless_units_say_otherwise() {
        let lifetimes = Lifetimes::new(Some(2), Some(3), Some(5), None).unwrap();
        assert_eq!(
            lifetimes,
            Lifetimes {
                access: 7200,
                id: 10_800,
                refresh: 432_000
            }
        );
        let lifetimes = Lifetimes::new(
            Some(300),
            Some(600),
            Some(60),
            Some(&units(TimeUnitsType::Seconds, TimeUnitsType::Minutes)),
        );
        assert_eq!(
            lifetimes.unwrap(),
            Lifetimes {
                access: 300,
                id: 600,
                refresh: 3600
            }
        );
    }

    #[test]
    fn out_of_range_is_refused_on_every_side() {
        let seconds = units(TimeUnitsType::Seconds, TimeUnitsType::Seconds);
        assert!(Lifetimes::new(Some(299), None, None, Some(&seconds)).is_err());
        assert!(Lifetimes::new(Some(25), None, None, None).is_err());
        assert!(Lifetimes::new(None, None, Some(3599), Some(&seconds)).is_err());
        assert!(Lifetimes::new(None, None, Some(3651), None).is_err());
        assert!(Lifetimes::new(Some(7200), None, Some(3600), Some(&seconds)).is_err());
    }
}
