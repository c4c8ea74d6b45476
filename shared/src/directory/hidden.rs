//! Answers that take the same time whether or not there is a user.
//!
//! Sending a message takes a few hundred milliseconds, which a name without a user does not cost. Where a client hides
//! who exists (`PreventUserExistenceErrors`), an operation that sends codes answers no sooner than a fixed time after
//! its request came in, which is longer than sending takes but for outliers.

use std::time::Duration;

use crate::domain::client::{Client, ExistenceErrors};
use crate::{App, Fault, Timestamp};

/// Milliseconds that an answer takes at least.
const LEAST: i64 = 1000;

/// What `answering` comes to, no sooner than the answer to a request that came in at `since` may be given.
pub async fn settled<T>(
    app: &App,
    client: &Client,
    since: Timestamp,
    answering: impl Future<Output = T> + Send,
) -> T {
    let answer = answering.await;
    if client.existence_errors == ExistenceErrors::Prevented {
        let left = remaining(since, app.now());
        tokio::time::sleep(left).await;
    }
    answer
}

fn remaining(since: Timestamp, now: Timestamp) -> Duration {
    let passed = now.millis().saturating_sub(since.millis());
    // A clock that was set back makes nobody wait longer.
    let left = LEAST.saturating_sub(passed.max(0)).max(0);
    Duration::from_millis(left.unsigned_abs())
}

/// What a client that hides who exists learns of a code that could not be sent: the same as of one that was. The log
/// tells.
///
/// # Errors
/// The fault itself, for a client that may know.
pub fn undelivered<T>(client: &Client, fault: Fault, as_sent: T) -> Result<T, Fault> {
    let hidden = client.existence_errors == ExistenceErrors::Prevented;
    if hidden && fault.kind() == crate::fault::FaultKind::CodeDeliveryFailure {
        tracing::warn!(cause = fault.cause(), "a code could not be sent");
        return Ok(as_sent);
    }
    Err(fault)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::NOON;

    #[test]
    fn an_answer_waits_for_the_rest_of_its_time_and_no_longer() {
        for (passed, left) in [(0, 1000), (400, 600), (1000, 0), (5000, 0), (-5000, 1000)] {
            let now = Timestamp::from_millis(NOON.millis() + passed);
            assert_eq!(remaining(NOON, now), Duration::from_millis(left), "{passed}");
        }
    }
}
