//! `AdminCreateUser`, `AdminGetUser`, `AdminConfirmSignUp`, `AdminSetUserPassword`.

mod confirm;
mod create;
mod get;
mod set_password;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{
    AdminConfirmSignUp, AdminCreateUser, AdminGetUser, AdminSetUserPassword,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(AdminCreateUser, create::create)
            .on(AdminGetUser, get::get)
            .on(AdminConfirmSignUp, confirm::confirm)
            .on(AdminSetUserPassword, set_password::set_password),
    )
    .await
}
