//! Confirming a new account with the code that was sent: by `ConfirmSignUp`, or by the link of a mail.

use gatehouse_model::Sensitive;

use super::arrival::post_confirmation;
use super::codes;
use crate::app::OpenPool;
use crate::crypto::codes::{PendingCode, Shown, expired};
use crate::domain::client::{Client, ExistenceErrors};
use crate::domain::guard::{CONFIRM_SIGN_UP_PER_HOUR, Guard};
use crate::domain::ids::Username;
use crate::domain::user::{Status, User, cannot_be_confirmed};
use crate::fault::FaultKind;
use crate::store::keys::{CodePurpose, GuardKind};
use crate::store::users::{Named, With};
use crate::triggers::Cause;
use crate::triggers::event::Source;
use crate::{App, Fault, Timestamp};

/// A user who is to be confirmed and has shown the code that was sent.
#[derive(Debug)]
pub struct Proven {
    /// The user, not confirmed yet.
    pub user: User,
    code: PendingCode,
    guard: Guard,
}

/// What came of showing the code that was sent.
#[derive(Debug)]
pub enum Outcome {
    /// The user may be confirmed.
    Proven(Box<Proven>),
    /// The user was confirmed before, perhaps by a program that opens links to look at them.
    Before(Status),
    /// The code came too late.
    Late,
}

impl Outcome {
    /// The proof, or what `ConfirmSignUp` answers without one.
    ///
    /// # Errors
    /// `ExpiredCodeException`, `NotAuthorizedException`.
    pub fn into_result(self) -> Result<Proven, Fault> {
        match self {
            Self::Proven(proven) => Ok(*proven),
            Self::Before(status) => Err(cannot_be_confirmed(status)),
            Self::Late => Err(expired()),
        }
    }
}

/// Checks the code that is shown for a name, and counts it where it is wrong.
///
/// # Errors
/// `CodeMismatchException`, `ExpiredCodeException`, `UserNotFoundException`, `NotAuthorizedException` for a user who is
/// not to be confirmed, `LimitExceededException`, `TooManyRequestsException`.
pub async fn prove(
    app: &App,
    open: &OpenPool,
    client: &Client,
    (name, given): (&Username, &Sensitive),
    now: Timestamp,
) -> Result<Outcome, Fault> {
    let pool = &open.pool;
    let (named, key) = tokio::join!(app.store.find_user(pool, name), app.data_key(open));
    let (Named { key: user_key, found }, key) = (named?, key?);
    let guard = found.guard(GuardKind::ConfirmSignUp);
    guard.check_hourly(CONFIRM_SIGN_UP_PER_HOUR, now)?;

    let count = async || {
        let counted = guard.after_attempt(now);
        app.store
            .count_attempt(pool.id(), &user_key, GuardKind::ConfirmSignUp, guard, counted)
            .await
    };
    let code = found.code(CodePurpose::SignUp).cloned();
    let Some(user) = found.user else {
        count().await?;
        return Err(match client.existence_errors {
            ExistenceErrors::Legacy => Fault::new(
                FaultKind::UserNotFound,
                "Username/client id combination not found.",
            ),
            ExistenceErrors::Prevented => expired(),
        });
    };
    let owner = (pool.id(), &user.key, CodePurpose::SignUp);
    let shown = codes::shown(code.as_ref(), &key, owner, given, now)?;
    if user.status != Status::Unconfirmed {
        return match shown {
            None | Some(Shown::Wrong) => Err(cannot_be_confirmed(user.status)),
            Some(_) => Ok(Outcome::Before(user.status)),
        };
    }
    match (shown, code) {
        (Some(Shown::Right), Some(code)) => Ok(Outcome::Proven(Box::new(Proven { user, code, guard }))),
        (Some(Shown::Late | Shown::Used), _) => {
            count().await?;
            Ok(Outcome::Late)
        }
        _ => {
            count().await?;
            Err(codes::refusal(shown))
        }
    }
}

impl Proven {
    /// The attribute whose address the code was sent to.
    pub fn attribute(&self) -> &str {
        &self.code.attribute
    }

    /// Confirms the user and verifies the address that the code was sent to; with `force_aliases` it leaves whoever had
    /// it (`ForceAliasCreation`). Then the pool's function is told. Returns the user as it is now.
    ///
    /// # Errors
    /// `AliasExistsException`, `TooManyRequestsException` when another write came first; those of triggers, after which
    /// the user is confirmed all the same.
    pub async fn confirm(
        self,
        app: &App,
        open: &OpenPool,
        force_aliases: bool,
        cause: Cause<'_>,
        now: Timestamp,
    ) -> Result<User, Fault> {
        let pool = &open.pool;
        let after = confirmed(&self.user, &self.code).touched(now);
        let takeovers = if force_aliases {
            app.store.present_owners(pool, Some(&self.user), &after).await?
        } else {
            Vec::new()
        };
        // Whoever opens a link twice is told the same twice; a code that was typed in is not typed in again.
        let used = pool.confirms_by_link().then(|| self.code.used());
        let with = With {
            takeovers: &takeovers,
            codes: vec![(CodePurpose::SignUp, used)],
            cleared: Some((GuardKind::ConfirmSignUp, self.guard)),
            ..With::default()
        };
        app.store
            .replace_user(pool, &self.user, &after, with)
            .await?
            .into_result()?;
        let source = Source::PostConfirmationConfirmSignUp;
        post_confirmation(app, pool, &after, (cause, source)).await?;
        Ok(after)
    }
}

/// The confirmed user; the address that the code was sent to is verified if it still is the user's.
fn confirmed(user: &User, code: &PendingCode) -> User {
    let mut after = user.clone().confirmed();
    if after.attributes.get(&code.attribute) == Some(&code.destination) {
        after
            .attributes
            .insert(format!("{}_verified", code.attribute), "true".to_owned());
    }
    after
}
