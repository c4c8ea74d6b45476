//! The canonical form of a request, and the signature over it.

use std::borrow::Cow;

use aws_lc_rs::{digest, hmac};
use gatehouse_model::Sensitive;
use lambda_http::http::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use zeroize::Zeroizing;

use super::{Request, TERMINATOR};

/// Everything but the characters that RFC 3986 calls unreserved.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const PATH: &AsciiSet = &QUERY.remove(b'/');

/// A canonical request whose path is still open.
pub(super) struct CanonicalRequest<'a> {
    method: &'a str,
    /// Query, headers, signed headers and body's hash, each after a line feed.
    rest: Vec<u8>,
}

impl<'a> CanonicalRequest<'a> {
    pub(super) fn new(request: &Request<'a>, signed_headers: &[String], body_hash: &str) -> Self {
        let mut rest = format!("\n{}\n", canonical_query(request.raw_query)).into_bytes();
        for name in signed_headers {
            rest.extend_from_slice(name.as_bytes());
            rest.push(b':');
            rest.extend_from_slice(&header_value(request, name));
            rest.push(b'\n');
        }
        rest.extend_from_slice(format!("\n{}\n{body_hash}", signed_headers.join(";")).as_bytes());
        Self {
            method: request.method,
            rest,
        }
    }

    /// The bytes to hash if the request was signed for `path`.
    pub(super) fn with_path(&self, path: &str) -> Vec<u8> {
        let mut bytes = format!("{}\n{}", self.method, canonical_path(path)).into_bytes();
        bytes.extend_from_slice(&self.rest);
        bytes
    }
}

/// The path without `.`, `..` and empty segments, its escapes escaped once more, as all services but S3 want it.
fn canonical_path(raw_path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in raw_path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    let tail = if raw_path.ends_with('/') && !segments.is_empty() {
        "/"
    } else {
        ""
    };
    let path = format!("/{}{tail}", segments.join("/"));
    percent_encode(path.as_bytes(), PATH).to_string()
}

/// The parameters, encoded in the one way there is, in order of name and then value.
fn canonical_query(raw_query: &str) -> String {
    let encode = |text: &str| {
        let decoded: Cow<'_, [u8]> = percent_decode_str(text).into();
        percent_encode(&decoded, QUERY).to_string()
    };
    let mut pairs: Vec<(String, String)> = raw_query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encode(name), encode(value))
        })
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

/// All values of a header with commas between them, each without white space around it and with single spaces
/// inside.
fn header_value(request: &Request<'_>, name: &str) -> Vec<u8> {
    if name == "content-length" && !request.headers.contains_key(name) {
        // Signed by some SDKs, dropped by some hops, and known anyway.
        return request.body.len().to_string().into_bytes();
    }
    let values: Vec<Vec<u8>> = values_of(request.headers, name).collect();
    values.join(&b',')
}

fn values_of<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = Vec<u8>> + 'a {
    headers.get_all(name).iter().map(|value| {
        let words = value.as_bytes().split(|byte| matches!(byte, b' ' | b'\t'));
        words
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(&b' ')
    })
}

pub(super) fn hex_sha256(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

/// The signature in hexadecimal.
pub(super) fn signature(secret: &Sensitive, date: &str, region: &str, service: &str, text: &str) -> String {
    let first = Zeroizing::new(format!("AWS4{}", secret.expose()));
    let mut key = hmac::Key::new(hmac::HMAC_SHA256, first.as_bytes());
    for part in [date, region, service, TERMINATOR] {
        key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref());
    }
    hex::encode(hmac::sign(&key, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_http::http::HeaderValue;

    #[test]
    fn paths_lose_dots_and_empty_segments_and_are_escaped_twice() {
        for (raw, canonical) in [
            ("", "/"),
            ("/", "/"),
            ("//", "/"),
            ("/a/b", "/a/b"),
            ("/a/b/", "/a/b/"),
            ("/a//b/./c", "/a/b/c"),
            ("/a/../b", "/b"),
            ("/../..", "/"),
            ("/a%20b", "/a%2520b"),
            ("/a b:c~d", "/a%20b%3Ac~d"),
        ] {
            assert_eq!(canonical_path(raw), canonical, "{raw}");
        }
    }

    #[test]
    fn queries_are_encoded_one_way_and_sorted_by_name_and_value() {
        for (raw, canonical) in [
            ("", ""),
            ("b=2&a=1", "a=1&b=2"),
            ("a=2&a=1&a", "a=&a=1&a=2"),
            ("a-b=1&a=2", "a=2&a-b=1"),
            ("A=1&a=2", "A=1&a=2"),
            ("q=a%2fb+c%20d~", "q=a%2Fb%2Bc%20d~"),
            ("q=a=b&&", "q=a%3Db"),
            ("q=%zz%e2%82%ac", "q=%25zz%E2%82%AC"),
        ] {
            assert_eq!(canonical_query(raw), canonical, "{raw}");
        }
    }

    #[test]
    fn header_values_are_folded_and_joined() {
        let mut headers = HeaderMap::new();
        for value in [" a  b\t c ", "", "d"] {
            headers.append("x-amz-meta", HeaderValue::from_str(value).unwrap());
        }
        let request = Request {
            method: "POST",
            raw_path: "/",
            raw_query: "",
            headers: &headers,
            body: b"four",
        };
        assert_eq!(header_value(&request, "x-amz-meta"), b"a b c,,d");
        assert_eq!(header_value(&request, "x-other"), b"");
        assert_eq!(header_value(&request, "content-length"), b"4");
    }

    #[test]
    fn the_signing_key_is_the_one_of_aws_documentation() {
        // "Signature Version 4 signing key" examples: the key for 20150830/us-east-1/iam.
        let secret = Sensitive::from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let string_to_sign = "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n\
                              f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59";
        assert_eq!(
            signature(&secret, "20150830", "us-east-1", "iam", string_to_sign),
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        );
    }
}
