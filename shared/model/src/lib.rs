//! The Amazon Cognito service models as Rust types with validation.
//!
//! `extract.py` writes the models to `data/`; `build.rs` turns them into the modules [`user_pool`] and
//! [`identity_pool`]. [`decode`] reads a request as the services do: wrong JSON types are one error, broken
//! constraints are told all at once and in the services' words.

mod constraint;
mod decode;
mod operation;
mod pattern;
mod runtime;
mod shape;
#[cfg(test)]
mod tests;
mod validate;

pub use decode::{DecodeError, decode, parse};
pub use operation::{Empty, Operation, OperationInfo, Service, operations};
pub use pattern::Pattern;
pub use runtime::{Blob, EpochSeconds, Sensitive};
pub use shape::{Kind, Limits, Member, Shape};

/// Makes a service's module from its generated files.
macro_rules! service {
    ($types:literal, $shapes:literal, $operations:literal) => {
        #[allow(
            missing_docs,
            clippy::all,
            clippy::pedantic,
            reason = "generated; the service's documents explain it"
        )]
        mod types {
            #[allow(unused_imports, reason = "not every service uses every type")]
            use std::collections::BTreeMap;

            use serde::{Deserialize, Serialize};
            #[allow(unused_imports, reason = "not every service uses every type")]
            use serde_json::Value;

            #[allow(unused_imports, reason = "not every service uses every type")]
            use crate::{Blob, EpochSeconds, Sensitive};

            include!(concat!(env!("OUT_DIR"), "/", $types));
        }

        #[allow(
            non_upper_case_globals,
            clippy::all,
            clippy::pedantic,
            reason = "named after the model's shapes"
        )]
        mod shapes {
            use crate::{Kind, Limits, Member, Pattern, Shape};

            include!(concat!(env!("OUT_DIR"), "/", $shapes));
        }

        /// One type for each operation.
        #[allow(clippy::all, clippy::pedantic, reason = "generated")]
        pub mod operations {
            use super::{shapes, types};
            use crate::{Operation, OperationInfo, Service, Shape};

            include!(concat!(env!("OUT_DIR"), "/", $operations));
        }

        pub use types::*;
    };
}

/// User pools: the service `cognito-idp`.
pub mod user_pool {
    service!(
        "user_pool_types.rs",
        "user_pool_shapes.rs",
        "user_pool_operations.rs"
    );
}

/// Identity pools: the service `cognito-identity`.
pub mod identity_pool {
    service!(
        "identity_pool_types.rs",
        "identity_pool_shapes.rs",
        "identity_pool_operations.rs"
    );
}
