//! Answers: AWS JSON 1.1 with the headers that SDKs and browsers look for.

use lambda_http::Body;
use lambda_http::http::header::{HeaderName, HeaderValue};
use lambda_http::http::{HeaderMap, Response, StatusCode};
use serde::Serialize;

use crate::{Fault, observe};

const AMZ_JSON: &str = "application/x-amz-json-1.1";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const ERROR_MESSAGE: HeaderName = HeaderName::from_static("x-amzn-errormessage");

fn respond(status: u16, content_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::Text(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static(content_type));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    response
}

fn api(mut response: Response<Body>, request_id: &str) -> Response<Body> {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    headers.insert("access-control-allow-origin", HeaderValue::from_static("*"));
    headers.insert(
        "access-control-expose-headers",
        HeaderValue::from_static("x-amzn-requestid,x-amzn-errortype,x-amzn-errormessage,date"),
    );
    response
}

/// The answer of an operation that succeeded.
pub fn success(output: &impl Serialize, request_id: &str) -> Response<Body> {
    match serde_json::to_string(output) {
        Ok(body) => api(respond(200, AMZ_JSON, body), request_id),
        Err(error) => failure(&Fault::internal(error), request_id),
    }
}

/// The answer of an operation that failed: `__type` and `message`. The request's log line says so, too.
pub fn failure(fault: &Fault, request_id: &str) -> Response<Body> {
    observe::failed(fault);
    let name = fault.kind().type_name();
    let body = serde_json::json!({ "__type": name, "message": fault.message() }).to_string();
    let mut response = api(respond(fault.kind().status(), AMZ_JSON, body), request_id);
    response
        .headers_mut()
        .insert(ERROR_TYPE, HeaderValue::from_static(name));
    // A message with characters that no header may hold is in the body all the same.
    if let Ok(message) = HeaderValue::from_str(fault.message()) {
        response.headers_mut().insert(ERROR_MESSAGE, message);
    }
    response
}

/// The answer to a browser's preflight (Fetch, CORS protocol): any origin may call, with the headers it asks for.
/// The API knows no cookies, so an origin gains nothing that it could not do from a server of its own.
pub fn preflight(asked: &HeaderMap) -> Response<Body> {
    let mut response = api(respond(200, "text/plain", String::new()), "");
    let wanted = asked.get("access-control-request-headers").cloned();
    let headers = response.headers_mut();
    headers.insert(
        "access-control-allow-methods",
        HeaderValue::from_static("POST,OPTIONS"),
    );
    headers.insert(
        "access-control-allow-headers",
        wanted.unwrap_or_else(|| HeaderValue::from_static("*")),
    );
    headers.insert("access-control-max-age", HeaderValue::from_static("172800"));
    response
}

/// A public document that caches may keep for `seconds`.
pub fn document(body: &serde_json::Value, seconds: u32) -> Response<Body> {
    let mut response = respond(200, "application/json", body.to_string());
    let headers = response.headers_mut();
    headers.insert("access-control-allow-origin", HeaderValue::from_static("*"));
    if let Ok(value) = HeaderValue::from_str(&format!("public, max-age={seconds}")) {
        headers.insert("cache-control", value);
    }
    response
}

/// 404 for a path that nothing serves.
pub fn no_such_path() -> Response<Body> {
    respond(404, "application/json", r#"{"message":"Not Found"}"#.to_owned())
}
