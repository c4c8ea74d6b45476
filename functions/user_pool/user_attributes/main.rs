//! `UpdateUserAttributes`, `DeleteUserAttributes`, `GetUserAttributeVerificationCode`, `VerifyUserAttribute`.

mod delete;
mod send_code;
mod update;
mod verify;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{
    DeleteUserAttributes, GetUserAttributeVerificationCode, UpdateUserAttributes, VerifyUserAttribute,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(UpdateUserAttributes, update::update)
            .on(DeleteUserAttributes, delete::delete)
            .on(GetUserAttributeVerificationCode, send_code::send_code)
            .on(VerifyUserAttribute, verify::verify),
    )
    .await
}
