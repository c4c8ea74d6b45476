//! Headers that are not what Signature Version 4 makes them.

use lambda_http::http::{HeaderMap, HeaderValue};

use super::super::date::SignedDate;
use super::Case;
use crate::fault::FaultKind;

#[test]
fn a_request_without_signature_is_told_so() {
    let case = Case::new().with(|case| drop(case.headers.remove("authorization")));
    case.fails(
        FaultKind::MissingAuthenticationToken,
        "Missing Authentication Token",
    );
}

#[test]
fn a_header_of_another_form_is_incomplete() {
    let credential = "Authorization header requires 'Credential' parameter.";
    let signature = "Authorization header requires 'Signature' parameter.";
    let names = "Authorization header requires 'SignedHeaders' parameter.";
    let date = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
    let all = format!("{credential} {signature} {names}");
    let five =
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.";
    let unsupported = "Unsupported AWS 'algorithm' (only AWS4-HMAC-SHA256 for now).";
    let pair = "Invalid key=value pair (missing equal-sign) in Authorization header.";
    let unknown = "Authorization header has a parameter that is not known.";
    let twice = "Authorization header has a parameter more than once.";
    let order = "SignedHeaders must be names of headers in lower case, in order, with semicolons between.";
    for (text, message) in [
        ("", unsupported),
        ("Bearer abc", unsupported),
        ("AWS4-HMAC-SHA1 Credential=a", unsupported),
        ("aws4-hmac-sha256 Credential=a", unsupported),
        ("AWS4-HMAC-SHA256", all.as_str()),
        ("AWS4-HMAC-SHA256 Signature=a,SignedHeaders=host", credential),
        ("AWS4-HMAC-SHA256 Credential=a,SignedHeaders=host", signature),
        ("AWS4-HMAC-SHA256 Credential=a Signature=b", names),
        (
            "AWS4-HMAC-SHA256 Credential=a, Signature=b, SignedHeaders=host, Credential=c",
            twice,
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a, Signature=b, SignedHeaders=host, More=c",
            unknown,
        ),
        ("AWS4-HMAC-SHA256 Credential", pair),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c/d,Signature=b,SignedHeaders=host",
            five,
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request/,Signature=b,SignedHeaders=host",
            five,
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request,Signature=b,SignedHeaders=",
            order,
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request,Signature=b,SignedHeaders=Host",
            order,
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request,Signature=b,SignedHeaders=host;date",
            order,
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request,Signature=b,SignedHeaders=host;host",
            order,
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request,Signature=b,SignedHeaders=host;",
            order,
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request,Signature=b,SignedHeaders=authorization;host",
            order,
        ),
    ] {
        let case = Case::new().header("authorization", text);
        let fault = case.check().unwrap_err();
        assert_eq!(
            (fault.kind(), fault.message()),
            (FaultKind::IncompleteSignature, message),
            "{text}"
        );
    }
    Case::new()
        .with(|case| drop(case.headers.remove("x-amz-date")))
        .fails(FaultKind::IncompleteSignature, date);
    let none = format!("{all} {date}");
    Case::new()
        .header("authorization", "AWS4-HMAC-SHA256")
        .with(|case| drop(case.headers.remove("x-amz-date")))
        .fails(FaultKind::IncompleteSignature, &none);
    Case::new().append("authorization", "Basic x").fails(
        FaultKind::IncompleteSignature,
        "The request has more than one Authorization header.",
    );
    let obscure = HeaderValue::from_bytes(b"AWS4-HMAC-SHA256 \xff").unwrap();
    Case::new()
        .with(|case| drop(case.headers.insert("authorization", obscure)))
        .fails(
            FaultKind::IncompleteSignature,
            "Authorization header holds characters that are not printable ASCII.",
        );
}

#[test]
fn dates_of_another_form_are_incomplete() {
    let message = "Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601";
    for text in [
        "",
        "2026-11-24T10:20:30Z",
        "20261124T102030",
        "20261324T102030Z",
        "now",
        "99999",
    ] {
        let case = Case::new().header("x-amz-date", text);
        case.fails(FaultKind::IncompleteSignature, message);
        // The other header does not help out.
        case.header("date", "20261124T102030Z")
            .fails(FaultKind::IncompleteSignature, message);
    }
    let twice = "20261124T102030Z";
    Case::new()
        .append("x-amz-date", twice)
        .fails(FaultKind::IncompleteSignature, message);
    for text in [
        "Tue, 24 Nov 2026 10:20:30 GMT",
        "Tue, 24 Nov 2026 10:20:30 -0000",
        "20261124T102030Z",
    ] {
        let headers: HeaderMap = [("date".parse().unwrap(), text.parse().unwrap())]
            .into_iter()
            .collect();
        let date = SignedDate::of(&headers).unwrap().unwrap();
        assert_eq!(
            (date.header(), date.basic(), date.day()),
            ("date", "20261124T102030Z", "20261124")
        );
    }
}
