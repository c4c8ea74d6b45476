use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::branding::Branding;
use gatehouse_model::user_pool::{UpdateManagedLoginBrandingRequest, UpdateManagedLoginBrandingResponse};

use crate::delete::changed_meanwhile;
use crate::describe::{existing, images};

/// Changes a branding; settings and images that are not given stay.
pub(crate) async fn update(
    context: Context,
    input: UpdateManagedLoginBrandingRequest,
) -> Result<UpdateManagedLoginBrandingResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = open.pool.id();
    let before = existing(app, pool, input.managed_login_branding_id.as_ref()).await?;
    let seen = before.version;
    let (after, new) = before.changed(
        input.use_cognito_provided_values,
        input.settings,
        input.assets,
        context.now,
    )?;
    let after = Branding {
        version: seen + 1,
        ..after
    };
    if !app.store.replace_branding(pool, &after, &new, seen).await? {
        return Err(changed_meanwhile());
    }
    let images = images(app, pool, &after).await?;
    Ok(UpdateManagedLoginBrandingResponse {
        managed_login_branding: Some(after.to_api(pool, &after.own_settings()?, &images)),
    })
}
