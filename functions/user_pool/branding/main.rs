//! How the sign-in pages of clients look.

mod create;
mod customization;
mod delete;
mod describe;
mod update;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{
    CreateManagedLoginBranding, DeleteManagedLoginBranding, DescribeManagedLoginBranding,
    DescribeManagedLoginBrandingByClient, GetUICustomization, SetUICustomization, UpdateManagedLoginBranding,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(CreateManagedLoginBranding, create::create)
            .on(DescribeManagedLoginBranding, describe::describe)
            .on(DescribeManagedLoginBrandingByClient, describe::describe_by_client)
            .on(UpdateManagedLoginBranding, update::update)
            .on(DeleteManagedLoginBranding, delete::delete)
            .on(GetUICustomization, customization::get)
            .on(SetUICustomization, customization::set),
    )
    .await
}
