//! What a handler knows of its request besides the operation's input.

use std::sync::Arc;

use super::access::Caller;
use crate::app::OpenPool;
use crate::auth::SignIn;
use crate::domain::activity::Origin;
use crate::domain::client::Client;
use crate::domain::ids::ClientId;
use crate::domain::new_user::parse_name;
use crate::domain::user::User;
use crate::triggers::Cause;
use crate::triggers::event::Metadata;
use crate::{App, Fault, Timestamp};

/// A request, checked and ready to be served.
#[derive(Debug, Clone)]
pub struct Context {
    /// The function.
    pub app: Arc<App>,
    /// The id of the request, as in the answer's `x-amzn-requestid`.
    pub request_id: String,
    /// What is the same when an AWS SDK tries the request again (`amz-sdk-invocation-id`), else the request's id.
    pub invocation: String,
    /// The AWS account that the function runs in.
    pub account: String,
    /// When the request came in.
    pub now: Timestamp,
    /// Who signed the request, where that is looked at.
    pub caller: Caller,
    /// Where the request came from.
    pub origin: Origin,
    /// Header `x-gatehouse-id`: the id that a signed caller wants for a new resource, to keep one that moves here.
    pub chosen_id: Option<String>,
}

impl Context {
    /// A sign-in of this request.
    pub fn sign_in(&self, (open, client): (Arc<OpenPool>, Arc<Client>), admin: bool) -> SignIn<'_> {
        SignIn {
            app: &self.app,
            open,
            client,
            admin,
            browser: false,
            event_id: self.request_id.clone(),
            invocation: self.invocation.clone(),
            validation_data: None,
            client_metadata: None,
            now: self.now,
            origin: self.origin.clone(),
        }
    }

    /// This request as what leads to the invocation of a pool's functions.
    pub fn cause<'a>(&'a self, client: Option<&'a ClientId>, metadata: Option<&'a Metadata>) -> Cause<'a> {
        Cause {
            invocation: &self.invocation,
            client,
            metadata,
        }
    }

    /// A user of a pool, as administrators name both.
    ///
    /// # Errors
    /// `ResourceNotFoundException`, `UserNotFoundException`.
    pub async fn user_named(
        &self,
        pool: Option<&String>,
        username: Option<&String>,
    ) -> Result<(Arc<OpenPool>, User), Fault> {
        let open = self.app.pool_named(pool).await?;
        let name = parse_name(username)?;
        let named = self.app.store.find_user(&open.pool, &name).await?;
        Ok((open, named.found.user.ok_or_else(Fault::user_not_found)?))
    }

    /// The id that the caller wants for a new resource, or one that is generated.
    ///
    /// # Errors
    /// `InvalidParameterException` for an id of the wrong form.
    pub fn id_or<T: std::str::FromStr>(&self, generate: impl FnOnce() -> T) -> Result<T, Fault> {
        self.chosen_id.as_ref().map_or_else(
            || Ok(generate()),
            |id| {
                id.parse()
                    .map_err(|_| Fault::invalid_parameter("The id in header x-gatehouse-id is malformed."))
            },
        )
    }
}
