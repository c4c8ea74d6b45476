//! Counters against guessing: the password lockout and the hourly limits.
//!
//! A guard is kept for a user *name*, whether or not the user exists, so that it tells nothing about existence.
//! Every recorded attempt is conditional on the state it was decided from: of several racing attempts one is
//! evaluated, and the rest are told to come back.

use serde::{Deserialize, Serialize};

use crate::{Fault, Timestamp, fault::FaultKind};

/// Failed passwords before the first lock.
const FREE_FAILURES: u32 = 5;
/// The longest lock, and the idle time after which failures are forgotten, in seconds.
const LONGEST_LOCK: i64 = 15 * 60;
const HOUR: i64 = 60 * 60;

/// How often something was tried, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Guard {
    /// Attempts counted.
    pub count: u32,
    /// When counting began.
    pub since: Timestamp,
    /// The latest attempt.
    pub last: Timestamp,
}

impl Guard {
    /// The guard after one more attempt at `now`, beginning anew if the last one is `forgotten` seconds old.
    const fn next(self, now: Timestamp, fresh: bool) -> Self {
        if fresh || self.count == 0 {
            Self {
                count: 1,
                since: now,
                last: now,
            }
        } else {
            Self {
                count: self.count.saturating_add(1),
                since: self.since,
                last: now,
            }
        }
    }

    /// Seconds a failed password locks the account for: 2^(n−5) after n failures, at most 15 minutes.
    fn lock_seconds(self) -> i64 {
        match self.count.checked_sub(FREE_FAILURES) {
            None => 0,
            Some(over) => 2_i64
                .checked_pow(over)
                .map_or(LONGEST_LOCK, |seconds| seconds.min(LONGEST_LOCK)),
        }
    }

    /// Whether passwords may be tried at `now`.
    ///
    /// # Errors
    /// `NotAuthorizedException` "Password attempts exceeded" while locked; such a try does not count.
    pub fn check_lockout(self, now: Timestamp) -> Result<(), Fault> {
        if now < self.last.plus_seconds(self.lock_seconds()) && self.count >= FREE_FAILURES {
            return Err(Fault::not_authorized("Password attempts exceeded"));
        }
        Ok(())
    }

    /// Whether one-time codes may be tried at `now`: locked like passwords.
    ///
    /// # Errors
    /// `NotAuthorizedException` "Code attempts exceeded" while locked; such a try does not count.
    pub fn check_code_lockout(self, now: Timestamp) -> Result<(), Fault> {
        self.check_lockout(now)
            .map_err(|_| Fault::not_authorized("Code attempts exceeded"))
    }

    /// The guard after a failed password at `now`.
    #[must_use]
    pub fn after_failed_password(self, now: Timestamp) -> Self {
        self.next(now, now.seconds_since(self.last) >= LONGEST_LOCK)
    }

    /// Whether one more attempt is within `limit` an hour at `now`.
    ///
    /// # Errors
    /// `LimitExceededException` past the limit.
    pub fn check_hourly(self, limit: u32, now: Timestamp) -> Result<(), Fault> {
        if self.count >= limit && now.seconds_since(self.since) < HOUR {
            return Err(Fault::new(
                FaultKind::LimitExceeded,
                "Attempt limit exceeded, please try after some time.",
            ));
        }
        Ok(())
    }

    /// The guard after one more attempt at `now`, counted by the hour.
    #[must_use]
    pub const fn after_attempt(self, now: Timestamp) -> Self {
        self.next(now, now.seconds_since(self.since) >= HOUR)
    }

    /// When the guard says nothing any more and may be removed.
    pub const fn forgotten_at(self) -> Timestamp {
        self.last.plus_seconds(HOUR)
    }
}

/// Codes sent to sign in an hour.
pub const SIGN_IN_CODES_PER_HOUR: u32 = 20;
/// Codes sent to reset a password an hour.
pub const FORGOT_PASSWORD_PER_HOUR: u32 = 5;
/// Tries at a code that resets a password an hour.
pub const CONFIRM_FORGOT_PASSWORD_PER_HOUR: u32 = 10;
/// Changes of a password that are tried an hour.
pub const CHANGE_PASSWORD_PER_HOUR: u32 = 5;
/// Codes sent to verify an attribute an hour.
pub const ATTRIBUTE_CODE_PER_HOUR: u32 = 5;
/// Tries at a code that verifies an attribute an hour.
pub const VERIFY_ATTRIBUTE_PER_HOUR: u32 = 15;
/// Tries at a sign-up code an hour.
pub const CONFIRM_SIGN_UP_PER_HOUR: u32 = 15;
/// Sign-up codes sent again an hour.
pub const RESEND_CODE_PER_HOUR: u32 = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::NOON;

    fn failed(times: u32) -> Guard {
        (0..times).fold(Guard::default(), |guard, _| guard.after_failed_password(NOON))
    }

    #[test]
    fn four_failures_lock_nothing_and_the_fifth_locks_for_a_second() {
        assert!(failed(4).check_lockout(NOON).is_ok());
        assert!(failed(5).check_lockout(NOON).is_err());
        assert!(failed(5).check_lockout(NOON.plus_seconds(1)).is_ok());
    }

    #[test]
    fn each_further_failure_doubles_the_lock_up_to_fifteen_minutes() {
        assert!(failed(8).check_lockout(NOON.plus_seconds(7)).is_err());
        assert!(failed(8).check_lockout(NOON.plus_seconds(8)).is_ok());
        for times in [20, 60, 200] {
            assert!(failed(times).check_lockout(NOON.plus_seconds(899)).is_err());
            assert!(failed(times).check_lockout(NOON.plus_seconds(900)).is_ok());
        }
    }

    #[test]
    fn fifteen_idle_minutes_forget_all_failures() {
        assert_eq!(failed(30).after_failed_password(NOON.plus_seconds(900)).count, 1);
        assert_eq!(failed(30).after_failed_password(NOON.plus_seconds(899)).count, 31);
    }

    #[test]
    fn an_hourly_limit_opens_again_after_the_hour() {
        let guard = (0..5).fold(Guard::default(), |guard, _| guard.after_attempt(NOON));
        assert!(guard.check_hourly(5, NOON.plus_seconds(3599)).is_err());
        assert!(guard.check_hourly(6, NOON).is_ok());
        assert!(guard.check_hourly(5, NOON.plus_seconds(3600)).is_ok());
        assert_eq!(guard.after_attempt(NOON.plus_seconds(3600)).count, 1);
    }
}
