//! What the environment says; template.yaml names each variable.

use std::time::Duration;

use gatehouse_model::Sensitive;

/// Seconds that Cognito gives the function of a trigger.
const TRIGGER_SECONDS: u64 = 5;

/// What the environment says; template.yaml names each variable.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `GATEHOUSE_TABLE`: the table's name.
    pub table: String,
    /// `GATEHOUSE_SEALING_KEY`: the symmetric KMS key that wraps data keys and seals access keys.
    pub sealing_key: String,
    /// `GATEHOUSE_ISSUER_BASE`: the issuer of a pool's tokens is this, a slash and the pool's id.
    pub issuer_base: String,
    /// `GATEHOUSE_IDENTITY_KEYS`: the KMS keys that sign the tokens of identity pools, with commas between them; the first
    /// signs, all are published.
    pub identity_keys: Vec<String>,
    /// `GATEHOUSE_AUTHORIZER`: the rules of the authorizers of other APIs, JSON; empty for none.
    pub authorizer: String,
    /// `GATEHOUSE_EMAIL_FROM`: the sender of mail.
    pub email_from: String,
    /// `GATEHOUSE_FUNCTION_PREFIX`: what the names of Gatehouse's functions begin with.
    pub function_prefix: String,
    /// `GATEHOUSE_PROVISIONED`: functions of operations of which instances are kept ready, under the alias `live`.
    pub provisioned: Vec<String>,
    /// `GATEHOUSE_EDGE_SECRET`: what requests through the edge carry; empty where there is no edge.
    pub edge_secret: Sensitive,
    /// `GATEHOUSE_TRIGGER_SECONDS`: how long the function of a trigger has to answer; 5 seconds unless it is a number.
    pub trigger_timeout: Duration,
    /// `AWS_REGION`.
    pub region: String,
    /// The AWS endpoint is on this machine: a development stack.
    pub local_aws: bool,
}

/// Whether a URL's host is this machine.
fn is_loopback(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|local| {
        host.strip_prefix(local)
            .is_some_and(|port| port.is_empty() || port.starts_with(':'))
    })
}

/// What stands in a list with commas.
fn list(text: &str) -> Vec<String> {
    let each = text.split(',').filter(|each| !each.is_empty());
    each.map(str::to_owned).collect()
}

/// The time that the function of a trigger has: at most the half minute that API Gateway waits.
fn trigger_timeout(seconds: &str) -> Duration {
    let seconds = seconds.parse().ok().filter(|seconds| (1..=29).contains(seconds));
    Duration::from_secs(seconds.unwrap_or(TRIGGER_SECONDS))
}

impl Settings {
    /// Reads the environment.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub fn from_env() -> Self {
        let read = |name: &str| std::env::var(name).unwrap_or_default();
        let endpoint = std::env::var("AWS_ENDPOINT_URL_DYNAMODB")
            .or_else(|_| std::env::var("AWS_ENDPOINT_URL"))
            .unwrap_or_default();
        Self {
            table: read("GATEHOUSE_TABLE"),
            sealing_key: read("GATEHOUSE_SEALING_KEY"),
            issuer_base: read("GATEHOUSE_ISSUER_BASE").trim_end_matches('/').to_owned(),
            identity_keys: list(&read("GATEHOUSE_IDENTITY_KEYS")),
            authorizer: read("GATEHOUSE_AUTHORIZER"),
            email_from: read("GATEHOUSE_EMAIL_FROM"),
            function_prefix: read("GATEHOUSE_FUNCTION_PREFIX"),
            provisioned: list(&read("GATEHOUSE_PROVISIONED")),
            edge_secret: Sensitive::from(read("GATEHOUSE_EDGE_SECRET")),
            trigger_timeout: trigger_timeout(&read("GATEHOUSE_TRIGGER_SECONDS")),
            region: read("AWS_REGION"),
            local_aws: is_loopback(&endpoint),
        }
    }

    /// The name by which Lambda invokes one of Gatehouse's functions: with the alias, where instances are kept ready there.
    pub fn lambda_name(&self, function: &str) -> String {
        let ready = self.provisioned.iter().any(|name| name == function);
        let alias = if ready { ":live" } else { "" };
        format!("{}{function}{alias}", self.function_prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_invoked_where_instances_are_kept_ready() {
        let settings = Settings {
            function_prefix: "gatehouse-".to_owned(),
            provisioned: list("initiate-auth,tokens"),
            ..Settings::from_env()
        };
        assert_eq!(settings.lambda_name("tokens"), "gatehouse-tokens:live");
        assert_eq!(settings.lambda_name("sign-up"), "gatehouse-sign-up");
    }

    #[test]
    fn only_this_machine_is_local() {
        for local in ["http://127.0.0.1:4566", "http://localhost", "http://[::1]:8000/x"] {
            assert!(is_loopback(local), "{local}");
        }
        for remote in [
            "",
            "https://dynamodb.eu-west-1.amazonaws.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost@example.com",
            "http://example.com/127.0.0.1",
        ] {
            assert!(!is_loopback(remote), "{remote}");
        }
    }
}
