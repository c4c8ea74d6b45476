//! Pre authentication: from where one may sign in.
//!
//! Events of Cognito tell no address. The application's back end puts the user's address into `ClientMetadata` of
//! `AdminInitiateAuth` or `InitiateAuth`, from where it reaches the event's `validationData`. An application that runs at
//! the user's can claim any address, so the ranges hold for whom the application guards, not for who attacks it.
//!
//! - `ALLOWED_RANGES`: from nowhere else, e.g. `192.0.2.0/24, 2001:db8::/32`.
//! - `DENIED_RANGES`: not from here, whatever else is said.
//! - `ADDRESS_KEY`: the key in `validationData`; `ipAddress` unless another is named.
//! - `WITHOUT_ADDRESS`: `refuse` (the default) or `allow` sign-ins that tell no address, where there are ranges at all.

use std::net::IpAddr;

use gatehouse::triggers::event::{Event, Nothing, PreAuthentication};
use gatehouse::triggers::serve::{Misconfigured, Refusal, Variables, serve};
use ipnet::IpNet;
use lambda_runtime::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    gatehouse::observe::start();
    let rules = Rules::read(&Variables::from_env())?;
    serve(async |event: &Event<PreAuthentication>, _| rules.decide(&event.request)).await
}

/// From where one may sign in.
struct Rules {
    allowed: Vec<Range>,
    denied: Vec<Range>,
    key: String,
    without: bool,
}

/// A range of addresses, or one address.
struct Range(IpNet);

impl std::str::FromStr for Range {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let one = || text.parse::<IpAddr>().map(IpNet::from);
        text.parse()
            .or_else(|_| one())
            .map(Self)
            .map_err(|_| "is not a list of ranges of addresses")
    }
}

impl Rules {
    fn read(variables: &Variables) -> Result<Self, Misconfigured> {
        let without = variables.text("WITHOUT_ADDRESS");
        Ok(Self {
            allowed: variables.parsed_list("ALLOWED_RANGES")?,
            denied: variables.parsed_list("DENIED_RANGES")?,
            key: variables
                .text("ADDRESS_KEY")
                .unwrap_or_else(|| "ipAddress".to_owned()),
            without: match without.as_deref().unwrap_or("refuse") {
                "refuse" => false,
                "allow" => true,
                _ => return Err(Misconfigured::new("WITHOUT_ADDRESS", "must be refuse or allow")),
            },
        })
    }

    fn decide(&self, request: &PreAuthentication) -> Result<Nothing, Refusal> {
        if self.allowed.is_empty() && self.denied.is_empty() {
            return Ok(Nothing {});
        }
        let told = request
            .validation_data
            .as_ref()
            .and_then(|data| data.get(&self.key));
        let Some(told) = told else {
            return if self.without {
                Ok(Nothing {})
            } else {
                Err(refused())
            };
        };
        // An IPv4 address in IPv6's clothes is still that address.
        let address = told
            .trim()
            .parse::<IpAddr>()
            .map_err(|_| refused())?
            .to_canonical();
        let any = |ranges: &[Range]| ranges.iter().any(|range| range.0.contains(&address));
        if any(&self.denied) || (!self.allowed.is_empty() && !any(&self.allowed)) {
            return Err(refused());
        }
        Ok(Nothing {})
    }
}

fn refused() -> Refusal {
    Refusal::new("Sign-in is not allowed from here.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(variables: &[(&str, &str)], address: Option<&str>) -> bool {
        let mut event: Event<PreAuthentication> = serde_json::from_str(include_str!(
            "../../events/triggers-pre-authentication/basic.json"
        ))
        .unwrap();
        event.request.validation_data =
            address.map(|address| [("ipAddress".to_owned(), address.to_owned())].into());
        Rules::read(&Variables::given(variables))
            .unwrap()
            .decide(&event.request)
            .is_ok()
    }

    #[test]
    fn ranges_allow_and_deny() {
        let rules = [
            ("ALLOWED_RANGES", "192.0.2.0/24,2001:db8::/32,198.51.100.7"),
            ("DENIED_RANGES", "192.0.2.66"),
        ];
        for address in ["192.0.2.1", "2001:db8::1", "198.51.100.7", "::ffff:192.0.2.1"] {
            assert!(may(&rules, Some(address)), "{address}");
        }
        for address in [
            "192.0.3.1",
            "192.0.2.66",
            "::ffff:192.0.2.66",
            "198.51.100.8",
            "",
            "nonsense",
            "192.0.2.1, 192.0.2.2",
        ] {
            assert!(!may(&rules, Some(address)), "{address}");
        }
        assert!(may(&rules[1..], Some("203.0.113.1")));
    }

    #[test]
    fn who_tells_no_address_is_refused_unless_allowed() {
        let rules = [("DENIED_RANGES", "192.0.2.0/24"), ("WITHOUT_ADDRESS", "allow")];
        assert!(!may(&rules[..1], None));
        assert!(may(&rules, None));
        // Nonsense is no silence.
        assert!(!may(&rules, Some("nonsense")));
        assert!(may(&[], None));
    }

    #[test]
    fn the_key_can_be_another() {
        let rules = [("ALLOWED_RANGES", "192.0.2.0/24"), ("ADDRESS_KEY", "from")];
        assert!(!may(&rules, Some("192.0.2.1")));
    }

    #[test]
    fn rules_that_cannot_be_read_are_none() {
        for variables in [
            [("ALLOWED_RANGES", "192.0.2.0/99")],
            [("WITHOUT_ADDRESS", "perhaps")],
        ] {
            assert!(Rules::read(&Variables::given(&variables)).is_err());
        }
    }
}
