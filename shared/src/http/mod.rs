//! What the endpoints for browsers and OAuth clients share: forms, cookies, and a function that answers requests.

pub(crate) mod arrival;
pub mod cookies;
pub(crate) mod edge;
pub mod form;
mod serve;

pub use form::Form;
pub use serve::{Web, serve};

use lambda_http::Body;
use lambda_http::http::header::{HeaderMap, HeaderName, HeaderValue};
use lambda_http::http::{Response, StatusCode};

/// An answer with these headers, none of which may hold what a request brought along unescaped.
pub fn respond(status: u16, headers: &[(&'static str, &str)], body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response
                .headers_mut()
                .append(HeaderName::from_static(name), value);
        }
    }
    response
}

/// The scheme of a request's `Authorization`, and what it shows (RFC 9110 section 11.4).
pub fn authorization(headers: &HeaderMap) -> Option<(&str, &str)> {
    let (scheme, shown) = headers.get("authorization")?.to_str().ok()?.split_once(' ')?;
    Some((scheme, shown.trim()))
}

/// Leads the browser to `uri` with a `GET` (RFC 9110 section 15.4.4). What the URI holds reaches no cache and no other
/// site.
pub fn see_other(uri: &str) -> Response<Body> {
    respond(
        303,
        &[
            ("location", uri),
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
        ],
        (),
    )
}
