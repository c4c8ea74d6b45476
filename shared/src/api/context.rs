//! What a handler knows of its request besides the operation's input.

use std::sync::Arc;

use crate::app::OpenPool;
use crate::auth::SignIn;
use crate::domain::client::Client;
use crate::{App, Fault, Timestamp};

/// A request, checked and ready to be served.
#[derive(Debug, Clone)]
pub struct Context {
    /// The function.
    pub app: Arc<App>,
    /// The id of the request, as in the answer's `x-amzn-requestid`.
    pub request_id: String,
    /// The AWS account that the function runs in.
    pub account: String,
    /// When the request came in.
    pub now: Timestamp,
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
            event_id: self.request_id.clone(),
            now: self.now,
        }
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
