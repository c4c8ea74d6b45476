use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::app::{App, no_pool};
use gatehouse::domain::pool::{Pool, PoolRecord, PoolState};
use gatehouse::store::keys::Owner;
use gatehouse::store::rate_exceeded;
use gatehouse_model::Empty;
use gatehouse_model::user_pool::{DeleteUserPoolRequest, DeletionProtectionType};

/// Deletes a pool: it stops serving first, then its clients, its groups, its resource servers, its identity providers, its
/// users and its keys go, its configuration last. A deletion that was cut short is taken up by calling again.
pub(crate) async fn delete(context: Context, input: DeleteUserPoolRequest) -> Result<Empty, Fault> {
    let app = &context.app;
    let id = input.user_pool_id.unwrap_or_default();
    let id = id.parse().map_err(|_| no_pool(&id))?;
    let record = app
        .store
        .load_pool(&id)
        .await?
        .ok_or_else(|| no_pool(id.as_str()))?;
    let pool = Pool::parse(record)?;
    if pool.document.deletion_protection == Some(DeletionProtectionType::Active) {
        return Err(Fault::invalid_parameter(
            "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be \
             inactivated first.",
        ));
    }
    if !app.store.domains_of(&id).await?.is_empty() {
        return Err(Fault::invalid_parameter(
            "User pool cannot be deleted. It has a domain configured that should be deleted first.",
        ));
    }
    if pool.record.state == PoolState::Active {
        let closing = PoolRecord {
            state: PoolState::Deleting,
            version: pool.record.version + 1,
            ..pool.record.clone()
        };
        if !app.store.replace_pool(&closing, pool.record.version).await? {
            return Err(rate_exceeded());
        }
    }
    app.forget_pool(&id);
    remove_clients(app, &pool).await?;
    app.store.purge_look(&id, &Owner::All).await?;
    remove_groups(app, &pool).await?;
    remove_providers(app, &pool).await?;
    remove_resource_servers(app, &pool).await?;
    if !app.store.purge_users(&pool).await? {
        // Too many for one call: what is left goes with the next one, which the SDK makes by itself.
        return Err(rate_exceeded());
    }
    app.kms
        .delete_signing_keys(&id, &pool.record.signing_keys)
        .await?;
    app.store.remove_pool(&id).await?;
    Ok(Empty {})
}

async fn remove_clients(app: &App, pool: &Pool) -> Result<(), Fault> {
    loop {
        let (clients, _) = app.store.list_clients(pool.id(), None, 60).await?;
        if clients.is_empty() {
            return Ok(());
        }
        for client in clients {
            app.store.remove_client(pool.id(), &client.id).await?;
            let owner = Owner::Client(client.id);
            app.store.purge_look(pool.id(), &owner).await?;
        }
    }
}

async fn remove_groups(app: &App, pool: &Pool) -> Result<(), Fault> {
    loop {
        let (groups, _) = app.store.list_groups(pool.id(), None, 60).await?;
        if groups.is_empty() {
            return Ok(());
        }
        for group in groups {
            app.store.remove_group(pool.id(), &group.name).await?;
        }
    }
}

async fn remove_providers(app: &App, pool: &Pool) -> Result<(), Fault> {
    loop {
        let (providers, _) = app.store.list_providers(pool.id(), None, 60).await?;
        if providers.is_empty() {
            return Ok(());
        }
        for provider in providers {
            let identifiers = provider.settings()?.idp_identifiers.unwrap_or_default();
            let identifiers = identifiers.into_iter().collect();
            app.store
                .remove_provider(pool.id(), &provider, &identifiers)
                .await?;
        }
    }
}

async fn remove_resource_servers(app: &App, pool: &Pool) -> Result<(), Fault> {
    loop {
        let (servers, _) = app.store.list_resource_servers(pool.id(), None, 60).await?;
        if servers.is_empty() {
            return Ok(());
        }
        for server in servers {
            app.store
                .remove_resource_server(pool.id(), &server.identifier)
                .await?;
        }
    }
}
