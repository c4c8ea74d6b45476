use std::collections::BTreeMap;
use std::sync::Arc;

use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::identity_pool::{IdentityPool, check_tags, no_identity_pool};
use gatehouse::domain::ids::identity_pool_of_arn;
use gatehouse_model::identity_pool::{
    ListTagsForResourceInput, ListTagsForResourceResponse, TagResourceInput, TagResourceResponse,
    UntagResourceInput, UntagResourceResponse,
};

type Tags = BTreeMap<String, String>;

/// Adds tags to an identity pool, or changes their values.
pub(crate) async fn tag(context: Context, input: TagResourceInput) -> Result<TagResourceResponse, Fault> {
    let pool = pool(&context, input.resource_arn.as_deref()).await?;
    let mut tags = present(&pool);
    tags.extend(input.tags.unwrap_or_default());
    check_tags(Some(&tags))?;
    replace(&context, &pool, tags).await?;
    Ok(TagResourceResponse::default())
}

/// Removes tags from an identity pool.
pub(crate) async fn untag(
    context: Context,
    input: UntagResourceInput,
) -> Result<UntagResourceResponse, Fault> {
    let pool = pool(&context, input.resource_arn.as_deref()).await?;
    let mut tags = present(&pool);
    for key in input.tag_keys.unwrap_or_default() {
        tags.remove(&key);
    }
    replace(&context, &pool, tags).await?;
    Ok(UntagResourceResponse::default())
}

/// Shows an identity pool's tags.
pub(crate) async fn list(
    context: Context,
    input: ListTagsForResourceInput,
) -> Result<ListTagsForResourceResponse, Fault> {
    let pool = pool(&context, input.resource_arn.as_deref()).await?;
    Ok(ListTagsForResourceResponse {
        tags: Some(present(&pool)),
    })
}

fn present(pool: &IdentityPool) -> Tags {
    pool.document.identity_pool_tags.clone().unwrap_or_default()
}

async fn pool(context: &Context, arn: Option<&str>) -> Result<Arc<IdentityPool>, Fault> {
    let arn = arn.unwrap_or_default();
    let id = identity_pool_of_arn(arn).ok_or_else(|| no_identity_pool(arn))?;
    context.app.fresh_identity_pool(Some(&id.to_string())).await
}

async fn replace(context: &Context, before: &IdentityPool, tags: Tags) -> Result<(), Fault> {
    let mut document = before.document.clone();
    document.identity_pool_tags = Some(tags);
    let after = before.changed(&document, before.record.issuers.clone())?;
    context.app.replace_identity_pool(before, &after).await
}
