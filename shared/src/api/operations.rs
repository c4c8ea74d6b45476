//! The operation table: which function serves an operation, and who may call it. It is `operations.toml`.

use gatehouse_model::Service;

/// An operation's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The service it belongs to.
    pub service: Service,
    /// Its name in the model.
    pub name: &'static str,
    /// The function that serves it, or will.
    pub function: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Whether the function serves it already.
    pub served: bool,
}

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone; no signature is looked at.
    Public,
    /// Holders of an access key that allows it, who sign.
    Signed,
    /// Those, and clients that show their own credentials.
    Either,
}

static TABLE: &[Entry] = include!(concat!(env!("OUT_DIR"), "/operations.rs"));

/// Every operation, sorted by service and name.
pub fn all() -> &'static [Entry] {
    TABLE
}

/// The operation of that name.
pub fn find(service: Service, name: &str) -> Option<&'static Entry> {
    let index = TABLE
        .binary_search_by(|entry| (entry.service, entry.name).cmp(&(service, name)))
        .ok()?;
    TABLE.get(index)
}

/// The operation that an `X-Amz-Target` header names, such as `AWSCognitoIdentityProviderService.SignUp`.
pub fn by_target(target: &str) -> Option<&'static Entry> {
    let (prefix, name) = target.split_once('.')?;
    let service = Service::ALL
        .into_iter()
        .find(|service| service.target_prefix() == prefix)?;
    find(service, name)
}

/// The operation of a path that leads to a function, such as `/user-pool/sign-up/SignUp`.
pub fn by_path(path: &str) -> Option<&'static Entry> {
    let (folder, rest) = path.strip_prefix('/')?.split_once('/')?;
    let (function, name) = rest.split_once('/')?;
    let service = match folder {
        "user-pool" => Service::UserPool,
        "identity-pool" => Service::IdentityPool,
        _ => return None,
    };
    find(service, name).filter(|entry| entry.function == function)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_found_by_its_name_and_by_its_target() {
        assert_eq!(all().len(), 164);
        for entry in all() {
            assert_eq!(find(entry.service, entry.name), Some(entry));
            assert_eq!(
                by_target(&format!("{}.{}", entry.service.target_prefix(), entry.name)),
                Some(entry)
            );
        }
    }

    #[test]
    fn a_path_names_the_service_the_function_and_the_operation() {
        let entry = by_path("/user-pool/sign-up/SignUp").unwrap();
        assert_eq!(Some(entry), find(Service::UserPool, "SignUp"));
        for path in [
            "/",
            "/user-pool",
            "/user-pool/SignUp",
            "/identity-pool/sign-up/SignUp",
            "/user-pool/groups/SignUp",
            "user-pool/sign-up/SignUp",
            "/user-pool/sign-up/SignUp/",
        ] {
            assert_eq!(by_path(path), None, "{path}");
        }
    }

    #[test]
    fn both_services_have_their_own_tags() {
        let function = |service| find(service, "TagResource").unwrap().function;
        assert_ne!(function(Service::UserPool), function(Service::IdentityPool));
    }

    #[test]
    fn nothing_else_is_found() {
        for target in [
            "",
            ".",
            "SignUp",
            "AWSCognitoIdentityProviderService",
            "AWSCognitoIdentityProviderService.",
            "AWSCognitoIdentityProviderService.signup",
            "AWSCognitoIdentityProviderService.SignUp ",
            "AWSCognitoIdentityProviderService.SignUp.SignUp",
            "AWSCognitoIdentityService.SignUp",
            "AWSCognitoIdentityProviderServiceX.SignUp",
        ] {
            assert_eq!(by_target(target), None, "{target:?}");
        }
    }

    #[test]
    fn access_follows_the_model() {
        for operation in gatehouse_model::operations() {
            let entry = find(operation.service, operation.name).unwrap();
            assert_eq!(
                entry.access == Access::Public,
                operation.unsigned,
                "{}",
                operation.name
            );
        }
    }
}
