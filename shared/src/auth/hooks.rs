//! What a pool's functions say to sign-ins: before one is evaluated, after it has succeeded, before tokens are signed.

use super::SignIn;
use crate::Fault;
use crate::domain::client::ExistenceErrors;
use crate::domain::group::Membership;
use crate::domain::ids::Username;
use crate::domain::lambda_config::Trigger;
use crate::domain::session::Session;
use crate::domain::user::{Attributes, User};
use crate::store::keys::GuardKind;
use crate::store::users::Found;
use crate::tokens::changes::{Changes, Owner};
use crate::triggers::event::{PostAuthentication, PreAuthentication, Source};
use crate::triggers::{Call, Cause, attributes_of};

impl SignIn<'_> {
    /// This request as what leads to the invocation of a pool's functions.
    pub fn cause(&self) -> Cause<'_> {
        Cause {
            invocation: &self.invocation,
            client: Some(self.client.id()),
            metadata: self.client_metadata.as_ref(),
        }
    }

    /// The same, for the functions that are told what the application says when it begins.
    pub(super) fn beginning(&self) -> Cause<'_> {
        Cause {
            metadata: self.validation_data.as_ref(),
            ..self.cause()
        }
    }

    /// An invocation for a user of this name.
    pub(super) fn call<'a>(&'a self, source: Source, name: &'a Username) -> Call<'a> {
        Call {
            cause: self.cause(),
            source,
            user_name: Some(name.as_str()),
            part: "",
        }
    }

    /// A user's attributes as events carry them; none where there is no user.
    pub(super) fn attributes(&self, user: Option<&User>) -> Attributes {
        user.map_or_else(Attributes::new, |user| attributes_of(self.pool(), user))
    }
}

/// Asks whether a sign-in may be tried. Where a client lets it be told that there is no such user, nobody is asked.
///
/// # Errors
/// Those of triggers; `NotAuthorizedException` while the name is locked.
pub(super) async fn pre_authentication(
    sign_in: &SignIn<'_>,
    name: &Username,
    found: &Found,
) -> Result<(), Fault> {
    let user = found.user.as_ref();
    let told = sign_in.client.existence_errors == ExistenceErrors::Legacy;
    let function = sign_in.pool().triggers.function(Trigger::PreAuthentication);
    if function.is_none() || (user.is_none() && told) {
        return Ok(());
    }
    found.guard(GuardKind::Password).check_lockout(sign_in.now)?;
    let name = user.map_or(name, |user| &user.username);
    let request = || PreAuthentication {
        user_attributes: sign_in.attributes(user),
        validation_data: sign_in.beginning().metadata(),
        user_not_found: user.is_none(),
    };
    let call = sign_in.call(Source::PreAuthenticationAuthentication, name);
    sign_in
        .app
        .trigger(sign_in.pool(), call, request)
        .await
        .map(|_| ())
}

/// Tells that a sign-in has succeeded; nothing is written yet, so a function that fails prevents it.
///
/// # Errors
/// Those of triggers.
pub(super) async fn post_authentication(
    sign_in: &SignIn<'_>,
    user: &User,
    new_device: bool,
) -> Result<(), Fault> {
    let request = || PostAuthentication {
        user_attributes: sign_in.attributes(Some(user)),
        new_device_used: new_device,
        client_metadata: sign_in.cause().metadata(),
    };
    let call = sign_in.call(Source::PostAuthenticationAuthentication, &user.username);
    sign_in
        .app
        .trigger(sign_in.pool(), call, request)
        .await
        .map(|_| ())
}

/// Asks what changes in the tokens of a session, in those that it began with or in renewed ones.
///
/// # Errors
/// Those of triggers; `TooManyRequestsException` when DynamoDB throttles.
pub(super) async fn token_changes(
    sign_in: &SignIn<'_>,
    user: &User,
    memberships: &[Membership],
    session: &Session,
    source: Source,
) -> Result<Changes, Fault> {
    let pool = sign_in.pool();
    if pool.triggers.function(Trigger::PreTokenGeneration).is_none() {
        return Ok(Changes::default());
    }
    let groups = sign_in.app.groups(&sign_in.open, memberships).await?;
    let scopes: Vec<_> = session.scope().split(' ').collect();
    let owner = Owner {
        user: Some(user),
        groups: Some(&groups),
        scopes: &scopes,
    };
    Changes::ask(sign_in.app, pool, sign_in.call(source, &user.username), owner).await
}

/// Asks what changes in the tokens that an OAuth client gets.
///
/// # Errors
/// Those of triggers; `TooManyRequestsException` when DynamoDB throttles.
pub async fn hosted_token_changes(
    sign_in: &SignIn<'_>,
    user: &User,
    memberships: &[Membership],
    session: &Session,
) -> Result<Changes, Fault> {
    let source = Source::TokenGenerationHostedAuth;
    token_changes(sign_in, user, memberships, session, source).await
}
