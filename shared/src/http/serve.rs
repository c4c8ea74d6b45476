use std::future::Future;
use std::sync::Arc;

use lambda_http::http::Response;
use lambda_http::{Body, Error, Request, RequestExt as _};

use crate::api::access::Caller;
use crate::api::{Context, origin, request_id};
use crate::app::OpenPool;
use crate::auth::SignIn;
use crate::domain::client::Client;
use crate::http::{arrival, edge};
use crate::{App, Timestamp, observe};

/// What an endpoint knows of its request besides the request itself.
#[derive(Debug, Clone)]
pub struct Web {
    /// The function.
    pub app: Arc<App>,
    /// The request's id.
    pub request_id: String,
    /// When the request came in.
    pub now: Timestamp,
}

impl Web {
    /// A sign-in that `request` takes a step of.
    pub fn sign_in(&self, request: &Request, open: Arc<OpenPool>, client: Arc<Client>) -> SignIn<'_> {
        SignIn {
            app: &self.app,
            open,
            client,
            admin: false,
            browser: false,
            event_id: self.request_id.clone(),
            invocation: self.request_id.clone(),
            validation_data: None,
            client_metadata: None,
            now: self.now,
            origin: origin(request),
        }
    }

    /// The request as operations of the API see it.
    pub fn context(&self, request: &Request) -> Context {
        Context {
            app: Arc::clone(&self.app),
            request_id: self.request_id.clone(),
            invocation: self.request_id.clone(),
            account: String::new(),
            now: self.now,
            caller: Caller::Anonymous,
            origin: origin(request),
            chosen_id: None,
        }
    }
}

/// Runs a function that answers every request with `handler`, until the Lambda runtime ends it.
///
/// # Errors
/// When the runtime's API fails.
pub async fn serve<F, R>(handler: F) -> Result<(), Error>
where
    F: Fn(Web, Request) -> R + Send + Sync,
    R: Future<Output = Response<Body>> + Send,
{
    observe::start();
    let app = Arc::new(App::from_env().await);
    let handler = &handler;
    arrival::run(move |request| {
        let app = Arc::clone(&app);
        async move {
            let request = edge::as_sent(request, &app.settings.edge_secret);
            let web = Web {
                request_id: request_id(&app, &request),
                now: app.now(),
                app,
            };
            let (id, context) = (web.request_id.clone(), request.lambda_context_ref().cloned());
            let answering = handler(web, request);
            observe::request(context.as_ref(), &id, observe::function(), answering).await
        }
    })
    .await
}
