//! Requests that botocore signed, and everything that can be wrong with them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_http::http::HeaderValue;
use serde::Deserialize;

use super::*;

mod form;
mod random;

#[derive(Deserialize)]
struct Vectors {
    now: String,
    access_key_id: String,
    secret_access_key: String,
    requests: Vec<Recorded>,
}

/// A request in tests/vectors/sigv4.json.
#[derive(Deserialize)]
struct Recorded {
    name: String,
    method: String,
    path: String,
    query: String,
    region: String,
    service: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// A signed request that a test may change before it is checked.
#[derive(Clone)]
struct Case {
    name: String,
    method: String,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Vec<u8>,
    secret: String,
    region: Option<String>,
    service: String,
    now: Timestamp,
    aliases: Vec<&'static str>,
}

/// 2026-11-24T10:20:30Z, when all of them were signed.
const SIGNED_AT: i64 = 1_795_515_630;

impl Case {
    fn all() -> Vec<Self> {
        let vectors: Vectors =
            serde_json::from_str(include_str!("../../../../tests/vectors/sigv4.json")).unwrap();
        assert_eq!(vectors.now, basic_format(Timestamp::from_seconds(SIGNED_AT)));
        assert_eq!(vectors.access_key_id, "GHAKVECTORSVECTORS22");
        let case = |recorded: Recorded| {
            let mut headers = HeaderMap::new();
            for (name, value) in recorded.headers {
                let name: HeaderName = name.parse().unwrap();
                headers.append(name, HeaderValue::from_str(&value).unwrap());
            }
            Self {
                name: recorded.name,
                method: recorded.method,
                path: recorded.path,
                query: recorded.query,
                headers,
                body: STANDARD.decode(recorded.body).unwrap(),
                secret: vectors.secret_access_key.clone(),
                region: Some(recorded.region),
                service: recorded.service,
                now: Timestamp::from_seconds(SIGNED_AT),
                aliases: Vec::new(),
            }
        };
        vectors.requests.into_iter().map(case).collect()
    }

    fn named(name: &str) -> Self {
        Self::all().into_iter().find(|case| case.name == name).unwrap()
    }

