//! Operations and their services.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Shape, identity_pool, user_pool};

/// One of the two services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// User pools, `cognito-idp`.
    UserPool,
    /// Identity pools, `cognito-identity`.
    IdentityPool,
}

impl Service {
    /// Both.
    pub const ALL: [Self; 2] = [Self::UserPool, Self::IdentityPool];

    /// What `X-Amz-Target` begins with, before the dot and the operation's name.
    pub const fn target_prefix(self) -> &'static str {
        match self {
            Self::UserPool => "AWSCognitoIdentityProviderService",
            Self::IdentityPool => "AWSCognitoIdentityService",
        }
    }

    /// The service's name in the scope of a signature.
    pub const fn signing_name(self) -> &'static str {
        match self {
            Self::UserPool => "cognito-idp",
            Self::IdentityPool => "cognito-identity",
        }
    }
}

/// An operation of a service, as the model has it.
pub trait Operation {
    /// The service it belongs to.
    const SERVICE: Service;
    /// Its name.
    const NAME: &'static str;
    /// The errors that it may answer, by their names in the model.
    const ERRORS: &'static [&'static str];
    /// What it takes.
    type Input: DeserializeOwned + Send;
    /// What it answers.
    type Output: Serialize + Send;
    /// What its input must satisfy.
    fn input_shape() -> &'static Shape;
}

/// What [`Operation`] says, as a value: for what goes through all of them.
#[derive(Debug)]
pub struct OperationInfo {
    /// The service it belongs to.
    pub service: Service,
    /// Its name.
    pub name: &'static str,
    /// The errors that it may answer.
    pub errors: &'static [&'static str],
    /// Whether the model says that callers need no signature.
    pub unsigned: bool,
    /// What its input must satisfy.
    pub input: &'static Shape,
}

/// Every operation of both services.
pub fn operations() -> impl Iterator<Item = &'static OperationInfo> {
    user_pool::operations::ALL
        .iter()
        .chain(identity_pool::operations::ALL)
}

/// The answer of operations that have nothing to say: `{}`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Empty {}
