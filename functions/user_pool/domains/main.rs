//! Domains of pools.

mod create;
mod delete;
mod describe;
mod update;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{
    CreateUserPoolDomain, DeleteUserPoolDomain, DescribeUserPoolDomain, UpdateUserPoolDomain,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(CreateUserPoolDomain, create::create)
            .on(DescribeUserPoolDomain, describe::describe)
            .on(UpdateUserPoolDomain, update::update)
            .on(DeleteUserPoolDomain, delete::delete),
    )
    .await
}
