//! What the endpoints have in common to which clients post forms, such as the token endpoint.

use std::future::Future;
use std::sync::Arc;

use lambda_http::http::{Method, Response};
use lambda_http::{Body, Request};

use super::client_auth;
use super::error::{OauthError, preflight};
use super::once::{self, Once};
use crate::app::OpenPool;
use crate::domain::client::Client;
use crate::http::{Form, Web};

/// A form, and the client that posted it and proved who it is.
#[derive(Debug)]
pub struct Posted {
    /// The form.
    pub form: Form,
    /// The pool whose domain was asked, if any.
    pub of_host: Option<Arc<OpenPool>>,
    /// The client's pool.
    pub open: Arc<OpenPool>,
    /// The client.
    pub client: Arc<Client>,
}

impl Posted {
    /// Reads the form, authenticates the client and accepts what it has shown.
    ///
    /// # Errors
    /// `invalid_request`, `invalid_client`.
    pub async fn read(web: &Web, request: &Request) -> Result<Self, OauthError> {
        let (posted, shown) = Self::read_unaccepted(web, request).await?;
        once::accept(&web.app, shown.as_slice()).await?;
        Ok(posted)
    }

    /// The same for an endpoint that accepts by itself, with its first reads, what the client has shown.
    ///
    /// # Errors
    /// `invalid_request`, `invalid_client`.
    pub async fn read_unaccepted(web: &Web, request: &Request) -> Result<(Self, Option<Once>), OauthError> {
        let form = Form::of_body(request)?;
        let of_host = web.app.pool_of_host(request.headers()).await?;
        let (open, client, shown) =
            client_auth::authenticate(&web.app, of_host.as_deref(), request.headers(), &form).await?;
        let posted = Self {
            form,
            of_host,
            open,
            client,
        };
        Ok((posted, shown))
    }
}

/// Answers a `POST` with what `responding` comes to, and browsers that ask whether they may send one; `endpoint` is how
/// the refusal of other methods begins.
pub async fn post(
    method: &Method,
    endpoint: &str,
    responding: impl Future<Output = Result<Response<Body>, OauthError>> + Send,
) -> Response<Body> {
    match *method {
        Method::OPTIONS => preflight("POST"),
        Method::POST => responding.await.unwrap_or_else(|error| error.to_response()),
        _ => OauthError::wants_post(endpoint).to_response(),
    }
}
