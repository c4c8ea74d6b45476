//! One function's operations: which request goes to which handler, and what all of them have in common.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use gatehouse_model::{DecodeError, Operation, Service};
use lambda_http::http::header::USER_AGENT;
use lambda_http::http::{Method, Response};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Error, Request, RequestExt as _};

use super::access::{Caller, identify};
use super::operations::{self, Access, Entry};
use super::{Context, limits, limits::Named, response};
use crate::ambient::random_uuid;
use crate::domain::activity::Origin;
use crate::http::{arrival, edge};
use crate::{App, Fault, Timestamp, fault::FaultKind, observe};

/// The largest body that is read, in bytes.
const LARGEST_BODY: usize = 4 << 20;
/// What the log calls an operation that is none.
const UNKNOWN: &str = "Unknown";

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Fault>> + Send>>;
type Handler = Box<dyn Fn(Context, Caller, Vec<u8>) -> Answer + Send + Sync>;

/// The operations that a function serves.
#[derive(Default)]
pub struct Routes(BTreeMap<(Service, &'static str), Handler>);

impl std::fmt::Debug for Routes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

async fn decoded<O: Operation>(caller: &Caller, context: &Context, body: &[u8]) -> Result<O::Input, Fault> {
    let value = gatehouse_model::parse(O::input_shape(), body).map_err(|error| match error {
        DecodeError::Serialization(message) => Fault::new(FaultKind::Serialization, message),
        DecodeError::Invalid(message) => Fault::invalid_parameter(message),
    })?;
    let named = Named::new(O::input_shape(), &value);
    let owner = named.owner(O::SERVICE);
    caller.authorize((O::SERVICE, O::NAME), owner.as_deref(), context.now)?;
    if O::SERVICE == Service::UserPool {
        let target = named.target(&context.app.settings.issuer_base);
        limits::admit(&context.app, O::NAME, target, context.now).await?;
    }
    serde_json::from_value(value).map_err(|_| Fault::new(FaultKind::Serialization, "Malformed request"))
}

impl Routes {
    /// No operations.
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves `operation` with `handler`.
    #[must_use]
    pub fn on<O, F, R>(mut self, _operation: O, handler: F) -> Self
    where
        O: Operation,
        F: Fn(Context, O::Input) -> R + Send + Sync + Clone + 'static,
        R: Future<Output = Result<O::Output, Fault>> + Send + 'static,
    {
        let boxed: Handler = Box::new(move |context, caller, body| {
            let handler = handler.clone();
            Box::pin(async move {
                let input = decoded::<O>(&caller, &context, &body).await?;
                let request_id = context.request_id.clone();
                let output = handler(context, input).await?;
                Ok(response::success(&output, &request_id))
            })
        });
        self.0.insert((O::SERVICE, O::NAME), boxed);
        self
    }
}

/// Runs a function that serves `routes`, until the Lambda runtime ends it.
///
/// # Errors
/// When the runtime's API fails.
pub async fn serve(routes: Routes) -> Result<(), Error> {
    observe::start();
    let app = Arc::new(App::from_env().await);
    let routes = Arc::new(routes);
    arrival::run(move |request| {
        let (app, routes) = (Arc::clone(&app), Arc::clone(&routes));
        let request = edge::as_sent(request, &app.settings.edge_secret);
        async move { answer(app, &routes, request).await }
    })
    .await
}

async fn answer(app: Arc<App>, routes: &Routes, request: Request) -> Response<Body> {
    if request.method() == Method::OPTIONS {
        return response::preflight(request.headers());
    }
    if request.method() != Method::POST {
        return response::no_such_path();
    }
    let request_id = request_id(&app, &request);
    let operation = target(&request).map_or(UNKNOWN, |entry| entry.name);
    let context = request.lambda_context_ref().cloned();
    let answering = async {
        dispatch(app, routes, request, request_id.clone())
            .await
            .unwrap_or_else(|fault| response::failure(&fault, &request_id))
    };
    observe::request(context.as_ref(), &request_id, operation, answering).await
}

/// The id of a request: that of its invocation, or one that is drawn.
pub(crate) fn request_id(app: &App, request: &Request) -> String {
    request
        .lambda_context_ref()
        .map(|context| context.request_id.clone())
        .filter(|id| !id.is_empty())
        .unwrap_or_else(|| random_uuid(&*app.entropy).to_string())
}

/// What AWS SDKs send alike with each attempt of one call.
fn invocation(request: &Request) -> Option<String> {
    request
        .headers()
        .get("amz-sdk-invocation-id")
        .and_then(|id| id.to_str().ok())
        .filter(|id| (1..=64).contains(&id.len()))
        .map(str::to_owned)
}

/// The account in the function's ARN; emulators write ARNs of their own kinds.
fn account(request: &Request) -> String {
    request
        .lambda_context_ref()
        .and_then(|context| context.invoked_function_arn.split(':').nth(4))
        .filter(|account| account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()))
        .unwrap_or("000000000000")
        .to_owned()
}

/// Where a request came from: the address is the one that API Gateway or the edge saw, never one that a header claims.
pub fn origin(request: &Request) -> Origin {
    let ip = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.clone(),
        _ => None,
    };
    let agent = request.headers().get(USER_AGENT);
    Origin::new(ip, agent.and_then(|agent| agent.to_str().ok()))
}

