//! A client's secrets: two at most, so that one can take the other's place without a pause.

use gatehouse::api::Context;
use gatehouse::app::OpenPool;
use gatehouse::domain::client::{Client, ClientRecord, MOST_SECRETS, SealedSecret};
use gatehouse::domain::ids::generate_client_secret;
use gatehouse::fault::FaultKind;
use gatehouse::store::rate_exceeded;
use gatehouse::{App, Fault};
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{
    AddUserPoolClientSecretRequest, AddUserPoolClientSecretResponse, ClientSecretDescriptorType,
    DeleteUserPoolClientSecretRequest, DeleteUserPoolClientSecretResponse, ListUserPoolClientSecretsRequest,
    ListUserPoolClientSecretsResponse,
};

use crate::describe::fresh;

/// Adds a secret, given or generated; its value is shown once.
pub(crate) async fn add(
    context: Context,
    input: AddUserPoolClientSecretRequest,
) -> Result<AddUserPoolClientSecretResponse, Fault> {
    let app = &context.app;
    let (open, client) = fresh(app, input.user_pool_id, input.client_id).await?;
    if client.record.sealed_secrets.len() >= MOST_SECRETS {
        return Err(Fault::new(
            FaultKind::LimitExceeded,
            format!("A client has at most {MOST_SECRETS} secrets; delete one first."),
        ));
    }
    let secret = input
        .client_secret
        .unwrap_or_else(|| Sensitive::from(generate_client_secret(&*app.entropy)));
    let sealed = app.seal_client_secret(&open, client.id(), &secret).await?;
    if client
        .record
        .sealed_secrets
        .iter()
        .any(|known| known.id == sealed.id)
    {
        // Ids are counted in seconds.
        return Err(rate_exceeded());
    }
    let mut secrets = client.record.sealed_secrets.clone();
    secrets.push(sealed.clone());
    replace(app, &open, &client, secrets).await?;
    Ok(AddUserPoolClientSecretResponse {
        client_secret_descriptor: Some(ClientSecretDescriptorType {
            client_secret_value: Some(secret),
            ..descriptor(&sealed)
        }),
    })
}

/// Lists a client's secrets, without their values.
pub(crate) async fn list(
    context: Context,
    input: ListUserPoolClientSecretsRequest,
) -> Result<ListUserPoolClientSecretsResponse, Fault> {
    let (_, client) = fresh(&context.app, input.user_pool_id, input.client_id).await?;
    Ok(ListUserPoolClientSecretsResponse {
        client_secrets: Some(client.record.sealed_secrets.iter().map(descriptor).collect()),
        ..ListUserPoolClientSecretsResponse::default()
    })
}

/// Deletes a secret; the last one stays.
pub(crate) async fn delete(
    context: Context,
    input: DeleteUserPoolClientSecretRequest,
) -> Result<DeleteUserPoolClientSecretResponse, Fault> {
    let app = &context.app;
    let (open, client) = fresh(app, input.user_pool_id, input.client_id).await?;
    let id = input.client_secret_id.unwrap_or_default();
    let mut secrets = client.record.sealed_secrets.clone();
    secrets.retain(|secret| secret.id != id);
    if secrets.len() == client.record.sealed_secrets.len() {
        return Err(Fault::not_found(format!("Client secret {id} does not exist.")));
    }
    if secrets.is_empty() {
        return Err(Fault::invalid_parameter(
            "The last secret of a client can not be deleted.",
        ));
    }
    replace(app, &open, &client, secrets).await?;
    Ok(DeleteUserPoolClientSecretResponse::default())
}

fn descriptor(secret: &SealedSecret) -> ClientSecretDescriptorType {
    ClientSecretDescriptorType {
        client_secret_id: Some(secret.id.clone()),
        client_secret_create_date: Some(secret.created_at.epoch()),
        ..ClientSecretDescriptorType::default()
    }
}

async fn replace(
    app: &App,
    open: &OpenPool,
    before: &Client,
    secrets: Vec<SealedSecret>,
) -> Result<(), Fault> {
    let record = ClientRecord {
        sealed_secrets: secrets,
        version: before.record.version + 1,
        ..before.record.clone()
    };
    let name = before.document.client_name.clone().unwrap_or_default();
    let beside = (&open.pool.record, before.allows_srp());
    let replaced = app
        .store
        .replace_client(&record, &name, before.record.version, beside)
        .await?;
    app.forget_client(before.id());
    if replaced { Ok(()) } else { Err(rate_exceeded()) }
}
