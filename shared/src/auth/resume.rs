//! The beginning of every answer to a challenge: name, secret hash, sealed state, and the user as stored.

use gatehouse_model::Sensitive;

use super::state::State;
use super::{Parameters, SignIn, username};
use crate::Fault;
use crate::domain::ids::Username;
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::store::users::Found;

/// A sign-in that goes on.
#[derive(Debug)]
pub(super) struct Resumed {
    /// The name of the request.
    pub(super) name: Username,
    /// The state of the step before.
    pub(super) state: State,
    /// What storage has under the state's name.
    pub(super) found: Found,
}

impl Resumed {
    /// Takes the user out: the one the state was made for, unchanged, and by one of its names.
    pub(super) fn user(&mut self, pool: &Pool) -> Option<User> {
        let Self { name, state, found } = self;
        found
            .user
            .take_if(|user| state.is_of(user) && goes_by(user, name, pool))
    }

    /// Whether the state was made for a name without a user, which is the one of the request and still has none: whoever
    /// answers by another name is told the same as where there is a user.
    pub(super) fn is_nobodys(&self, pool: &Pool) -> bool {
        let lookup = pool.names.lookup(&self.name, pool.case_sensitive);
        self.state.is_of_nobody() && self.found.user.is_none() && lookup.direct == self.state.user
    }
}

/// Reads name and state of an answer; nothing is asked of storage.
///
/// # Errors
/// `NotAuthorizedException` for a wrong secret hash and for a session that is not one of ours, or too old.
pub(super) async fn open(
    sign_in: &SignIn<'_>,
    session: Option<&Sensitive>,
    responses: &Parameters,
) -> Result<(Username, State), Fault> {
    let name = username(responses)?;
    sign_in.check_secret_hash(&name, responses)?;
    let session = session.ok_or_else(|| Fault::invalid_parameter("Missing required parameter Session"))?;
    Ok((name, State::open(sign_in, session.expose()).await?))
}

/// Reads the user of a state: one query.
///
/// # Errors
/// `TooManyRequestsException` when DynamoDB throttles.
pub(super) async fn load(sign_in: &SignIn<'_>, (name, state): (Username, State)) -> Result<Resumed, Fault> {
    let found = sign_in
        .app
        .store
        .load_user(sign_in.pool().id(), &state.user)
        .await?;
    Ok(Resumed { name, state, found })
}

/// Whether `name` is a name of `user`: the user name, the `sub`, or an alias.
fn goes_by(user: &User, name: &Username, pool: &Pool) -> bool {
    let lookup = pool.names.lookup(name, pool.case_sensitive);
    lookup.direct == user.key
        || name.as_str() == user.sub.as_str()
        || user
            .aliases(&pool.names, pool.case_sensitive)
            .iter()
            .any(|alias| lookup.aliases.contains(alias))
}
