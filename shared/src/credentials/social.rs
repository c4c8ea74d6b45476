//! Logins of public providers: ID tokens of Google and Apple, access tokens of Facebook and Amazon.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::IdentityParts;
use super::logins::{invalid, unsupported_provider};
use super::oidc::unreachable;
use crate::domain::identity_pool::Social;
use crate::outbound::OutboundError;
use crate::{Fault, Timestamp};

/// Where the providers are.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// Google's issuer.
    pub google: String,
    /// Apple's issuer.
    pub apple: String,
    /// Facebook's Graph API.
    pub facebook: String,
    /// Login with Amazon's API.
    pub amazon: String,
}

impl Default for Endpoints {
    fn default() -> Self {
        Self {
            google: "https://accounts.google.com".to_owned(),
            apple: "https://appleid.apple.com".to_owned(),
            facebook: "https://graph.facebook.com".to_owned(),
            amazon: "https://api.amazon.com".to_owned(),
        }
    }
}

/// Graph API, `/app` and `/me?fields=id`.
#[derive(Debug, Deserialize)]
struct Node {
    id: String,
}

/// Login with Amazon, `/auth/o2/tokeninfo`.
#[derive(Debug, Deserialize)]
struct TokenInfo {
    aud: String,
    user_id: String,
}

/// Verifies a login of a public provider for one of the app's ids there; returns its claims, `sub` and `aud` at least.
pub(super) async fn verify(
    parts: &IdentityParts,
    provider: Social,
    apps: &BTreeSet<String>,
    token: &str,
    now: Timestamp,
) -> Result<Map<String, Value>, Fault> {
    let endpoints = &parts.endpoints;
    let issuer = match provider {
        Social::Google => (endpoints.google.as_str(), Some("accounts.google.com")),
        Social::Apple => (endpoints.apple.as_str(), None),
        Social::Facebook => return facebook(parts, apps, token).await,
        Social::Amazon => return amazon(parts, apps, token).await,
    };
    parts
        .issuers
        .verify(&parts.outbound, issuer, apps, token, now)
        .await
}

async fn facebook(
    parts: &IdentityParts,
    apps: &BTreeSet<String>,
    token: &str,
) -> Result<Map<String, Value>, Fault> {
    let base = &parts.endpoints.facebook;
    let (app, me) = (format!("{base}/app"), format!("{base}/me?fields=id"));
    let (app, me) = tokio::join!(
        parts.outbound.get::<Node>(&app, Some(token)),
        parts.outbound.get::<Node>(&me, Some(token))
    );
    let (app, me) = (
        app.map_err(|error| refused(&error))?,
        me.map_err(|error| refused(&error))?,
    );
    claims(apps, &app.id, &me.id)
}

async fn amazon(
    parts: &IdentityParts,
    apps: &BTreeSet<String>,
    token: &str,
) -> Result<Map<String, Value>, Fault> {
    let token = percent_encoding::utf8_percent_encode(token, percent_encoding::NON_ALPHANUMERIC);
    let url = format!(
        "{}/auth/o2/tokeninfo?access_token={token}",
        parts.endpoints.amazon
    );
    let info: TokenInfo = parts
        .outbound
        .get(&url, None)
        .await
        .map_err(|error| refused(&error))?;
    claims(apps, &info.aud, &info.user_id)
}

/// A provider that says no to a token says that the token is none.
fn refused(error: &OutboundError) -> Fault {
    match error {
        OutboundError::Status(400..=499) => invalid("The provider does not accept the token."),
        _ => unreachable(error),
    }
}

fn claims(apps: &BTreeSet<String>, app: &str, user: &str) -> Result<Map<String, Value>, Fault> {
    if !apps.contains(app) {
        return Err(unsupported_provider());
    }
    Ok(Map::from_iter([
        ("sub".to_owned(), json!(user)),
        ("aud".to_owned(), json!(app)),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::NOON;
    use crate::fault::FaultKind;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// A provider on this machine: of the token `good` it says these things, of others that they are none.
    async fn provider() -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = vec![0; 4096];
                let read = stream.read(&mut request).await.unwrap();
                let request = String::from_utf8_lossy(&request[..read]).into_owned();
                let line = request.lines().next().unwrap_or_default();
                let known = request.contains("Bearer good\r\n") || line.contains("access_token=good ");
                let body = match line.split(' ').nth(1).unwrap_or_default().split('?').next() {
                    Some("/app") => r#"{"id":"app-1","name":"Photos"}"#,
                    Some("/me") => r#"{"id":"10001"}"#,
                    Some("/auth/o2/tokeninfo") => r#"{"aud":"app-1","user_id":"amzn1.account.X","exp":3600}"#,
                    _ => "{}",
                };
                let (status, body) = if known {
                    ("200 OK", body)
                } else {
                    ("400 Bad Request", "{}")
                };
                let answer = format!(
                    "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        base
    }

    async fn parts() -> IdentityParts {
        let base = provider().await;
        let aws = aws_config::SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .build();
        let mut parts = IdentityParts::new(&aws, true);
        parts.endpoints = Endpoints {
            google: base.clone(),
            apple: base.clone(),
            facebook: base.clone(),
            amazon: base,
        };
        parts
    }

    async fn shown(provider: Social, app: &str, token: &str) -> Result<Map<String, Value>, FaultKind> {
        let apps = [app.to_owned()].into();
        let verified = verify(&parts().await, provider, &apps, token, NOON).await;
        verified.map_err(|fault| fault.kind())
    }

    #[tokio::test]
    async fn facebook_and_amazon_say_whose_their_tokens_are() {
        let facebook = shown(Social::Facebook, "app-1", "good").await.unwrap();
        assert_eq!(facebook["sub"], "10001");
        let amazon = shown(Social::Amazon, "app-1", "good").await.unwrap();
        assert_eq!(amazon["sub"], "amzn1.account.X");
    }

    #[tokio::test]
    async fn tokens_of_other_apps_and_no_tokens_are_refused() {
        for provider in [Social::Facebook, Social::Amazon] {
            for (app, token) in [("app-2", "good"), ("app-1", "bad")] {
                assert_eq!(shown(provider, app, token).await, Err(FaultKind::NotAuthorized));
            }
        }
        assert_eq!(
            shown(Social::Google, "app-1", "nonsense").await,
            Err(FaultKind::NotAuthorized)
        );
    }
}
