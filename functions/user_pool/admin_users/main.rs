//! What administrators do with one user.

mod attributes;
mod confirm;
mod create;
mod delete;
mod enabled;
mod get;
mod reset_password;
mod set_password;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{
    AdminConfirmSignUp, AdminCreateUser, AdminDeleteUser, AdminDeleteUserAttributes, AdminDisableUser,
    AdminEnableUser, AdminGetUser, AdminResetUserPassword, AdminSetUserPassword, AdminUpdateUserAttributes,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(AdminCreateUser, create::create)
            .on(AdminGetUser, get::get)
            .on(AdminConfirmSignUp, confirm::confirm)
            .on(AdminSetUserPassword, set_password::set_password)
            .on(AdminResetUserPassword, reset_password::reset_password)
            .on(AdminUpdateUserAttributes, attributes::update)
            .on(AdminDeleteUserAttributes, attributes::delete)
            .on(AdminEnableUser, enabled::enable)
            .on(AdminDisableUser, enabled::disable)
            .on(AdminDeleteUser, delete::delete),
    )
    .await
}
