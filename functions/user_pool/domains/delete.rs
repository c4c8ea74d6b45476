use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::store::rate_exceeded;
use gatehouse_model::user_pool::{DeleteUserPoolDomainRequest, DeleteUserPoolDomainResponse};

use crate::create::name;
use crate::update::existing;

/// Takes a domain from its pool. Within half a minute no function knows it any more.
pub(crate) async fn delete(
    context: Context,
    input: DeleteUserPoolDomainRequest,
) -> Result<DeleteUserPoolDomainResponse, Fault> {
    let app = &context.app;
    let domain = existing(app, input.user_pool_id.as_ref(), &name(input.domain.as_ref())?).await?;
    if app.store.remove_domain(&domain).await? {
        Ok(DeleteUserPoolDomainResponse::default())
    } else {
        Err(rate_exceeded())
    }
}
