use std::collections::BTreeMap;
use std::sync::Arc;

use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::app::{OpenPool, no_pool};
use gatehouse::domain::ids::pool_of_arn;
use gatehouse::domain::pool_settings::check_tags;
use gatehouse::store::rate_exceeded;
use gatehouse_model::user_pool::{
    ListTagsForResourceRequest, ListTagsForResourceResponse, TagResourceRequest, TagResourceResponse,
    UntagResourceRequest, UntagResourceResponse,
};

type Tags = BTreeMap<String, String>;

/// Tags of a resource at most, as everywhere in AWS.
const MOST_TAGS: usize = 50;

/// Adds tags to a pool, or changes their values.
pub(crate) async fn tag(context: Context, input: TagResourceRequest) -> Result<TagResourceResponse, Fault> {
    let open = pool(&context, input.resource_arn.as_deref()).await?;
    let mut tags = open.pool.document.user_pool_tags.clone().unwrap_or_default();
    tags.extend(input.tags.unwrap_or_default());
    if tags.len() > MOST_TAGS {
        return Err(Fault::invalid_parameter(format!(
            "A resource has at most {MOST_TAGS} tags."
        )));
    }
    replace(&context, &open, tags).await?;
    Ok(TagResourceResponse::default())
}

/// Removes tags from a pool.
pub(crate) async fn untag(
    context: Context,
    input: UntagResourceRequest,
) -> Result<UntagResourceResponse, Fault> {
    let open = pool(&context, input.resource_arn.as_deref()).await?;
    let mut tags = open.pool.document.user_pool_tags.clone().unwrap_or_default();
    for key in input.tag_keys.unwrap_or_default() {
        tags.remove(&key);
    }
    replace(&context, &open, tags).await?;
    Ok(UntagResourceResponse::default())
}

/// Shows a pool's tags.
pub(crate) async fn list(
    context: Context,
    input: ListTagsForResourceRequest,
) -> Result<ListTagsForResourceResponse, Fault> {
    let open = pool(&context, input.resource_arn.as_deref()).await?;
    Ok(ListTagsForResourceResponse {
        tags: Some(open.pool.document.user_pool_tags.clone().unwrap_or_default()),
    })
}

async fn pool(context: &Context, arn: Option<&str>) -> Result<Arc<OpenPool>, Fault> {
    let arn = arn.unwrap_or_default();
    context
        .app
        .fresh_pool(&pool_of_arn(arn).ok_or_else(|| no_pool(arn))?)
        .await
}

async fn replace(context: &Context, open: &OpenPool, tags: Tags) -> Result<(), Fault> {
    let before = &open.pool;
    check_tags(before.document.user_pool_tags.as_ref(), Some(&tags))?;
    let mut document = before.document.clone();
    document.user_pool_tags = Some(tags);
    let after = before.changed(document)?;
    if context.app.replace_pool(&before.record, &after.record).await? {
        Ok(())
    } else {
        Err(rate_exceeded())
    }
}
