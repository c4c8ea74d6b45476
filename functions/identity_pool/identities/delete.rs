use gatehouse::api::Context;
use gatehouse::store::rate_exceeded;
use gatehouse::{App, Fault};
use gatehouse_model::identity_pool::{
    DeleteIdentitiesInput, DeleteIdentitiesResponse, ErrorCode, UnprocessedIdentityId,
};

/// Deletes identities; of those that could not be, the answer says so. One that does not exist is as good as deleted.
pub(crate) async fn delete(
    context: Context,
    input: DeleteIdentitiesInput,
) -> Result<DeleteIdentitiesResponse, Fault> {
    let mut unprocessed = Vec::new();
    for id in input.identity_ids_to_delete.unwrap_or_default() {
        if let Err(fault) = delete_one(&context.app, &id).await {
            tracing::warn!(
                identity = id,
                outcome = fault.kind().type_name(),
                cause = fault.cause()
            );
            unprocessed.push(UnprocessedIdentityId {
                identity_id: Some(id),
                error_code: Some(ErrorCode::InternalServerError),
            });
        }
    }
    Ok(DeleteIdentitiesResponse {
        unprocessed_identity_ids: Some(unprocessed),
    })
}

async fn delete_one(app: &App, id: &str) -> Result<(), Fault> {
    let Ok(id) = id.parse() else { return Ok(()) };
    let Some(identity) = app.store.load_identity(&id).await? else {
        return Ok(());
    };
    if app.store.remove_identity(&identity).await? {
        Ok(())
    } else {
        Err(rate_exceeded())
    }
}
