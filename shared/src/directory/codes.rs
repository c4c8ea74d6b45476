//! Codes that users are sent, and what they confirm.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::CodeDeliveryDetailsType;

use crate::app::OpenPool;
use crate::crypto::codes::{self, PendingCode, Shown};
use crate::crypto::seal::DataKey;
use crate::domain::guard::Guard;
use crate::domain::ids::{PoolId, UserKey};
use crate::domain::names::AliasKind;
use crate::domain::pool::Pool;
use crate::messages::deliver::{Content, Notice, Occasion, deliver};
use crate::messages::{Destination, link, templates};
use crate::store::keys::{CodePurpose, GuardKind};
use crate::{App, Fault, Timestamp};

/// Seconds that a code is valid: a day, or an hour where it opens an account.
const fn validity(purpose: CodePurpose) -> i64 {
    match purpose {
        CodePurpose::SignUp | CodePurpose::VerifyEmail | CodePurpose::VerifyPhoneNumber => 24 * 60 * 60,
        CodePurpose::ResetPassword => 60 * 60,
    }
}

/// The purpose of a code that verifies an address.
pub const fn verifies(kind: AliasKind) -> CodePurpose {
    match kind {
        AliasKind::PhoneNumber => CodePurpose::VerifyPhoneNumber,
        _ => CodePurpose::VerifyEmail,
    }
}

/// What a code is bound to: its pool, its owner and its purpose.
fn context(pool: &PoolId, user: &UserKey, purpose: CodePurpose) -> String {
    format!("{pool}#{}#{user}", purpose.as_str())
}

/// A code that was drawn and is not sent yet.
#[derive(Debug, Clone)]
pub struct Issued {
    /// What it confirms.
    pub purpose: CodePurpose,
    /// The form to store.
    pub pending: PendingCode,
    to: Destination,
    code: Sensitive,
}

/// Draws a code for a user.
///
/// # Errors
/// `TooManyRequestsException` when KMS throttles.
pub async fn issue(
    app: &App,
    open: &OpenPool,
    user: &UserKey,
    (purpose, to): (CodePurpose, Destination),
    now: Timestamp,
) -> Result<Issued, Fault> {
    let code = codes::generate(&*app.entropy);
    let key = app.data_key(open).await?;
    let owner = context(open.pool.id(), user, purpose);
    let address = (to.kind.attribute(), to.address.as_str());
    let pending = codes::pending(&key, &owner, &code, address, now.plus_seconds(validity(purpose)))?;
    Ok(Issued {
        purpose,
        pending,
        to,
        code,
    })
}

impl Issued {
    /// Sends the code, which must be stored by now, and tells where it went. In the mail of a new account it becomes a
    /// link to `/confirmUser`, where the pool wants that.
    ///
    /// # Errors
    /// `CodeDeliveryFailureException`; those of triggers.
    pub async fn send(
        self,
        app: &App,
        open: &OpenPool,
        notice: Notice<'_>,
    ) -> Result<CodeDeliveryDetailsType, Fault> {
        let details = self.to.details();
        let pool = &open.pool;
        let link = self.link(app, pool, notice);
        let content = Content {
            code: &self.code,
            username: None,
            link: link.as_ref(),
        };
        let message = templates::verification(pool, self.to, &notice.user.username, content);
        deliver(app, pool, notice, content, message).await?;
        Ok(details)
    }

    /// The link that confirms a new account, where the pool mails one.
    fn link(&self, app: &App, pool: &Pool, notice: Notice<'_>) -> Option<Sensitive> {
        let new = matches!(notice.occasion, Occasion::SignUp | Occasion::ResendCode);
        let client = notice.cause.client?;
        (new && self.to.kind == AliasKind::Email && pool.confirms_by_link()).then(|| {
            link::confirmation(
                &app.settings.issuer_base,
                client,
                &notice.user.username,
                &self.code,
            )
        })
    }

    /// Stores the code in the place of an older one, counts it against `limit` an hour, and sends it.
    ///
    /// # Errors
    /// `LimitExceededException` past the limit, `TooManyRequestsException` when another request counted first,
    /// `CodeDeliveryFailureException`, those of triggers.
    pub async fn store_and_send(
        self,
        app: &App,
        open: &OpenPool,
        notice: Notice<'_>,
        (kind, seen, limit): (GuardKind, Guard, u32),
        now: Timestamp,
    ) -> Result<CodeDeliveryDetailsType, Fault> {
        seen.check_hourly(limit, now)?;
        let counted = (kind, seen, seen.after_attempt(now));
        let code = (self.purpose, &self.pending);
        if !app
            .store
            .replace_code(open.pool.id(), notice.user, code, counted)
            .await?
        {
            return Err(crate::store::rate_exceeded());
        }
        self.send(app, open, notice).await
    }
}

/// What a code that a user gave for a purpose is; `None` where none was sent.
///
/// # Errors
/// `InternalErrorException` when the key can not be derived.
pub fn shown(
    pending: Option<&PendingCode>,
    key: &DataKey,
    (pool, user, purpose): (&PoolId, &UserKey, CodePurpose),
    given: &Sensitive,
    now: Timestamp,
) -> Result<Option<Shown>, Fault> {
    let context = context(pool, user, purpose);
    pending
        .map(|pending| pending.shown(key, &context, given, now))
        .transpose()
}

/// The error for a code that is not the right one.
pub fn refusal(shown: Option<Shown>) -> Fault {
    match shown {
        Some(Shown::Wrong) => codes::mismatch(),
        _ => codes::expired(),
    }
}

/// Checks a code that a user gave for a purpose.
///
/// # Errors
/// `CodeMismatchException`, `ExpiredCodeException`.
pub fn check(
    pending: Option<&PendingCode>,
    key: &DataKey,
    (pool, user, purpose): (&PoolId, &UserKey, CodePurpose),
    given: &Sensitive,
    now: Timestamp,
) -> Result<(), Fault> {
    let pending = pending.ok_or_else(codes::expired)?;
    pending.check(key, &context(pool, user, purpose), given, now)
}
