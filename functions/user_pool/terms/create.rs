use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::app::no_client;
use gatehouse::domain::ids::TermsId;
use gatehouse::domain::terms::{Terms, exists};
use gatehouse::store::looks::Made;
use gatehouse_model::user_pool::{CreateTermsRequest, CreateTermsResponse};

/// Adds a document to a client.
pub(crate) async fn create(
    context: Context,
    input: CreateTermsRequest,
) -> Result<CreateTermsResponse, Fault> {
    let app = &context.app;
    let (open, client) = app
        .client_of(input.user_pool_id.as_ref(), input.client_id.as_ref())
        .await?;
    let pool = open.pool.id();
    let terms = Terms::new(
        TermsId::generate(&*app.entropy),
        client.id().clone(),
        input.terms_name.unwrap_or_default(),
        input.links.unwrap_or_default(),
        context.now,
    )?;
    match app.store.create_terms(pool, &terms).await? {
        Made::Done => Ok(CreateTermsResponse {
            terms: Some(terms.to_api(pool)),
        }),
        Made::Exists => Err(exists(&terms.name)),
        Made::NoClient => Err(no_client(client.id().as_str())),
    }
}
