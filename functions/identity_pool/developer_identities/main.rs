//! `GetOpenIdTokenForDeveloperIdentity`, `LookupDeveloperIdentity`, `MergeDeveloperIdentities`,
//! `UnlinkDeveloperIdentity`: users whom the developer's own back end vouches for.

mod get_token;
mod lookup;
mod merge;
mod unlink;

use gatehouse::Fault;
use gatehouse::api::{Routes, serve};
use gatehouse::domain::identity_pool::IdentityPool;
use gatehouse::domain::pool_identity::{Login, LoginProvider, Subject};
use gatehouse_model::identity_pool::operations::{
    GetOpenIdTokenForDeveloperIdentity, LookupDeveloperIdentity, MergeDeveloperIdentities,
    UnlinkDeveloperIdentity,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(GetOpenIdTokenForDeveloperIdentity, get_token::get_token)
            .on(LookupDeveloperIdentity, lookup::lookup)
            .on(MergeDeveloperIdentities, merge::merge)
            .on(UnlinkDeveloperIdentity, unlink::unlink),
    )
    .await
}

/// The pool's developer provider; where one is named it must be that.
fn developer_provider(pool: &IdentityPool, named: Option<&String>) -> Result<LoginProvider, Fault> {
    pool.developer_provider()
        .filter(|provider| named.is_none_or(|named| named == provider.as_str()))
        .ok_or_else(|| Fault::invalid_parameter("The identity pool has no such developer provider."))
}

/// The login of a developer's user.
fn login(provider: &LoginProvider, user: Option<&String>) -> Login {
    Login {
        provider: provider.clone(),
        subject: Subject::new(user.map(String::as_str).unwrap_or_default()),
    }
}

fn no_user() -> Fault {
    Fault::not_found("The developer user identifier has no identity.")
}
