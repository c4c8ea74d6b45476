//! `TagResource`, `UntagResource`, `ListTagsForResource`: tags of identity pools.

mod tags;

use gatehouse::api::{Routes, serve};
use gatehouse_model::identity_pool::operations::{ListTagsForResource, TagResource, UntagResource};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let routes = Routes::new()
        .on(TagResource, tags::tag)
        .on(UntagResource, tags::untag);
    serve(routes.on(ListTagsForResource, tags::list)).await
}
