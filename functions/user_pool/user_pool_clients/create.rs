use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::client::{Client, ClientRecord};
use gatehouse::domain::ids::{ClientId, generate_client_secret};
use gatehouse::store::clients::ClientWritten;
use gatehouse::store::rate_exceeded;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{CreateUserPoolClientRequest, CreateUserPoolClientResponse};

use crate::describe::shown;
use crate::settings;

/// Creates a client, with a secret if it is asked for.
pub(crate) async fn create(
    context: Context,
    input: CreateUserPoolClientRequest,
) -> Result<CreateUserPoolClientResponse, Fault> {
    let app = &context.app;
    let open = app.fresh_pool_named(input.user_pool_id.as_ref()).await?;
    let pool = &open.pool;
    let id = context.id_or(|| ClientId::generate(&*app.entropy))?;
    let mut document = settings::created(&input, pool)?;
    settings::check_providers(app, pool, &document).await?;
    document.client_id = Some(id.to_string());
    document.creation_date = Some(context.now.epoch());
    document.last_modified_date = Some(context.now.epoch());

    let secret = match (input.client_secret, input.generate_secret) {
        (Some(_), Some(true)) => {
            return Err(Fault::invalid_parameter(
                "ClientSecret and GenerateSecret can not be given together.",
            ));
        }
        (Some(secret), _) => Some(secret),
        (None, Some(true)) => Some(Sensitive::from(generate_client_secret(&*app.entropy))),
        (None, _) => None,
    };
    settings::check_secret(&document, secret.is_some())?;
    settings::check_scopes(app, &document, pool).await?;
    let mut sealed_secrets = Vec::new();
    if let Some(secret) = &secret {
        sealed_secrets.push(app.seal_client_secret(&open, &id, secret).await?);
    }
    let record = ClientRecord {
        id,
        pool: pool.id().clone(),
        document: serde_json::to_string(&document).map_err(Fault::internal)?,
        sealed_secrets,
        sso_minutes: None,
        version: 1,
    };
    let client = Client::assemble(record, document, secret.into_iter().collect())?;

    let name = client.document.client_name.clone().unwrap_or_default();
    let written = app
        .store
        .write_client(&client.record, &name, None, &pool.record, client.allows_srp())
        .await?;
    app.forget_pool(pool.id());
    match written {
        ClientWritten::Done => Ok(CreateUserPoolClientResponse {
            user_pool_client: Some(shown(&client)),
        }),
        ClientWritten::IdTaken => Err(Fault::invalid_parameter(format!(
            "User pool client {} exists already.",
            client.id()
        ))),
        ClientWritten::Changed => Err(rate_exceeded()),
    }
}
