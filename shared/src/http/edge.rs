//! What the `CloudFront` distribution of template.yaml tells of the viewer, who is not its own caller's peer.
//!
//! API Gateway sees `CloudFront`'s address and its own host name. The distribution's function writes the viewer's into
//! headers, and the distribution adds a secret that only it and the functions know: without it these headers are
//! anybody's, and are dropped.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use gatehouse_model::Sensitive;
use lambda_http::Request;
use lambda_http::http::header::{HOST, HeaderValue};
use lambda_http::request::RequestContext;

const SECRET: &str = "x-gatehouse-edge";
const VIEWER_HOST: &str = "x-gatehouse-viewer-host";
const VIEWER_ADDRESS: &str = "x-gatehouse-viewer-address";

/// The request as its viewer sent it: with the viewer's host and address where the edge vouches for them.
#[must_use]
pub(crate) fn as_sent(mut request: Request, secret: &Sensitive) -> Request {
    let headers = request.headers_mut();
    let given = headers.remove(SECRET);
    let (host, address) = (headers.remove(VIEWER_HOST), headers.remove(VIEWER_ADDRESS));
    if !vouched(given.as_ref(), secret) {
        return request;
    }
    if let Some(host) = host {
        request.headers_mut().insert(HOST, host);
    }
    let address = address.and_then(|address| address.to_str().ok().map(str::to_owned));
    if let (Some(address), Some(RequestContext::ApiGatewayV2(context))) =
        (address, request.extensions_mut().get_mut())
    {
        context.http.source_ip = Some(address);
    }
    request
}

/// Whether the request came through the edge.
fn vouched(given: Option<&HeaderValue>, secret: &Sensitive) -> bool {
    let secret = secret.expose().as_bytes();
    !secret.is_empty() && given.is_some_and(|given| verify_slices_are_equal(given.as_bytes(), secret).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequestContext;

    fn request(secret: Option<&str>) -> Request {
        let mut request = lambda_http::http::Request::builder()
            .header("host", "api.execute-api.example")
            .header(VIEWER_HOST, "auth.example.com")
            .header(VIEWER_ADDRESS, "2001:db8::7")
            .body(lambda_http::Body::Empty)
            .unwrap();
        if let Some(secret) = secret {
            request.headers_mut().insert(SECRET, secret.parse().unwrap());
        }
        let mut context = ApiGatewayV2httpRequestContext::default();
        context.http.source_ip = Some("198.51.100.9".to_owned());
        request
            .extensions_mut()
            .insert(RequestContext::ApiGatewayV2(context));
        request
    }

    fn is_of_the_edge(headers: &lambda_http::http::HeaderMap) -> bool {
        [SECRET, VIEWER_HOST, VIEWER_ADDRESS]
            .iter()
            .any(|name| headers.contains_key(*name))
    }

    fn address(request: &Request) -> Option<String> {
        match request.extensions().get() {
            Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.clone(),
            _ => None,
        }
    }

    #[test]
    fn the_edge_is_believed() {
        let sent = as_sent(request(Some("between us")), &"between us".into());
        assert_eq!(sent.headers()["host"], "auth.example.com");
        assert_eq!(address(&sent).as_deref(), Some("2001:db8::7"));
        assert!(!is_of_the_edge(sent.headers()));
    }

    #[test]
    fn nobody_else_is() {
        for (given, secret) in [
            (None, "between us"),
            (Some("between u"), "between us"),
            (Some("between us "), "between us"),
            (None, ""),
            (Some(""), ""),
        ] {
            let sent = as_sent(request(given), &secret.into());
            assert_eq!(sent.headers()["host"], "api.execute-api.example", "{given:?}");
            assert_eq!(address(&sent).as_deref(), Some("198.51.100.9"), "{given:?}");
            assert!(!is_of_the_edge(sent.headers()), "{given:?}");
        }
    }
}
