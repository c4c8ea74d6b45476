//! `SetIdentityPoolRoles`, `GetIdentityPoolRoles`, `SetPrincipalTagAttributeMap`, `GetPrincipalTagAttributeMap`: which
//! role an identity gets, and which of its attributes become session tags.

mod roles;
mod tag_map;

use gatehouse::api::{Routes, serve};
use gatehouse_model::identity_pool::operations::{
    GetIdentityPoolRoles, GetPrincipalTagAttributeMap, SetIdentityPoolRoles, SetPrincipalTagAttributeMap,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(SetIdentityPoolRoles, roles::set)
            .on(GetIdentityPoolRoles, roles::get)
            .on(SetPrincipalTagAttributeMap, tag_map::set)
            .on(GetPrincipalTagAttributeMap, tag_map::get),
    )
    .await
}
