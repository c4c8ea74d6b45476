//! Verification of AWS Signature Version 4 in an `Authorization` header.
//!
//! [`Authorization::parse`] reads who claims to have signed; the caller looks that access key up;
//! [`Authorization::verify`] then checks the whole request against its secret. The signature covers method, path,
//! query, body and the signed headers. What it does not cover must not matter: every header that can change what a
//! request means has to be signed (see `must_be_signed`).

mod canonical;
mod date;
#[cfg(test)]
mod tests;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use gatehouse_model::Sensitive;
use lambda_http::http::{HeaderMap, HeaderName};

use self::canonical::{CanonicalRequest, hex_sha256, signature};
use self::date::{SignedDate, basic_format};
use crate::ambient::Timestamp;
use crate::fault::{Fault, FaultKind};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";
const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your \
                        AWS Secret Access Key and signing method. Consult the service documentation for details.";

/// How far a client's clock may be off, in seconds.
const TOLERANCE: i64 = 15 * 60;

/// The parts of an HTTP request that a signature covers, as they came in.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// Path, still percent-encoded.
    pub raw_path: &'a str,
    /// Query string without the question mark, still percent-encoded.
    pub raw_query: &'a str,
    /// All headers, `host` with them.
    pub headers: &'a HeaderMap,
    /// The body, decoded from API Gateway's base64.
    pub body: &'a [u8],
}

/// An `Authorization` header of Signature Version 4, well-formed but not yet believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    access_key_id: String,
    date: String,
    region: String,
    service: String,
    signed_headers: Vec<String>,
    signature: String,
    signed_at: SignedDate,
}

impl Authorization {
    /// Reads the `Authorization` header and the date that goes with it.
    pub fn parse(headers: &HeaderMap) -> Result<Self, Fault> {
        let mut values = headers.get_all("authorization").iter();
        let Some(value) = values.next() else {
            return Err(Fault::new(
                FaultKind::MissingAuthenticationToken,
                "Missing Authentication Token",
            ));
        };
        if values.next().is_some() {
            return Err(incomplete("The request has more than one Authorization header."));
        }
        let text = value
            .to_str()
            .map_err(|_| incomplete("Authorization header holds characters that are not printable ASCII."))?;
        let (algorithm, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        if algorithm != ALGORITHM {
            return Err(incomplete(format!(
                "Unsupported AWS 'algorithm' (only {ALGORITHM} for now)."
            )));
        }
        let signed_at = SignedDate::of(headers)?;
        let parameters = Parameters::parse(rest)?;
        let (Some(credential), Some(signature), Some(signed_headers), Some(signed_at)) = (
            parameters.credential,
            parameters.signature,
            parameters.signed_headers,
            &signed_at,
        ) else {
            return Err(incomplete(parameters.missing(signed_at.is_some())));
        };
        let parts: Vec<&str> = credential.split('/').collect();
        let &[access_key_id, date, region, service, terminator] = parts.as_slice() else {
            return Err(incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.",
            ));
        };
        if terminator != TERMINATOR {
            let message = format!("Credential should be scoped with a valid terminator: '{TERMINATOR}'.");
            return Err(invalid(message));
        }
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            signed_headers: signed_header_names(signed_headers)?,
            signature: signature.to_owned(),
            signed_at: signed_at.clone(),
        })
    }

    /// Who claims to have signed.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The region of the credential scope.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The service of the credential scope, for example `cognito-idp`.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// Whether the header `name`, in lower case, is among the signed ones.
    pub fn signs(&self, name: &str) -> bool {
        self.signed_headers.iter().any(|signed| signed == name)
    }

    /// Whether the request is what the holder of `secret` signed within the last fifteen minutes, for `service` and,
    /// where one is given, for `region`.
    ///
    /// A request may have been signed for another path than it arrived at: SDKs sign `/`, and something before this
    /// function chose `/user-pool/…` by the target. Such paths are `aliases`. Because `/` does not say which operation
    /// is meant, one counts only where `x-amz-target` says it, and **the caller has to check that the target is the
    /// operation it runs**, or a signed request could be taken to another operation.
    pub fn verify(
        &self,
        request: &Request<'_>,
        secret: &Sensitive,
        region: Option<&str>,
        service: &str,
        now: Timestamp,
        aliases: &[&str],
    ) -> Result<(), Fault> {
        if request.headers.contains_key("x-amz-security-token") {
            // Our access keys never have a session.
            let message = "The security token included in the request is invalid.";
            return Err(Fault::new(FaultKind::UnrecognizedClient, message));
        }
        self.check_scope(region, service)?;
        self.check_age(now)?;
        self.check_signed_headers(request.headers)?;
        let body_hash = hex_sha256(request.body);
        if request
            .headers
            .get_all("x-amz-content-sha256")
            .iter()
            .any(|claimed| claimed != body_hash.as_str())
        {
            return Err(invalid(MISMATCH));
        }
        let canonical = CanonicalRequest::new(request, &self.signed_headers, &body_hash);
        let scope = format!("{}/{}/{}/{TERMINATOR}", self.date, self.region, self.service);
        let mut matches = false;
        let aliases = if request.headers.contains_key("x-amz-target") {
            aliases
        } else {
            &[]
        };
        for path in std::iter::once(&request.raw_path).chain(aliases) {
            let string_to_sign = format!(
                "{ALGORITHM}\n{}\n{scope}\n{}",
                self.signed_at.basic(),
                hex_sha256(&canonical.with_path(path)),
            );
            let expected = signature(secret, &self.date, &self.region, &self.service, &string_to_sign);
            matches |= verify_slices_are_equal(expected.as_bytes(), self.signature.as_bytes()).is_ok();
        }
        if matches { Ok(()) } else { Err(invalid(MISMATCH)) }
    }

    fn check_scope(&self, region: Option<&str>, service: &str) -> Result<(), Fault> {
        if self.region.is_empty() || region.is_some_and(|region| region != self.region) {
            return Err(invalid("Credential should be scoped to a valid region."));
        }
        if self.service != service {
            return Err(invalid(format!(
                "Credential should be scoped to correct service: '{service}'."
            )));
        }
        let (day, from) = (self.signed_at.day(), self.signed_at.basic());
        if self.date != day {
            return Err(invalid(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                 '{}' != '{day}', from '{from}'.",
                self.date.escape_default(),
            )));
        }
        Ok(())
    }

    fn check_age(&self, now: Timestamp) -> Result<(), Fault> {
        let (signed, at) = (self.signed_at.basic(), self.signed_at.timestamp());
        let (oldest, newest) = (now.plus_seconds(-TOLERANCE), now.plus_seconds(TOLERANCE));
        let now = basic_format(now);
        if at < oldest {
            let oldest = basic_format(oldest);
            return Err(invalid(format!(
                "Signature expired: {signed} is now earlier than {oldest} ({now} - 15 min.)"
            )));
        }
        if at > newest {
            let newest = basic_format(newest);
            return Err(invalid(format!(
                "Signature not yet current: {signed} is still later than {newest} ({now} + 15 min.)"
            )));
        }
        Ok(())
    }

    fn check_signed_headers(&self, headers: &HeaderMap) -> Result<(), Fault> {
        if !self.signs("host") {
            let message = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
            return Err(invalid(message));
        }
        let date = self.signed_at.header();
        let unsigned = headers
            .keys()
            .map(HeaderName::as_str)
            .filter(|name| must_be_signed(name) || *name == date)
            .find(|name| !self.signs(name));
        match unsigned {
            Some(name) => Err(invalid(format!(
                "'{name}' must be a 'SignedHeader' in the AWS Authorization."
            ))),
            None => Ok(()),
        }
    }
}

