//! Pre sign-up: who may sign up is decided by the domain of the e-mail address.
//!
//! - `ALLOWED_EMAIL_DOMAINS`: only these may. `example.com` is that domain alone, `*.example.com` is all below it.
//! - `DENIED_EMAIL_DOMAINS`: these may not, whatever else is said.
//! - `DISPOSABLE_EMAIL_DOMAINS`: `refuse` (the default) or `allow` throw-away mailboxes.
//! - `TRUSTED_EMAIL_DOMAINS`: users of these are confirmed at once. Their address does not count as verified: nobody has
//!   shown yet that it is theirs.
//!
//! Users whom an administrator creates are the administrator's decision.

use std::collections::HashSet;

use gatehouse::triggers::event::{Event, PreSignUp, PreSignUpAnswer, Source};
use gatehouse::triggers::serve::{Misconfigured, Refusal, Variables, serve};
use lambda_runtime::Error;

/// Domains of throw-away mailboxes, one a line.
const DISPOSABLE: &str = include_str!("disposable_domains.txt");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    gatehouse::observe::start();
    let rules = Rules::read(&Variables::from_env())?;
    serve(async |event: &Event<PreSignUp>, _| rules.decide(event)).await
}

/// Who may sign up.
struct Rules {
    allowed: Vec<Pattern>,
    denied: Vec<Pattern>,
    trusted: Vec<Pattern>,
    disposable: HashSet<&'static str>,
}

/// Domains: one, or all below one.
struct Pattern {
    domain: String,
    below: bool,
}

impl std::str::FromStr for Pattern {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let below = text.strip_prefix("*.");
        let domain = normalized(below.unwrap_or(text)).ok_or("is not a list of domains")?;
        Ok(Self {
            domain,
            below: below.is_some(),
        })
    }
}

impl Pattern {
    fn matches(&self, domain: &str) -> bool {
        if !self.below {
            return domain == self.domain;
        }
        domain
            .strip_suffix(&self.domain)
            .is_some_and(|rest| rest.ends_with('.'))
    }
}

/// A domain as DNS spells it: lower case, punycode, no dot at the end.
fn normalized(domain: &str) -> Option<String> {
    match url::Host::parse(domain.trim_end_matches('.')).ok()? {
        url::Host::Domain(domain) => Some(domain),
        _ => None,
    }
}

impl Rules {
    fn read(variables: &Variables) -> Result<Self, Misconfigured> {
        let disposable = variables.text("DISPOSABLE_EMAIL_DOMAINS");
        let disposable = match disposable.as_deref().unwrap_or("refuse") {
            "refuse" => DISPOSABLE.lines().filter(|line| !line.starts_with('#')).collect(),
            "allow" => HashSet::new(),
            _ => {
                return Err(Misconfigured::new(
                    "DISPOSABLE_EMAIL_DOMAINS",
                    "must be refuse or allow",
                ));
            }
        };
        Ok(Self {
            allowed: variables.parsed_list("ALLOWED_EMAIL_DOMAINS")?,
            denied: variables.parsed_list("DENIED_EMAIL_DOMAINS")?,
            trusted: variables.parsed_list("TRUSTED_EMAIL_DOMAINS")?,
            disposable,
        })
    }

