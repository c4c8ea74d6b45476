//! The front door's decisions: which function a request to `/` belongs to.

use gatehouse_model::Service;
use serde::Deserialize;

use super::operations::{self, Entry};
use crate::{Fault, fault::FaultKind};

/// What the front door reads of an API Gateway event (payload 2.0); the rest goes through untouched.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event<'a> {
    /// The path.
    #[serde(default)]
    pub raw_path: std::borrow::Cow<'a, str>,
    /// The headers; API Gateway writes their names in lower case.
    #[serde(default)]
    pub headers: std::collections::HashMap<String, String>,
    /// The request context.
    #[serde(default)]
    pub request_context: RequestContext,
}

/// The part of the request context that is read.
#[derive(Debug, Default, Deserialize)]
pub struct RequestContext {
    /// The HTTP part.
    #[serde(default)]
    pub http: Http,
}

/// The HTTP part of the request context.
#[derive(Debug, Default, Deserialize)]
pub struct Http {
    /// The method.
    #[serde(default)]
    pub method: String,
}

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// A browser asks what it may send.
    Preflight,
    /// To this function.
    Function(&'static Entry),
    /// Nowhere: an API error.
    Refused(Fault),
    /// Nothing serves this path.
    NotFound,
}

impl Event<'_> {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Where the request goes.
    pub fn door(&self) -> Door {
        if self.raw_path != "/" && !self.raw_path.is_empty() {
            // The edge knows the paths of operations that no function serves yet.
            return match operations::by_path(&self.raw_path) {
                Some(entry) if !entry.served => Door::Refused(missing(entry)),
                _ => Door::NotFound,
            };
        }
        match self.request_context.http.method.as_str() {
            "OPTIONS" => return Door::Preflight,
            "POST" => {}
            _ => return Door::NotFound,
        }
        let Some(target) = self.header("x-amz-target") else {
            return Door::Refused(Fault::new(
                FaultKind::UnknownOperation,
                "The request names no operation in X-Amz-Target.",
            ));
        };
        match operations::by_target(target) {
            None => Door::Refused(Fault::new(
                FaultKind::UnknownOperation,
                "The requested operation is not known.",
            )),
            Some(entry) if entry.served => Door::Function(entry),
            Some(entry) => Door::Refused(missing(entry)),
        }
    }
}

fn missing(entry: &Entry) -> Fault {
    let service = match entry.service {
        Service::UserPool => "user pools",
        Service::IdentityPool => "identity pools",
    };
    Fault::new(
        FaultKind::NotImplemented,
        format!(
            "{} of {service} is not implemented by this version of Gatehouse.",
            entry.name
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn door(path: &str, method: &str, target: Option<&str>) -> Door {
        let headers = target
            .map(|target| serde_json::json!({ "x-amz-target": target }))
            .unwrap_or_default();
        let headers = if headers.is_null() {
            serde_json::json!({})
        } else {
            headers
        };
        let event = serde_json::json!({
            "rawPath": path, "headers": headers, "requestContext": { "http": { "method": method } },
        });
        serde_json::from_str::<Event<'_>>(&event.to_string())
            .unwrap()
            .door()
    }

    #[test]
    fn each_target_goes_to_its_function() {
        let to = door("/", "POST", Some("AWSCognitoIdentityProviderService.SignUp"));
        assert!(matches!(to, Door::Function(entry) if entry.function == "sign-up"));
    }

    #[test]
    fn unknown_and_unserved_operations_are_told_apart() {
        let kind = |target| match door("/", "POST", target) {
            Door::Refused(fault) => fault.kind(),
            other => panic!("{other:?}"),
        };
        assert_eq!(kind(None), FaultKind::UnknownOperation);
        assert_eq!(
            kind(Some("AWSCognitoIdentityProviderService.Nope")),
            FaultKind::UnknownOperation
        );
        assert_eq!(kind(Some("nonsense")), FaultKind::UnknownOperation);
        assert_eq!(
            kind(Some("AWSCognitoIdentityService.GetIdd")),
            FaultKind::UnknownOperation
        );
    }

    #[test]
    fn paths_that_nothing_serves_are_not_found() {
        assert_eq!(door("/nothing", "POST", None), Door::NotFound);
        assert_eq!(door("/", "GET", None), Door::NotFound);
        assert_eq!(door("/", "OPTIONS", None), Door::Preflight);
    }

    proptest! {
        #[test]
        fn a_function_is_reached_by_a_post_to_the_root_that_names_its_operation(
            path in "(/|//|/\\?|[/.a-zA-Z%é-]{0,30}|/user-pool/sign-up/SignUp)",
            method in "(POST|GET|OPTIONS|post|[A-Z]{0,8})",
            target in prop::option::of(
                "(AWSCognitoIdentityProviderService|AWSCognitoIdentityService|[A-Za-z]{0,12})[.]?(SignUp|GetId|.{0,12})",
            ),
        ) {
            match door(&path, &method, target.as_deref()) {
                Door::Function(entry) => {
                    prop_assert!(method == "POST" && matches!(path.as_str(), "" | "/"));
                    prop_assert_eq!(target, Some(format!("{}.{}", entry.service.target_prefix(), entry.name)));
                }
                Door::Preflight => prop_assert_eq!(method, "OPTIONS"),
                Door::Refused(fault) => prop_assert!(
                    matches!(fault.kind(), FaultKind::UnknownOperation | FaultKind::NotImplemented)
                ),
                Door::NotFound => prop_assert!(method != "POST" || !matches!(path.as_str(), "" | "/")),
            }
        }

        #[test]
        fn any_event_reads_or_does_not_and_never_panics(text in ".{0,200}") {
            if let Ok(event) = serde_json::from_str::<Event<'_>>(&text) {
                let _ = event.door();
            }
        }
    }
}