    /// One that every change below applies to.
    fn new() -> Self {
        Self::named("extension header")
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn header(self, name: &'static str, value: &'static str) -> Self {
        self.with(|case| drop(case.headers.insert(name, HeaderValue::from_static(value))))
    }

    /// With one more value of a header.
    fn append(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.append(name, HeaderValue::from_static(value));
        self
    }

    /// With a part of the Authorization header replaced.
    fn replace(self, from: &str, to: &str) -> Self {
        self.with(|case| {
            let text = case.headers["authorization"].to_str().unwrap();
            assert!(text.contains(from), "{text}");
            let text = text.replace(from, to);
            case.headers.insert("authorization", text.parse().unwrap());
        })
    }

    fn check(&self) -> Result<(), Fault> {
        let authorization = Authorization::parse(&self.headers)?;
        assert_eq!(authorization.access_key_id(), "GHAKVECTORSVECTORS22");
        let request = Request {
            method: &self.method,
            raw_path: &self.path,
            raw_query: &self.query,
            headers: &self.headers,
            body: &self.body,
        };
        let secret = Sensitive::from(self.secret.as_str());
        authorization.verify(
            &request,
            &secret,
            self.region.as_deref(),
            &self.service,
            self.now,
            &self.aliases,
        )
    }

    fn fails(&self, kind: FaultKind, message: &str) {
        let fault = self.check().unwrap_err();
        assert_eq!((fault.kind(), fault.message()), (kind, message));
    }

    fn mismatches(&self) {
        self.fails(FaultKind::InvalidSignature, MISMATCH);
    }
}

#[test]
fn what_botocore_signs_is_accepted() {
    let cases = Case::all();
    assert!(cases.len() >= 15);
    for case in cases {
        assert_eq!(case.check(), Ok(()), "{}", case.name);
        let authorization = Authorization::parse(&case.headers).unwrap();
        assert_eq!(Some(authorization.region()), case.region.as_deref());
        assert_eq!(authorization.service(), case.service);
        // A caller who does not care about the region.
        assert_eq!(case.with(|case| case.region = None).check(), Ok(()));
    }
}

#[test]
fn a_request_changed_on_its_way_is_refused() {
    Case::new().with(|case| case.secret.push('x')).mismatches();
    Case::new().with(|case| case.secret.clear()).mismatches();
    Case::new()
        .with(|case| case.method = "GET".to_owned())
        .mismatches();
    Case::new()
        .with(|case| case.path = "/other".to_owned())
        .mismatches();
    Case::new()
        .with(|case| case.query = "a=1".to_owned())
        .mismatches();
    Case::named("query")
        .with(|case| case.query.push('x'))
        .mismatches();
    Case::named("query").with(|case| case.query.clear()).mismatches();
    Case::new().with(|case| case.body = b"{ }".to_vec()).mismatches();
    Case::new().with(|case| case.body.clear()).mismatches();
    Case::new().header("host", "evil.example.com").mismatches();
    Case::new()
        .header("x-amz-target", "AWSCognitoIdentityProviderService.DeleteUserPool")
        .mismatches();
    Case::new()
        .header("x-gatehouse-id", "us-east-1_Other")
        .mismatches();
    Case::new().header("x-amz-date", "20261124T102031Z").mismatches();
    Case::new()
        .with(|case| drop(case.headers.remove("x-gatehouse-id")))
        .mismatches();
    Case::new().append("host", "b").mismatches();
    Case::named("repeated header")
        .header("x-amz-meta", "one,two")
        .mismatches();
}

#[test]
fn a_changed_signature_is_refused() {
    let good = Case::new();
    let text = good.headers["authorization"].to_str().unwrap().to_owned();
    let (start, signature) = text.split_once("Signature=").unwrap();
    let flipped = format!("{:x}", 15 - u8::from_str_radix(&signature[..1], 16).unwrap());
    for other in [
        format!("{flipped}{}", &signature[1..]),
        signature.to_uppercase(),
        signature[..63].to_owned(),
        format!("{signature}0"),
        String::new(),
    ] {
        let text = format!("{start}Signature={other}");
        Case::new()
            .with(|case| drop(case.headers.insert("authorization", text.parse().unwrap())))
            .mismatches();
    }
}

#[test]
fn headers_of_hops_on_the_way_do_not_matter() {
    let case = Case::new()
        .header("x-amzn-trace-id", "Root=1-2-3")
        .header("x-forwarded-for", "192.0.2.1")
        .header("x-amz-cf-id", "abc")
        .header("user-agent", "anything")
        .header("content-type", "application/x-amz-json-1.1");
    assert_eq!(case.check(), Ok(()));
}

#[test]
fn white_space_that_a_hop_folds_does_not_matter() {
    let case = Case::named("white space in headers").header("x-amz-meta", "a b");
    assert_eq!(case.check(), Ok(()));
    let case = Case::named("repeated header").with(|case| {
        let joined = "two,one".parse().unwrap();
        case.headers.insert("x-amz-meta", joined);
    });
    assert_eq!(case.check(), Ok(()));
}

#[test]
fn headers_that_matter_have_to_be_signed() {
    let unsigned = |name: &str| format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.");
    let plain = Case::named("bare");
    for name in [
        "x-amz-meta",
        "x-amz-user-agent",
        "x-gatehouse-id",
        "x-amz-content-sha256",
        "x-amz-cf-id-2",
    ] {
        plain
            .clone()
            .header(name, "x")
            .fails(FaultKind::InvalidSignature, &unsigned(name));
    }
    for name in ["x-amz-target", "x-amz-date", "x-gatehouse-id"] {
        let case = Case::new().with(|case| {
            let text = case.headers["authorization"]
                .to_str()
                .unwrap()
                .replace(&format!(";{name}"), "");
            case.headers.insert("authorization", text.parse().unwrap());
        });
        case.fails(FaultKind::InvalidSignature, &unsigned(name));
    }
    Case::named("date header")
        .replace("date;host", "host")
        .fails(FaultKind::InvalidSignature, &unsigned("date"));
    Case::new().replace("=host;", "=").fails(
        FaultKind::InvalidSignature,
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    );
}

#[test]
fn a_security_token_is_never_accepted() {
    let message = "The security token included in the request is invalid.";
    Case::new()
        .header("x-amz-security-token", "token")
        .fails(FaultKind::UnrecognizedClient, message);
    Case::new()
        .header("x-amz-security-token", "")
        .fails(FaultKind::UnrecognizedClient, message);
    Case::new()
        .header("x-amz-security-token", "token")
        .replace("x-amz-target;", "x-amz-security-token;x-amz-target;")
        .fails(FaultKind::UnrecognizedClient, message);
}

#[test]
fn the_claimed_hash_of_the_body_has_to_be_its_hash() {
    let case = || Case::named("hash of the body in a header");
    case()
        .header("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        .mismatches();
    case().header("x-amz-content-sha256", "").mismatches();
    case().with(|case| case.body = b"{ }".to_vec()).mismatches();
}

#[test]
fn the_scope_has_to_be_the_expected_one() {
    let region = "Credential should be scoped to a valid region.";
    Case::new()
        .with(|case| case.region = Some("eu-west-1".to_owned()))
        .fails(FaultKind::InvalidSignature, region);
    Case::new()
        .replace("us-east-1", "")
        .with(|case| case.region = None)
        .fails(FaultKind::InvalidSignature, region);
    Case::new()
        .replace("us-east-1", "eu-west-1")
        .with(|case| case.region = None)
        .mismatches();
    Case::new()
        .with(|case| case.service = "cognito-identity".to_owned())
        .fails(
            FaultKind::InvalidSignature,
            "Credential should be scoped to correct service: 'cognito-identity'.",
        );
    Case::new().replace("/20261124/", "/20261123/").fails(
        FaultKind::InvalidSignature,
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
         '20261123' != '20261124', from '20261124T102030Z'.",
    );
    Case::new().replace("aws4_request", "aws4").fails(
        FaultKind::InvalidSignature,
        "Credential should be scoped with a valid terminator: 'aws4_request'.",
    );
}

#[test]
fn signatures_live_fifteen_minutes_either_way() {
    let at = |offset: i64| Case::new().with(|case| case.now = Timestamp::from_seconds(SIGNED_AT + offset));
    assert_eq!(at(900).check(), Ok(()));
    assert_eq!(at(-900).check(), Ok(()));
    at(901).fails(
        FaultKind::InvalidSignature,
        "Signature expired: 20261124T102030Z is now earlier than 20261124T102031Z (20261124T103531Z - 15 min.)",
    );
    at(-901).fails(
        FaultKind::InvalidSignature,
        "Signature not yet current: 20261124T102030Z is still later than 20261124T102029Z \
         (20261124T100529Z + 15 min.)",
    );
}

#[test]
fn a_request_signed_for_the_root_may_arrive_elsewhere_if_its_target_says_where() {
    let path = "/user-pool/user-pools/ListUserPools";
    let moved = |name: &str| Case::named(name).with(|case| case.path = path.to_owned());
    moved("bare").mismatches();
    assert_eq!(
        moved("bare")
            .with(|case| case.aliases = vec!["/other", "/"])
            .check(),
        Ok(())
    );
    assert_eq!(
        Case::named("path of its own")
            .with(|case| case.aliases = vec!["/"])
            .check(),
        Ok(())
    );
    // Without a target nothing signed would say which operation is meant.
    moved("no body")
        .with(|case| case.aliases = vec!["/"])
        .mismatches();
    moved("query")
        .with(|case| case.aliases = vec!["/"])
        .with(|case| case.query.clear())
        .mismatches();
}

#[test]
fn a_signed_length_that_a_hop_dropped_is_the_bodys() {
    let sign = |length: &str| {
        let mut case = Case::named("bare").header("content-length", "2");
        case = case.replace("content-type;host", "content-length;content-type;host");
        let names: Vec<String> = [
            "content-length",
            "content-type",
            "host",
            "x-amz-date",
            "x-amz-target",
        ]
        .map(str::to_owned)
        .to_vec();
        case.headers.insert("content-length", length.parse().unwrap());
        let request = Request {
            method: &case.method,
            raw_path: &case.path,
            raw_query: &case.query,
            headers: &case.headers,
            body: &case.body,
        };
        let text = format!(
            "{ALGORITHM}\n20261124T102030Z\n20261124/us-east-1/cognito-idp/{TERMINATOR}\n{}",
            hex_sha256(&CanonicalRequest::new(&request, &names, &hex_sha256(&case.body)).with_path("/")),
        );
        let secret = Sensitive::from(case.secret.as_str());
        let signed = signature(&secret, "20261124", "us-east-1", "cognito-idp", &text);
        let old = case.headers["authorization"]
            .to_str()
            .unwrap()
            .rsplit_once('=')
            .unwrap()
            .1
            .to_owned();
        case.replace(&old, &signed)
            .with(|case| drop(case.headers.remove("content-length")))
    };
    assert_eq!(sign("2").check(), Ok(()));
    sign("3").mismatches();
}
