//! `AdminListUserSessions`, `AdminRevokeUserSession` and `AdminUserGlobalSignOut`.

mod global_sign_out;
mod list;
mod revoke;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{
    AdminListUserSessions, AdminRevokeUserSession, AdminUserGlobalSignOut,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(AdminListUserSessions, list::list)
            .on(AdminRevokeUserSession, revoke::revoke)
            .on(AdminUserGlobalSignOut, global_sign_out::global_sign_out),
    )
    .await
}