fn unknown_operation() -> Fault {
    Fault::new(
        FaultKind::UnknownOperation,
        "The requested operation is not known.",
    )
}

/// The operation that a request names: in `X-Amz-Target`, in the path to a function, or in both if they agree.
fn target(request: &Request) -> Option<&'static Entry> {
    let mut path = request.raw_http_path().trim_end_matches('/').rsplit('/');
    let (named, function) = (path.next().unwrap_or_default(), path.next());
    match request.headers().get("x-amz-target") {
        Some(target) => target
            .to_str()
            .ok()
            .and_then(operations::by_target)
            .filter(|entry| named.is_empty() || named == entry.name),
        // Both services have operations of the same names, each in a function of its own.
        None => Service::ALL
            .into_iter()
            .filter_map(|service| operations::find(service, named))
            .find(|entry| function == Some(entry.function)),
    }
}

async fn dispatch(
    app: Arc<App>,
    routes: &Routes,
    request: Request,
    request_id: String,
) -> Result<Response<Body>, Fault> {
    let entry = target(&request).ok_or_else(unknown_operation)?;
    let handler = routes
        .0
        .get(&(entry.service, entry.name))
        .ok_or_else(unknown_operation)?;
    let now = app.now();
    let body: &[u8] = request.body();
    if body.len() > LARGEST_BODY {
        return Err(Fault::new(FaultKind::Serialization, "The request is too large."));
    }
    let path = request.raw_http_path();
    let path = if path.is_empty() {
        request.uri().path()
    } else {
        path
    };
    let caller = match entry.access {
        Access::Public => Caller::Anonymous,
        Access::Signed => identify(&app, &request, path, body, entry, now).await?,
        Access::Either => identify_or_not(&app, &request, path, body, entry, now).await?,
    };
    // Whom an operation of either kind lets through, it decides itself: it knows whose pool it is.
    let gated = match entry.access {
        Access::Either => Caller::Anonymous,
        Access::Public | Access::Signed => caller.clone(),
    };
    let chosen_id = match caller {
        Caller::Anonymous => None,
        _ => request
            .headers()
            .get("x-gatehouse-id")
            .and_then(|id| id.to_str().ok())
            .map(str::to_owned),
    };
    let invocation = invocation(&request).unwrap_or_else(|| request_id.clone());
    let body = body.to_vec();
    handler(
        Context {
            app,
            request_id,
            invocation,
            account: account(&request),
            now,
            caller,
            origin: origin(&request),
            chosen_id,
        },
        gated,
        body,
    )
    .await
}

/// Who signed a request that need not be signed. SDKs sign with whatever credentials they have, so a signature that says
/// nothing here is as good as none.
async fn identify_or_not(
    app: &App,
    request: &Request,
    path: &str,
    body: &[u8],
    entry: &Entry,
    now: Timestamp,
) -> Result<Caller, Fault> {
    match identify(app, request, path, body, entry, now).await {
        Err(fault) if !fault.is_inconclusive() => Ok(Caller::Anonymous),
        other => other,
    }
}
