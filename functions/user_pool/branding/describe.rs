use gatehouse::api::Context;
use gatehouse::domain::branding::images::Image;
use gatehouse::domain::branding::{Branding, no_branding};
use gatehouse::domain::ids::PoolId;
use gatehouse::store::keys::Owner;
use gatehouse::ui::default_settings;
use gatehouse::{App, Fault};
use gatehouse_model::user_pool::{
    DescribeManagedLoginBrandingByClientRequest, DescribeManagedLoginBrandingByClientResponse,
    DescribeManagedLoginBrandingRequest, DescribeManagedLoginBrandingResponse, ManagedLoginBrandingType,
};

/// A branding of a pool as it is now.
///
/// # Errors
/// `ResourceNotFoundException`.
pub(crate) async fn existing(app: &App, pool: &PoolId, id: Option<&String>) -> Result<Branding, Fault> {
    let id = id.map(String::as_str).unwrap_or_default();
    let id = id.to_ascii_lowercase().parse().map_err(|_| no_branding())?;
    let owner = app
        .store
        .branding_owner(pool, &id)
        .await?
        .ok_or_else(no_branding)?;
    let branding = app.store.load_branding(pool, &owner).await?;
    branding
        .filter(|branding| branding.id == id)
        .ok_or_else(no_branding)
}

/// The images of a branding.
pub(crate) async fn images(app: &App, pool: &PoolId, branding: &Branding) -> Result<Vec<Image>, Fault> {
    let owner = Owner::Client(branding.client.clone());
    let wanted = branding
        .assets
        .iter()
        .map(|asset| app.store.load_image(pool, &owner, &asset.image));
    let mut images = Vec::new();
    for image in wanted {
        images.extend(image.await?);
    }
    Ok(images)
}

/// Shows a branding.
pub(crate) async fn describe(
    context: Context,
    input: DescribeManagedLoginBrandingRequest,
) -> Result<DescribeManagedLoginBrandingResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = open.pool.id();
    let branding = existing(app, pool, input.managed_login_branding_id.as_ref()).await?;
    let shown = shown(app, pool, &branding, input.return_merged_resources).await?;
    Ok(DescribeManagedLoginBrandingResponse {
        managed_login_branding: Some(shown),
    })
}

/// Shows the branding of a client.
pub(crate) async fn describe_by_client(
    context: Context,
    input: DescribeManagedLoginBrandingByClientRequest,
) -> Result<DescribeManagedLoginBrandingByClientResponse, Fault> {
    let app = &context.app;
    let (open, client) = app
        .client_of(input.user_pool_id.as_ref(), input.client_id.as_ref())
        .await?;
    let pool = open.pool.id();
    let branding = app.store.load_branding(pool, client.id()).await?;
    let branding = branding.ok_or_else(no_branding)?;
    let shown = shown(app, pool, &branding, input.return_merged_resources).await?;
    Ok(DescribeManagedLoginBrandingByClientResponse {
        managed_login_branding: Some(shown),
    })
}

/// With what holds where the owner has set nothing, if that is wanted.
async fn shown(
    app: &App,
    pool: &PoolId,
    branding: &Branding,
    merged: Option<bool>,
) -> Result<ManagedLoginBrandingType, Fault> {
    let own = branding.own_settings()?;
    let settings = if merged == Some(true) {
        default_settings().with(&own)
    } else {
        own
    };
    let images = images(app, pool, branding).await?;
    Ok(branding.to_api(pool, &settings, &images))
}
