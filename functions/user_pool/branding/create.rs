use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::app::no_client;
use gatehouse::domain::branding::{Branding, branding_exists};
use gatehouse::domain::ids::BrandingId;
use gatehouse::store::looks::Made;
use gatehouse_model::user_pool::{CreateManagedLoginBrandingRequest, CreateManagedLoginBrandingResponse};

/// Gives a client a branding.
pub(crate) async fn create(
    context: Context,
    input: CreateManagedLoginBrandingRequest,
) -> Result<CreateManagedLoginBrandingResponse, Fault> {
    let app = &context.app;
    let (open, client) = app
        .client_of(input.user_pool_id.as_ref(), input.client_id.as_ref())
        .await?;
    let pool = open.pool.id();
    let plain = Branding {
        id: BrandingId::generate(&*app.entropy),
        client: client.id().clone(),
        provided: false,
        settings: "{}".to_owned(),
        assets: Vec::new(),
        created_at: context.now,
        modified_at: context.now,
        version: 1,
    };
    let (branding, images) = plain.changed(
        input.use_cognito_provided_values,
        input.settings,
        input.assets,
        context.now,
    )?;
    match app.store.create_branding(pool, &branding, &images).await? {
        Made::Done => Ok(CreateManagedLoginBrandingResponse {
            managed_login_branding: Some(branding.to_api(pool, &branding.own_settings()?, &images)),
        }),
        Made::Exists => Err(branding_exists()),
        Made::NoClient => Err(no_client(client.id().as_str())),
    }
}
