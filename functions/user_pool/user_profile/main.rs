//! `GetUser` and `DeleteUser`.

mod delete_user;
mod get_user;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{DeleteUser, GetUser};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(GetUser, get_user::get_user)
            .on(DeleteUser, delete_user::delete_user),
    )
    .await
}
