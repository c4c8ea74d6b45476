//! What API Gateway sends (payload 2.0) as a request, and answers as it takes them.
//!
//! `lambda_http` can do that for requests as clients usually are. Others it makes failures of ours: where headers are none
//! the event cannot be read, and where scheme, host, path or query make no URI the process ends. Here all of them get an
//! answer, and what means nothing is not made into anything: scheme and host stay in the headers.

use std::future::{Future, ready};

use lambda_http::aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_http::http::header::{COOKIE, HeaderValue, SET_COOKIE};
use lambda_http::http::{Response, Uri};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Context, Error, LambdaEvent, Request, RequestExt as _, lambda_runtime, service_fn};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::value::RawValue;

use super::respond;
use crate::crypto::from_base64;
use crate::observe;

/// What a query cannot hold (RFC 3986 section 3.4); browsers and SDKs have escaped it.
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');
/// What a path cannot hold (section 3.3).
const PATH: &AsciiSet = &QUERY.add(b'?').add(b'`').add(b'{').add(b'}');

/// Answers every request that arrives with `answer`, until the Lambda runtime ends it.
///
/// # Errors
/// When the runtime's API fails.
pub(crate) async fn run<F, R>(answer: F) -> Result<(), Error>
where
    F: Fn(Request) -> R,
    R: Future<Output = Response<Body>>,
{
    let answer = &answer;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Box<RawValue>>| async move {
        let LambdaEvent { payload, context } = event;
        let response = match read(payload.get(), &context) {
            // Boxed, since what answers a request is deeper than a compiler likes to look into.
            Some(request) => Box::pin(answer(request)).await,
            None => refuse(&context).await,
        };
        Ok::<_, Error>(written(response))
    }))
    .await
}

/// The request that an event tells of; `None` where it is none.
fn read(event: &str, context: &Context) -> Option<Request> {
    let event: ApiGatewayV2httpRequest = serde_json::from_str(event).ok()?;
    let path = event.raw_path.unwrap_or_default();
    let mut uri = format!("/{}", utf8_percent_encode(path.trim_start_matches('/'), PATH));
    if let Some(query) = event.raw_query_string.filter(|query| !query.is_empty()) {
        uri.push('?');
        uri.extend(utf8_percent_encode(&query, QUERY));
    }
    let body = match event.body {
        None => Body::Empty,
        Some(body) if event.is_base64_encoded => Body::Binary(from_base64(&body)?),
        Some(body) => Body::Text(body),
    };
    let mut request = Request::new(body);
    *request.uri_mut() = Uri::try_from(uri).ok()?;
    *request.method_mut() = event.request_context.http.method.clone();
    *request.headers_mut() = event.headers;
    let cookies = event
        .cookies
        .map(|cookies| HeaderValue::try_from(cookies.join("; ")));
    // A browser whose cookies are none has none.
    if let Some(Ok(cookies)) = cookies {
        request.headers_mut().insert(COOKIE, cookies);
    }
    Some(
        request
            .with_raw_http_path(path)
            .with_request_context(RequestContext::ApiGatewayV2(event.request_context))
            .with_lambda_context(context.clone()),
    )
}

/// What API Gateway itself says to requests that are none.
async fn refuse(context: &Context) -> Response<Body> {
    let headers = [
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
    ];
    let refused = ready(respond(400, &headers, r#"{"message":"Bad Request"}"#));
    observe::request(Some(context), &context.request_id, observe::function(), refused).await
}

/// An answer as API Gateway takes it.
fn written(response: Response<Body>) -> ApiGatewayV2httpResponse {
    let (mut parts, body) = response.into_parts();
    let mut written = ApiGatewayV2httpResponse::default();
    written.status_code = parts.status.as_u16().into();
    written.cookies = parts
        .headers
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|cookie| cookie.to_str().ok().map(str::to_owned))
        .collect();
    parts.headers.remove(SET_COOKIE);
    written.headers = parts.headers;
    written.is_base64_encoded = matches!(body, Body::Binary(_));
    written.body = Some(body).filter(|body| !body.is_empty());
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_http::http::Method;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn event(path: &str, query: &str, header: (&str, &str), cookie: &str) -> Value {
        json!({
            "version": "2.0", "rawPath": path, "rawQueryString": query, "cookies": [cookie],
            "headers": { "host": "api.example", (header.0): header.1 },
            "requestContext": { "http": { "method": "POST", "path": path }, "stage": "$default" },
            "body": "eA==", "isBase64Encoded": true,
        })
    }

    fn arrived(event: &Value) -> Option<Request> {
        read(&event.to_string(), &Context::default())
    }

    #[test]
    fn a_request_arrives_as_it_was_sent() {
        let request = arrived(&event("/oauth2/token", "a=%3C&b=1", ("accept", "*/*"), "a=1")).unwrap();
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.uri(), "/oauth2/token?a=%3C&b=1");
        assert_eq!(request.raw_http_path(), "/oauth2/token");
        assert_eq!(request.headers()["cookie"], "a=1");
        assert_eq!(request.body().as_ref(), b"x");
        assert!(matches!(
            request.request_context_ref(),
            Some(RequestContext::ApiGatewayV2(_))
        ));
    }

    #[test]
    fn what_makes_no_uri_is_escaped() {
        let request = arrived(&event("/a b<\u{e9}>?#", "x=<\">#\u{65e5}", ("host", "[::"), "")).unwrap();
        assert_eq!(request.uri(), "/a%20b%3C%C3%A9%3E%3F%23?x=%3C%22%3E%23%E6%97%A5");
        assert_eq!(request.raw_http_path(), "/a b<\u{e9}>?#");
    }

    #[test]
    fn headers_that_are_none_are_no_request() {
        for header in [("x-header", "a\nb"), ("x-header", "\0"), ("x header", "1")] {
            assert!(arrived(&event("/", "", header, "")).is_none(), "{header:?}");
        }
        assert!(arrived(&json!({ "Records": [] })).is_none());
    }

    #[test]
    fn an_answer_keeps_its_cookies_apart() {
        let cookies = [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("location", "/")];
        let written = written(respond(303, &cookies, ()));
        assert_eq!(written.status_code, 303);
        assert_eq!(written.cookies, ["a=1", "b=2"]);
        assert_eq!((written.headers.len(), written.body), (1, None));
    }

    proptest! {
        #[test]
        fn no_request_ends_the_process(path in ".*", query in ".*", name in "[a-z-]{1,9}|.{1,9}", value in ".*", cookie in ".*") {
            let _ = arrived(&event(&path, &query, (&name, &value), &cookie));
        }
    }
}
