//! `AdminUserGlobalSignOut`.

mod global_sign_out;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::AdminUserGlobalSignOut;
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(Routes::new().on(AdminUserGlobalSignOut, global_sign_out::global_sign_out)).await
}
