//! `CreateUserPool`, `DescribeUserPool`, `UpdateUserPool`, `DeleteUserPool`, `ListUserPools`.

mod add_attributes;
mod create;
mod delete;
mod describe;
mod list;
mod update;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{
    AddCustomAttributes, CreateUserPool, DeleteUserPool, DescribeUserPool, ListUserPools, UpdateUserPool,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(CreateUserPool, create::create)
            .on(DescribeUserPool, describe::describe)
            .on(UpdateUserPool, update::update)
            .on(DeleteUserPool, delete::delete)
            .on(AddCustomAttributes, add_attributes::add_attributes)
            .on(ListUserPools, list::list),
    )
    .await
}
