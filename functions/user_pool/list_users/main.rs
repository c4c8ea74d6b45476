//! `ListUsers`.

mod filter;
mod list_users;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::ListUsers;
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(Routes::new().on(ListUsers, list_users::list_users)).await
}
