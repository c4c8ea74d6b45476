//! Identity providers of a pool and their identifiers.

mod create;
mod delete;
mod describe;
mod details;
mod list;
mod settings;
mod update;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{
    CreateIdentityProvider, DeleteIdentityProvider, DescribeIdentityProvider,
    GetIdentityProviderByIdentifier, ListIdentityProviders, UpdateIdentityProvider,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(CreateIdentityProvider, create::create)
            .on(DescribeIdentityProvider, describe::describe)
            .on(GetIdentityProviderByIdentifier, describe::by_identifier)
            .on(UpdateIdentityProvider, update::update)
            .on(DeleteIdentityProvider, delete::delete)
            .on(ListIdentityProviders, list::list),
    )
    .await
}
