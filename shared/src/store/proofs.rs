//! Proofs that were accepted, each once.

use super::keys::Entity;
use super::transaction::{Condition, Ended, Transaction};
use super::{Store, expiring, key_item};
use crate::Fault;
use crate::oauth::once::Once;

/// Seconds that what was accepted is remembered longer than it is good: a function whose clock runs behind would still take
/// it.
const SKEW: i64 = 900;

impl Store {
    /// Notes that these are accepted, all or none, until long after they have expired by themselves. Returns the position of
    /// the first that had been accepted before; of requests that race with one proof, one is told `None`.
    pub async fn accept_once(&self, shown: &[Once]) -> Result<Option<usize>, Fault> {
        if shown.is_empty() {
            return Ok(None);
        }
        let mut transaction = Transaction::new(self);
        for once in shown {
            let item = key_item(&Entity::Proof(once.hash.clone()).key());
            let item = expiring(item, once.expires_at.plus_seconds(SKEW));
            transaction.put(item, Some(Condition::absent()))?;
        }
        Ok(match transaction.commit().await? {
            Ended::Done => None,
            Ended::Refused(steps) => steps.first().copied(),
        })
    }
}