    fn decide(&self, event: &Event<PreSignUp>) -> Result<PreSignUpAnswer, Refusal> {
        if event.trigger_source == Source::PreSignUpAdminCreateUser.as_str() {
            return Ok(PreSignUpAnswer::default());
        }
        let address = event.request.user_attributes.get("email").map(String::as_str);
        let domain = address
            .and_then(|address| address.rsplit_once('@'))
            .and_then(|(_, domain)| normalized(domain));
        let Some(domain) = domain else {
            // An address that cannot be read is of no domain that is allowed, and of none that can be told not denied.
            if self.allowed.is_empty() && address.is_none() {
                return Ok(PreSignUpAnswer::default());
            }
            return Err(Refusal::new("An e-mail address is needed to sign up."));
        };
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(&domain));
        if any(&self.denied) || (!self.allowed.is_empty() && !any(&self.allowed)) {
            return Err(Refusal::new("E-mail addresses of this domain may not sign up."));
        }
        if self.is_disposable(&domain) {
            return Err(Refusal::new("Please sign up with a lasting e-mail address."));
        }
        Ok(PreSignUpAnswer {
            auto_confirm_user: Some(any(&self.trusted)),
            ..PreSignUpAnswer::default()
        })
    }

    /// Whether the domain, or one that it belongs to, is of throw-away mailboxes.
    fn is_disposable(&self, domain: &str) -> bool {
        let mut rest = Some(domain);
        while let Some(domain) = rest {
            if self.disposable.contains(domain) {
                return true;
            }
            rest = domain.split_once('.').map(|(_, parent)| parent);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(variables: &[(&str, &str)], email: Option<&str>, source: Source) -> Result<bool, String> {
        let rules = Rules::read(&Variables::given(variables)).unwrap();
        let mut event: Event<PreSignUp> =
            serde_json::from_str(include_str!("../../events/triggers-pre-sign-up/basic.json")).unwrap();
        event.trigger_source = source.as_str().to_owned();
        event.request.user_attributes.remove("email");
        if let Some(email) = email {
            event
                .request
                .user_attributes
                .insert("email".to_owned(), email.to_owned());
        }
        rules
            .decide(&event)
            .map(|answer| answer.auto_confirm_user.unwrap())
            .map_err(|refusal| refusal.message().to_owned())
    }

    fn may(variables: &[(&str, &str)], email: &str) -> bool {
        decide(variables, Some(email), Source::PreSignUpSignUp).is_ok()
    }

    #[test]
    fn an_allow_list_admits_nobody_else() {
        let rules = [("ALLOWED_EMAIL_DOMAINS", "example.com, *.example.org")];
        for email in [
            "a@example.com",
            "a@EXAMPLE.com.",
            "a@x.example.org",
            "\"a@b\"@example.com",
        ] {
            assert!(may(&rules, email), "{email}");
        }
        for email in [
            "a@sub.example.com",
            "a@example.org",
            "a@notexample.org",
            "a@example.com.evil.net",
            "example.com",
            "a@",
            "a@[127.0.0.1]",
        ] {
            assert!(!may(&rules, email), "{email}");
        }
        assert!(decide(&rules, None, Source::PreSignUpSignUp).is_err());
        assert!(decide(&[], None, Source::PreSignUpSignUp).is_ok());
    }

    #[test]
    fn a_deny_list_comes_first() {
        let rules = [
            ("ALLOWED_EMAIL_DOMAINS", "example.com"),
            ("DENIED_EMAIL_DOMAINS", "example.com,bücher.example"),
        ];
        assert!(!may(&rules, "a@example.com"));
        assert!(!may(&rules[1..], "a@xn--bcher-kva.example"));
        assert!(may(&rules[1..], "a@example.net"));
    }

    #[test]
    fn throw_away_mailboxes_are_refused_unless_allowed() {
        for email in ["a@mailinator.com", "a@x.Mailinator.com"] {
            assert!(!may(&[], email), "{email}");
            assert!(may(&[("DISPOSABLE_EMAIL_DOMAINS", "allow")], email));
        }
    }

    #[test]
    fn the_trusted_are_confirmed_and_their_addresses_are_not() {
        let rules = [("TRUSTED_EMAIL_DOMAINS", "example.com")];
        assert_eq!(
            decide(&rules, Some("a@example.com"), Source::PreSignUpSignUp),
            Ok(true)
        );
        assert_eq!(
            decide(&rules, Some("a@example.net"), Source::PreSignUpSignUp),
            Ok(false)
        );
        assert_eq!(
            decide(&rules, Some("a@example.com"), Source::PreSignUpExternalProvider),
            Ok(true)
        );
    }

    #[test]
    fn administrators_decide_themselves() {
        let rules = [("ALLOWED_EMAIL_DOMAINS", "example.com")];
        assert_eq!(
            decide(&rules, Some("a@example.net"), Source::PreSignUpAdminCreateUser),
            Ok(false)
        );
        assert_eq!(decide(&rules, None, Source::PreSignUpAdminCreateUser), Ok(false));
    }

    #[test]
    fn rules_that_cannot_be_read_are_none() {
        for variables in [
            [("DISPOSABLE_EMAIL_DOMAINS", "perhaps")],
            [("ALLOWED_EMAIL_DOMAINS", "exa mple")],
            [("DENIED_EMAIL_DOMAINS", "10.0.0.1")],
        ] {
            assert!(Rules::read(&Variables::given(&variables)).is_err());
        }
    }
}
