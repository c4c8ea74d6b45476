//! `CreateUserPoolClient`, `DescribeUserPoolClient`, `UpdateUserPoolClient`, `DeleteUserPoolClient`,
//! `ListUserPoolClients`.

mod create;
mod delete;
mod describe;
mod list;
mod secrets;
mod update;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{
    AddUserPoolClientSecret, CreateUserPoolClient, DeleteUserPoolClient, DeleteUserPoolClientSecret,
    DescribeUserPoolClient, ListUserPoolClientSecrets, ListUserPoolClients, UpdateUserPoolClient,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(CreateUserPoolClient, create::create)
            .on(DescribeUserPoolClient, describe::describe)
            .on(UpdateUserPoolClient, update::update)
            .on(DeleteUserPoolClient, delete::delete)
            .on(ListUserPoolClients, list::list)
            .on(AddUserPoolClientSecret, secrets::add)
            .on(ListUserPoolClientSecrets, secrets::list)
            .on(DeleteUserPoolClientSecret, secrets::delete),
    )
    .await
}
