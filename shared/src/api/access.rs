//! Who may call a signed operation: holders of Gatehouse's own access keys, or of IAM credentials that API Gateway
//! has checked.

use gatehouse_model::Service;
use lambda_http::aws_lambda_events::apigw::ApiGatewayRequestAuthorizer;
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt as _};

use super::operations::Entry;
use super::sigv4::{Authorization, Request as SignedRequest};
use crate::app::SigningKey;
use crate::{App, Fault, Timestamp, fault::FaultKind};
use std::sync::Arc;

/// Paths under which API Gateway's `AWS_IAM` authorizer stands.
const IAM_PREFIX: &str = "/iam/";

/// Who signed a request.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Nobody: a public operation.
    Anonymous,
    /// The holder of an access key.
    AccessKey(Arc<SigningKey>),
    /// IAM credentials whose policies API Gateway has evaluated for this path.
    Iam,
}

impl Caller {
    /// Whether the caller may call `operation` of a service on `pool`, the id of a user pool or an identity pool.
    ///
    /// # Errors
    /// `AccessDeniedException`.
    pub fn authorize(
        &self,
        operation: (Service, &str),
        pool: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        match self {
            Self::Anonymous | Self::Iam => Ok(()),
            Self::AccessKey(signing) => signing.key.authorize(operation, pool, now),
        }
    }
}

/// Whether API Gateway says that it has checked IAM credentials. Clients cannot write the request context.
fn checked_by_iam(request: &Request, path: &str) -> bool {
    let authorizer: Option<&ApiGatewayRequestAuthorizer> = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.authorizer.as_ref(),
        _ => None,
    };
    path.starts_with(IAM_PREFIX) && authorizer.is_some_and(|authorizer| authorizer.iam.is_some())
}

/// Finds out who signed `request`, whose decoded body is `body`.
///
/// # Errors
/// `MissingAuthenticationTokenException`, `IncompleteSignatureException`, `UnrecognizedClientException`,
/// `InvalidSignatureException`.
pub async fn identify(
    app: &App,
    request: &Request,
    path: &str,
    body: &[u8],
    entry: &Entry,
    now: Timestamp,
) -> Result<Caller, Fault> {
    if checked_by_iam(request, path) {
        return Ok(Caller::Iam);
    }
    let authorization = Authorization::parse(request.headers())?;
    let unknown = || {
        Fault::new(
            FaultKind::UnrecognizedClient,
            "The security token included in the request is invalid.",
        )
    };
    let id = authorization.access_key_id().parse().map_err(|_| unknown())?;
    let signing = app.access_key(&id).await?.ok_or_else(unknown)?;
    let signed = SignedRequest {
        method: request.method().as_str(),
        raw_path: path,
        raw_query: request.uri().query().unwrap_or_default(),
        headers: request.headers(),
        body,
    };
    authorization.verify(
        &signed,
        &signing.secret,
        None,
        entry.service.signing_name(),
        now,
        &["/"],
    )?;
    if signing.key.use_is_news(now) && app.access_key_use_is_news(&id, now) {
        app.store.note_access_key_use(&id, now).await?;
    }
    Ok(Caller::AccessKey(signing))
}
