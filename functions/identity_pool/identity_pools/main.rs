//! `CreateIdentityPool`, `DescribeIdentityPool`, `UpdateIdentityPool`, `DeleteIdentityPool`, `ListIdentityPools`.

mod create;
mod delete;
mod describe;
mod list;
mod registration;
mod update;

use gatehouse::api::{Routes, serve};
use gatehouse_model::identity_pool::operations::{
    CreateIdentityPool, DeleteIdentityPool, DescribeIdentityPool, ListIdentityPools, UpdateIdentityPool,
};
use lambda_http::Error;
use registration::Registrar;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let registrar = Registrar::from_env().await;
    let (creating, updating, deleting) = (registrar.clone(), registrar.clone(), registrar);
    serve(
        Routes::new()
            .on(CreateIdentityPool, move |context, input| {
                create::create(context, input, creating.clone())
            })
            .on(DescribeIdentityPool, describe::describe)
            .on(UpdateIdentityPool, move |context, input| {
                update::update(context, input, updating.clone())
            })
            .on(DeleteIdentityPool, move |context, input| {
                delete::delete(context, input, deleting.clone())
            })
            .on(ListIdentityPools, list::list),
    )
    .await
}
