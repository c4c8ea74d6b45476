//! Webhooks: what Gatehouse's own functions for triggers tell, or ask, a server of the operator's.
//!
//! Requests are signed as Standard Webhooks 1.0.0 says (standardwebhooks.com), so that its libraries check them:
//! `webhook-id` is the same whenever the same is told, `webhook-timestamp` has the seconds of the epoch, and
//! `webhook-signature` is `v1,` and base64 of HMAC-SHA256 over `<id>.<timestamp>.<body>`.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

use super::serve::{Misconfigured, Variables};
use crate::Timestamp;
use crate::crypto::{base64, from_base64};
use crate::outbound::{Outbound, OutboundError};

/// How a secret begins.
const PREFIX: &str = "whsec_";
/// Bytes that a secret may have.
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// A server, and the secret that it shares with the function.
#[derive(Debug)]
pub struct Webhook {
    url: String,
    key: Key,
    outbound: Outbound,
}

impl Webhook {
    /// The server of `WEBHOOK_URL`, with the secret `WEBHOOK_SECRET`; none where there is no address. With `local`, in a
    /// development stack, it may be on this machine.
    ///
    /// # Errors
    /// An address that is not https to a name, a secret that is missing or not base64 of 24 to 64 bytes after `whsec_`.
    pub fn read(variables: &Variables, local: bool) -> Result<Option<Self>, Misconfigured> {
        let Some(url) = variables.text("WEBHOOK_URL") else {
            return Ok(None);
        };
        let outbound = Outbound::new(local);
        if !outbound.allows(&url) {
            return Err(Misconfigured::new("WEBHOOK_URL", "must be https to a name"));
        }
        let secret = zeroize::Zeroizing::new(variables.required("WEBHOOK_SECRET")?);
        let bytes = secret
            .strip_prefix(PREFIX)
            .and_then(from_base64)
            .map(zeroize::Zeroizing::new)
            .filter(|bytes| LENGTHS.contains(&bytes.len()))
            .ok_or_else(|| {
                Misconfigured::new("WEBHOOK_SECRET", "must be whsec_ and base64 of 24 to 64 bytes")
            })?;
        Ok(Some(Self {
            url,
            key: Key::new(HMAC_SHA256, &bytes),
            outbound,
        }))
    }

    /// Sends `body`, JSON, once, and returns what the server answers. `id`, visible ASCII without a full stop, is the
    /// same whenever the same is told.
    ///
    /// # Errors
    /// See [`OutboundError`]; every status but those of success is one.
    pub async fn send(&self, id: &str, now: Timestamp, body: Vec<u8>) -> Result<Vec<u8>, OutboundError> {
        let text = |text: &str| HeaderValue::from_str(text).map_err(|_| OutboundError::Address);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("webhook-id", text(id)?);
        headers.insert("webhook-timestamp", now.seconds().into());
        headers.insert("webhook-signature", text(&self.signature(id, now, &body))?);
        self.outbound.post(&self.url, headers, body).await
    }

    fn signature(&self, id: &str, now: Timestamp, body: &[u8]) -> String {
        let signed = [format!("{id}.{}.", now.seconds()).as_bytes(), body].concat();
        format!("v1,{}", base64(sign(&self.key, &signed).as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str, secret: &str) -> Result<Option<Webhook>, Misconfigured> {
        let variables = [("WEBHOOK_URL", url), ("WEBHOOK_SECRET", secret)];
        Webhook::read(&Variables::given(&variables), false)
    }

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /// As the library `standardwebhooks` for Python signs the same.
    #[test]
    fn a_signature_is_that_of_standard_webhooks() {
        let webhook = read("https://hooks.example.com/", SECRET).unwrap().unwrap();
        let at = Timestamp::from_seconds(1_614_265_330);
        let signature = webhook.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", at, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(!format!("{webhook:?}").contains("MfKQ"));
    }

    #[test]
    fn an_address_comes_with_a_secret_and_secrets_travel_encrypted() {
        assert!(read("", SECRET).unwrap().is_none());
        for (url, secret) in [
            ("https://hooks.example.com/", ""),
            ("https://hooks.example.com/", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            ("https://hooks.example.com/", "whsec_c2hvcnQ="),
            ("https://hooks.example.com/", "whsec_not base64"),
            ("http://hooks.example.com/", SECRET),
            ("https://127.0.0.1/", SECRET),
            ("nonsense", SECRET),
        ] {
            assert!(read(url, secret).is_err(), "{url} {secret}");
        }
    }
}
