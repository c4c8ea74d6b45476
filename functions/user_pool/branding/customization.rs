use gatehouse::api::Context;
use gatehouse::app::OpenPool;
use gatehouse::domain::branding::images::Image;
use gatehouse::domain::branding::{Customization, css};
use gatehouse::domain::ids::PoolId;
use gatehouse::store::keys::Owner;
use gatehouse::store::rate_exceeded;
use gatehouse::ui::image_path;
use gatehouse::{App, Fault};
use gatehouse_model::user_pool::{
    GetUICustomizationRequest, GetUICustomizationResponse, SetUICustomizationRequest,
    SetUICustomizationResponse, UICustomizationType,
};

/// The version of the list of classes that may be styled, as Cognito numbers its template.
const CSS_VERSION: &str = "20190128172214";

/// Shows the customization of a client, or else that of all clients.
pub(crate) async fn get(
    context: Context,
    input: GetUICustomizationRequest,
) -> Result<GetUICustomizationResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = open.pool.id();
    let owner = owner(app, &open, input.client_id.as_ref()).await?;
    let (own, general) = tokio::join!(
        app.store.load_customization(pool, &owner),
        app.store.load_customization(pool, &Owner::All)
    );
    let shown = match (own?, general?) {
        (Some(own), _) => Some((owner, own)),
        (None, general) => general.map(|general| (Owner::All, general)),
    };
    let shown = shown.map(|(owner, customization)| to_api(app, pool, &owner, &customization));
    Ok(GetUICustomizationResponse {
        ui_customization: Some(shown.unwrap_or_default()),
    })
}

/// Sets CSS or logo of a client, or of all clients without their own; what is not given stays.
pub(crate) async fn set(
    context: Context,
    input: SetUICustomizationRequest,
) -> Result<SetUICustomizationResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = open.pool.id();
    let owner = owner(app, &open, input.client_id.as_ref()).await?;
    if let Some(text) = &input.css {
        css::read(text)?;
    }
    let logo = match input.image_file {
        Some(bytes) if !bytes.0.is_empty() => Some(Image::new(bytes.0)?),
        _ => None,
    };
    let before = app.store.load_customization(pool, &owner).await?;
    let seen = before.as_ref().map(|before| before.version);
    let before = before.unwrap_or(Customization {
        css: None,
        logo: None,
        created_at: context.now,
        modified_at: context.now,
        version: 0,
    });
    let after = Customization {
        css: input.css.or(before.css),
        logo: logo.as_ref().map(|logo| logo.id.clone()).or(before.logo),
        created_at: before.created_at,
        modified_at: context.now,
        version: before.version + 1,
    };
    let replaced = app
        .store
        .replace_customization(pool, &owner, &after, logo.as_ref(), seen)
        .await?;
    if !replaced {
        return Err(rate_exceeded());
    }
    Ok(SetUICustomizationResponse {
        ui_customization: Some(to_api(app, pool, &owner, &after)),
    })
}

/// The client of a request, or all clients.
async fn owner(app: &App, open: &OpenPool, client: Option<&String>) -> Result<Owner, Fault> {
    match client.map(String::as_str) {
        None | Some("ALL") => Ok(Owner::All),
        Some(_) => {
            let pool = open.pool.id().to_string();
            let (_, client) = app.client_of(Some(&pool), client).await?;
            Ok(Owner::Client(client.id().clone()))
        }
    }
}

fn to_api(app: &App, pool: &PoolId, owner: &Owner, customization: &Customization) -> UICustomizationType {
    let base = app.settings.issuer_base.trim_end_matches('/');
    let logo = customization.logo.as_ref();
    UICustomizationType {
        user_pool_id: Some(pool.to_string()),
        client_id: Some(owner.to_string()),
        css: customization.css.clone(),
        css_version: Some(CSS_VERSION.to_owned()),
        image_url: logo.map(|logo| format!("{base}{}", image_path(pool, owner, logo))),
        creation_date: Some(customization.created_at.epoch()),
        last_modified_date: Some(customization.modified_at.epoch()),
    }
}
