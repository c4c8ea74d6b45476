//! Why a grant gives no token, in words that both the API and the token endpoint have errors for.

use std::borrow::Cow;

use super::error::{Code, OauthError};
use crate::Fault;

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The client may not use this grant.
    Client(Cow<'static, str>),
    /// The parameters contradict each other.
    Request(Cow<'static, str>),
    /// No scope is left, or one that the client may not have was asked for.
    Scope(Cow<'static, str>),
    /// The token cannot be for this audience or resource.
    Target(Cow<'static, str>),
    /// A token that was shown is not valid.
    Token(Cow<'static, str>),
    /// Anything else.
    Fault(Fault),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Client(why) | Refusal::Request(why) | Refusal::Scope(why) | Refusal::Target(why) => {
                Self::invalid_parameter(why)
            }
            Refusal::Token(why) => Self::not_authorized(why),
            Refusal::Fault(fault) => fault,
        }
    }
}

impl From<Refusal> for OauthError {
    fn from(refusal: Refusal) -> Self {
        let (code, why) = match refusal {
            Refusal::Client(why) => (Code::UnauthorizedClient, why),
            // RFC 8693 section 2.2.2: also for subject and actor tokens that are not valid.
            Refusal::Request(why) | Refusal::Token(why) => (Code::InvalidRequest, why),
            Refusal::Scope(why) => (Code::InvalidScope, why),
            Refusal::Target(why) => (Code::InvalidTarget, why),
            Refusal::Fault(fault) => return Self::from(fault),
        };
        Self::new(code, why)
    }
}
