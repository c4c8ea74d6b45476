//! `GlobalSignOut`, `ListUserSessions` and `RevokeUserSession`.

mod global_sign_out;
mod list;
mod revoke;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{GlobalSignOut, ListUserSessions, RevokeUserSession};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(GlobalSignOut, global_sign_out::global_sign_out)
            .on(ListUserSessions, list::list)
            .on(RevokeUserSession, revoke::revoke),
    )
    .await
}
