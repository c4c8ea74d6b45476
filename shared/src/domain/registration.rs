//! Who may register clients of a pool, and what kinds of them (`DcrConfiguration`).

use std::collections::BTreeSet;

use gatehouse_model::user_pool::{DcrConfigurationType, OAuthFlowType, StatusType, UserPoolTierType};

use crate::Fault;
use crate::fault::FaultKind;
use crate::oauth::scopes::REGISTER;

/// Clients that a pool has at most, as in Cognito.
pub const MOST_CLIENTS: u32 = 1000;
/// Clients of a pool beyond which none is registered: whoever registers many leaves the pool's owner room for some.
pub const MOST_REGISTERED: u32 = 900;
/// What every client that registers may ask its users for.
const OIDC_SCOPES: [&str; 4] = ["openid", "email", "phone", "profile"];

/// Who may register clients.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registration {
    /// What anybody may register; `None` where a token is needed.
    pub open: Option<Allowance>,
    /// What may be registered with an initial access token; `None` where nothing may.
    pub authenticated: Option<Allowance>,
}

/// What clients may be registered for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// To sign users in by authorization codes.
    pub codes: bool,
    /// To get tokens for themselves.
    pub machines: bool,
    scopes: BTreeSet<String>,
}

impl Registration {
    /// Reads the configuration of a pool.
    pub fn of_document(dcr: Option<&DcrConfigurationType>) -> Self {
        let Some(dcr) = dcr.filter(|dcr| dcr.enable_status != Some(StatusType::Disabled)) else {
            return Self::default();
        };
        let named = dcr.allowed_scopes.iter().flatten().map(String::as_str);
        let scopes: BTreeSet<String> = OIDC_SCOPES
            .into_iter()
            .chain(named)
            .filter(|scope| *scope != REGISTER)
            .map(str::to_owned)
            .collect();
        let allowance = |given: Option<&Vec<OAuthFlowType>>, default: &[OAuthFlowType]| {
            let flows = given.map_or(default, Vec::as_slice);
            let allowance = Allowance {
                codes: flows.contains(&OAuthFlowType::Code),
                machines: flows.contains(&OAuthFlowType::ClientCredentials),
                scopes: scopes.clone(),
            };
            Some(allowance).filter(|allowance| allowance.codes || allowance.machines)
        };
        let (code, machine) = (OAuthFlowType::Code, OAuthFlowType::ClientCredentials);
        Self {
            open: allowance(dcr.open_dcr_grant_types.as_ref(), &[code])
                .filter(|_| dcr.open_dcr_enabled == Some(true)),
            authenticated: allowance(dcr.authenticated_grant_types.as_ref(), &[code, machine]),
        }
    }

    /// Whether anybody may register.
    pub const fn is_on(&self) -> bool {
        self.open.is_some() || self.authenticated.is_some()
    }
}

impl Allowance {
    /// Whether a client may have the scope.
    pub fn has(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }

    /// The scopes of a client that names none: those of OpenID Connect.
    pub const fn usual_scopes() -> [&'static str; 4] {
        OIDC_SCOPES
    }
}

/// The configuration as it is stored: what was given replaces what was there, and what is not given stays.
///
/// # Errors
/// `FeatureUnavailableInTierException` where it is on and the pool's `tier` is `LITE`.
pub fn configured(
    given: Option<DcrConfigurationType>,
    before: Option<DcrConfigurationType>,
    tier: Option<UserPoolTierType>,
) -> Result<Option<DcrConfigurationType>, Fault> {
    let configured = given.map_or(before, |mut dcr| {
        dcr.enable_status.get_or_insert(StatusType::Enabled);
        dcr.open_dcr_enabled.get_or_insert(false);
        Some(dcr)
    });
    let is_on = |dcr: &DcrConfigurationType| dcr.enable_status != Some(StatusType::Disabled);
    if tier == Some(UserPoolTierType::Lite) && configured.as_ref().is_some_and(is_on) {
        return Err(Fault::new(
            FaultKind::FeatureUnavailableInTier,
            "Dynamic client registration is not available in the LITE tier.",
        ));
    }
    Ok(configured)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on() -> DcrConfigurationType {
        DcrConfigurationType::default()
    }

    fn read(dcr: &DcrConfigurationType) -> Registration {
        Registration::of_document(Some(dcr))
    }

    #[test]
    fn without_a_configuration_nobody_registers() {
        let off = DcrConfigurationType {
            enable_status: Some(StatusType::Disabled),
            open_dcr_enabled: Some(true),
            ..on()
        };
        assert!(!Registration::of_document(None).is_on() && !read(&off).is_on());
    }

    #[test]
    fn a_configuration_that_says_nothing_is_for_tokens() {
        let read = read(&on());
        assert_eq!(read.open, None);
        let allowed = read.authenticated.unwrap();
        assert!(allowed.codes && allowed.machines && allowed.has("profile"));
        assert!(!allowed.has("aws.cognito.signin.user.admin") && !allowed.has("orders/read"));
    }

    #[test]
    fn strangers_get_codes_unless_more_is_said() {
        let open = DcrConfigurationType {
            open_dcr_enabled: Some(true),
            allowed_scopes: Some(vec!["orders/read".to_owned(), REGISTER.to_owned()]),
            ..on()
        };
        let allowed = read(&open).open.unwrap();
        assert!(allowed.codes && !allowed.machines);
        assert!(allowed.has("orders/read") && !allowed.has(REGISTER));
        let machines = DcrConfigurationType {
            open_dcr_grant_types: Some(vec![OAuthFlowType::ClientCredentials, OAuthFlowType::Implicit]),
            ..open.clone()
        };
        let allowed = read(&machines).open.unwrap();
        assert!(!allowed.codes && allowed.machines);
    }

    #[test]
    fn an_empty_list_lets_nobody_in() {
        let closed = DcrConfigurationType {
            open_dcr_enabled: Some(true),
            open_dcr_grant_types: Some(vec![OAuthFlowType::Implicit]),
            authenticated_grant_types: Some(Vec::new()),
            ..on()
        };
        assert!(!read(&closed).is_on());
    }

    #[test]
    fn what_is_not_given_stays_and_what_is_given_replaces() {
        let before = DcrConfigurationType {
            enable_status: Some(StatusType::Enabled),
            open_dcr_enabled: Some(true),
            ..on()
        };
        assert_eq!(
            configured(None, Some(before.clone()), None).unwrap(),
            Some(before.clone())
        );
        let after = configured(Some(on()), Some(before.clone()), None)
            .unwrap()
            .unwrap();
        assert_eq!(after.open_dcr_enabled, Some(false));
        let lite = Some(UserPoolTierType::Lite);
        assert!(configured(None, Some(before), lite).is_err() && configured(None, None, lite).is_ok());
    }
}