/// Whether a header, where it is present, has to be among the signed ones: those that say what is asked for.
///
/// Hops on the way may add their own: `x-amzn-…` and `x-forwarded-…` say nothing that is acted on, and `x-amz-cf-id`
/// is the number that `CloudFront` gives for the request.
fn must_be_signed(name: &str) -> bool {
    (name.starts_with("x-amz-") && name != "x-amz-cf-id") || name.starts_with("x-gatehouse-")
}

/// The three parameters of the header, each at most once.
#[derive(Default)]
struct Parameters<'a> {
    credential: Option<&'a str>,
    signature: Option<&'a str>,
    signed_headers: Option<&'a str>,
}

impl<'a> Parameters<'a> {
    fn parse(text: &'a str) -> Result<Self, Fault> {
        let mut parameters = Self::default();
        // Commas separate, and older signers are content with spaces.
        for part in text.split([',', ' ', '\t']).filter(|part| !part.is_empty()) {
            let Some((name, value)) = part.split_once('=') else {
                return Err(incomplete(
                    "Invalid key=value pair (missing equal-sign) in Authorization header.",
                ));
            };
            let slot = match name {
                "Credential" => &mut parameters.credential,
                "Signature" => &mut parameters.signature,
                "SignedHeaders" => &mut parameters.signed_headers,
                _ => {
                    return Err(incomplete(
                        "Authorization header has a parameter that is not known.",
                    ));
                }
            };
            if slot.replace(value).is_some() {
                return Err(incomplete("Authorization header has a parameter more than once."));
            }
        }
        Ok(parameters)
    }

    /// AWS's words for what is missing.
    fn missing(&self, has_date: bool) -> String {
        let parameters = [
            ("Credential", self.credential),
            ("Signature", self.signature),
            ("SignedHeaders", self.signed_headers),
        ];
        let mut sentences: Vec<String> = parameters
            .into_iter()
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| format!("Authorization header requires '{name}' parameter."))
            .collect();
        if !has_date {
            let date = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
            sentences.push(date.to_owned());
        }
        sentences.join(" ")
    }
}

/// Names in lower case, in order, each once: as every signer writes them, so that there is one reading only.
fn signed_header_names(text: &str) -> Result<Vec<String>, Fault> {
    let names: Vec<String> = text.split(';').map(str::to_owned).collect();
    let valid =
        |name: &String| HeaderName::from_lowercase(name.as_bytes()).is_ok() && name != "authorization";
    if names.iter().all(valid) && names.is_sorted_by(|one, next| one < next) {
        Ok(names)
    } else {
        Err(incomplete(
            "SignedHeaders must be names of headers in lower case, in order, with semicolons between.",
        ))
    }
}

fn incomplete(message: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
    Fault::new(FaultKind::IncompleteSignature, message)
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
    Fault::new(FaultKind::InvalidSignature, message)
}
