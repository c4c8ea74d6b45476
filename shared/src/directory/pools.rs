//! Changing the settings of a pool.

use gatehouse_model::user_pool::UserPoolType;

use crate::app::pool_changed;
use crate::domain::pool::Pool;
use crate::domain::pool_mfa::MfaDocument;
use crate::{App, Fault, Timestamp};

/// Writes a pool's changed document, if nobody else changed it since, and returns the pool as it is then.
///
/// # Errors
/// `InvalidParameterException` for settings that contradict each other; `ConcurrentModificationException`.
pub async fn replace(
    app: &App,
    before: &Pool,
    mut document: UserPoolType,
    mfa: MfaDocument,
    now: Timestamp,
) -> Result<Pool, Fault> {
    document.last_modified_date = Some(now.epoch());
    let after = before.with_mfa(document, mfa)?;
    if app.replace_pool(&before.record, &after.record).await? {
        Ok(after)
    } else {
        Err(pool_changed())
    }
}
