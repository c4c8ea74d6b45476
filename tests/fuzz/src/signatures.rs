//! Requests under Signature Version 4: the first line is path and query, the others are headers, after an empty one comes
//! the body.

use gatehouse::Timestamp;
use gatehouse::api::front::Event;
use gatehouse::api::sigv4::{Authorization, Request};
use gatehouse_model::Sensitive;
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue};

/// 2026-11-24T10:20:30Z, when the seeds were signed.
const NOW: Timestamp = Timestamp::from_seconds(1_795_515_630);

pub fn run(data: &[u8]) {
    if let Ok(event) = serde_json::from_slice::<Event<'_>>(data) {
        let _ = event.door();
    }
    let text = String::from_utf8_lossy(data);
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let target = lines.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = HeaderMap::new();
    for line in lines {
        let Some((name, value)) = line.split_once(": ") else {
            continue;
        };
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    }
    let Ok(authorization) = Authorization::parse(&headers) else {
        return;
    };
    let request = Request {
        method: "POST",
        raw_path: path,
        raw_query: query,
        headers: &headers,
        body: body.as_bytes(),
    };
    // Not the secret of the seeds: none passes.
    let secret = Sensitive::from("secret");
    let (region, service) = (authorization.region(), authorization.service());
    assert!(
        authorization
            .verify(&request, &secret, Some(region), service, NOW, &["/"])
            .is_err()
    );
}
