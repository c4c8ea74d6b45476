//! What it costs to read a request: validation by the model, the signature.

use std::hint::black_box;

use criterion::Criterion;
use gatehouse::Timestamp;
use gatehouse::api::sigv4::{Authorization, Request};
use gatehouse::crypto::from_base64;
use gatehouse_model::user_pool::operations::{CreateUserPool, InitiateAuth};
use gatehouse_model::{Sensitive, decode};
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};

/// tests/vectors/sigv4.json.
#[derive(Deserialize)]
struct Vectors {
    secret_access_key: String,
    requests: Vec<Recorded>,
}

#[derive(Deserialize)]
struct Recorded {
    name: String,
    method: String,
    path: String,
    query: String,
    service: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// 2026-11-24T10:20:30Z, when all of them were signed.
const SIGNED_AT: Timestamp = Timestamp::from_seconds(1_795_515_630);

pub fn measure(criterion: &mut Criterion) {
    validation(criterion);
    signatures(criterion);
}

fn validation(criterion: &mut Criterion) {
    let small = json!({
        "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": "gatehousedemo",
        "AuthParameters": { "USERNAME": "ann@example.com", "PASSWORD": "Correct-horse7" },
    });
    let small = small.to_string().into_bytes();
    criterion.bench_function(&format!("Validation: InitiateAuth, {} bytes", small.len()), |b| {
        b.iter(|| decode::<InitiateAuth>(black_box(&small)).unwrap());
    });
    let attributes: Vec<Value> = (0..50)
        .map(|number| {
            json!({
                "Name": format!("attribute{number}"), "AttributeDataType": "String", "Mutable": true,
                "StringAttributeConstraints": { "MinLength": "0", "MaxLength": "2048" },
            })
        })
        .collect();
    let large = json!({
        "PoolName": "a pool with all that pools have",
        "Policies": { "PasswordPolicy": { "MinimumLength": 12, "RequireSymbols": true, "PasswordHistorySize": 5 } },
        "Schema": attributes,
        "UserPoolTags": (0..50).map(|tag| (format!("tag{tag}"), json!("value"))).collect::<serde_json::Map<_, _>>(),
        "VerificationMessageTemplate": {
            "EmailMessage": format!("{} {{####}}", "Hello. ".repeat(500)), "EmailSubject": "Your code",
        },
    });
    let large = large.to_string().into_bytes();
    criterion.bench_function(
        &format!("Validation: CreateUserPool, {} bytes", large.len()),
        |b| {
            b.iter(|| decode::<CreateUserPool>(black_box(&large)).unwrap());
        },
    );
}

fn signatures(criterion: &mut Criterion) {
    let vectors: Vectors = serde_json::from_str(include_str!("../vectors/sigv4.json")).unwrap();
    let secret = Sensitive::from(vectors.secret_access_key);
    for name in ["boto3 ListUserPools", "large body of bytes"] {
        let recorded = vectors.requests.iter().find(|one| one.name == name).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in &recorded.headers {
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        let body = from_base64(&recorded.body).unwrap();
        criterion.bench_function(
            &format!("SigV4: a request with {} bytes is verified", body.len()),
            |b| {
                b.iter(|| {
                    let request = Request {
                        method: &recorded.method,
                        raw_path: &recorded.path,
                        raw_query: &recorded.query,
                        headers: black_box(&headers),
                        body: &body,
                    };
                    let authorization = Authorization::parse(&headers).unwrap();
                    authorization
                        .verify(&request, &secret, None, &recorded.service, SIGNED_AT, &[])
                        .unwrap();
                });
            },
        );
    }
}
