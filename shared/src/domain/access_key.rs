//! Gatehouse's own access keys: what signed operations are signed with.

use gatehouse_model::Service;
use serde::{Deserialize, Serialize};

use super::ids::AccessKeyId;
use crate::{Fault, Timestamp, fault::FaultKind};

/// An access key as storage has it; its secret is sealed by KMS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKey {
    /// The id that requests name.
    pub id: AccessKeyId,
    /// The secret, encrypted by KMS under the sealing key.
    #[serde(with = "crate::crypto::base64_text")]
    pub sealed_secret: Vec<u8>,
    /// Operations it may call: names, or `*`.
    pub actions: Vec<String>,
    /// Pools it may act on: ids, or `*`.
    pub pools: Vec<String>,
    /// What its owner wrote about it.
    pub description: Option<String>,
    /// When it stops working.
    #[serde(rename = "valid_until")]
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was used last, to the hour.
    #[serde(default)]
    pub last_used_at: Option<Timestamp>,
    /// Switched off by its owner.
    #[serde(default)]
    pub disabled: bool,
    /// It was made with a chosen secret, for a development stack; refused everywhere else.
    pub development: bool,
}

impl AccessKey {
    /// Whether a use at `now` is worth writing down.
    pub fn use_is_news(&self, now: Timestamp) -> bool {
        self.last_used_at
            .is_none_or(|at| now.seconds_since(at) >= 60 * 60)
    }

    /// Whether the key may call `operation` of a service on `pool`, the id of a user pool or an identity pool; `None`
    /// stands for operations on no one pool, which need `*`.
    ///
    /// # Errors
    /// `AccessDeniedException` otherwise, `UnrecognizedClientException` when the key has expired.
    pub fn authorize(
        &self,
        (service, operation): (Service, &str),
        pool: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        if self.disabled {
            return Err(Fault::new(
                FaultKind::UnrecognizedClient,
                "The security token included in the request is invalid.",
            ));
        }
        if self.expires_at.is_some_and(|at| now >= at) {
            return Err(Fault::new(
                FaultKind::UnrecognizedClient,
                "The security token included in the request is expired",
            ));
        }
        let action = self
            .actions
            .iter()
            .any(|allowed| allowed == "*" || allowed == operation);
        let resource = self
            .pools
            .iter()
            .any(|allowed| allowed == "*" || pool.is_some_and(|pool| pool == allowed));
        if action && resource {
            return Ok(());
        }
        let resource = pool.unwrap_or("*");
        Err(Fault::new(
            FaultKind::AccessDenied,
            format!(
                "Access key {} is not authorized to perform: {}:{operation} on resource: {resource}",
                self.id,
                service.signing_name()
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::{Counting, NOON};

    fn key(actions: &[&str], pools: &[&str]) -> AccessKey {
        AccessKey {
            id: AccessKeyId::generate(&Counting::default()),
            sealed_secret: Vec::new(),
            actions: actions.iter().map(|&text| text.to_owned()).collect(),
            pools: pools.iter().map(|&text| text.to_owned()).collect(),
            description: None,
            expires_at: Some(NOON.plus_seconds(60)),
            created_at: NOON,
            last_used_at: None,
            disabled: false,
            development: false,
        }
    }

    #[test]
    fn a_key_does_what_it_lists_and_nothing_else() {
        let (pool, other) = ("eu-west-1_abc", "eu-west-1_abcd");
        let key = key(&["AdminGetUser"], &[pool]);
        let on = |operation, pool| key.authorize((Service::UserPool, operation), pool, NOON);
        assert!(on("AdminGetUser", Some(pool)).is_ok());
        let denied = |operation, pool| on(operation, pool).unwrap_err().kind();
        assert_eq!(denied("AdminDeleteUser", Some(pool)), FaultKind::AccessDenied);
        assert_eq!(denied("AdminGetUser", Some(other)), FaultKind::AccessDenied);
        assert_eq!(denied("AdminGetUser", None), FaultKind::AccessDenied);
    }

    #[test]
    fn a_disabled_key_does_nothing() {
        let key = AccessKey {
            disabled: true,
            ..key(&["*"], &["*"])
        };
        let fault = key
            .authorize((Service::UserPool, "ListUserPools"), None, NOON)
            .unwrap_err();
        assert_eq!(fault.kind(), FaultKind::UnrecognizedClient);
    }

    #[test]
    fn an_expired_key_does_nothing() {
        let fault = key(&["*"], &["*"])
            .authorize((Service::UserPool, "ListUserPools"), None, NOON.plus_seconds(60))
            .unwrap_err();
        assert_eq!(fault.kind(), FaultKind::UnrecognizedClient);
    }
}
