//! `GET /managed-login/images/<pool>/<client, or ALL>/<image>`: images that owners have given for their pages. An
//! address says what is behind it for good, so browsers keep them.

use gatehouse::api::response;
use gatehouse::http::{Web, respond, serve};
use gatehouse::store::keys::Owner;
use gatehouse::{Fault, domain::ids::ImageId, domain::ids::PoolId};
use lambda_http::http::{Method, Response};
use lambda_http::{Body, Error, Request, RequestExt as _};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(async |web, request| answer(&web, &request).await).await
}

async fn answer(web: &Web, request: &Request) -> Response<Body> {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return response::no_such_path();
    }
    match image(web, request.raw_http_path()).await {
        Ok(Some(image)) => image,
        Ok(None) => response::no_such_path(),
        Err(fault) => response::failure(&fault, &web.request_id),
    }
}

async fn image(web: &Web, path: &str) -> Result<Option<Response<Body>>, Fault> {
    let Some((pool, owner, image)) = named(path) else {
        return Ok(None);
    };
    let Some(image) = web.app.store.load_image(&pool, &owner, &image).await? else {
        return Ok(None);
    };
    Ok(Some(respond(
        200,
        &[
            ("content-type", image.media_type()),
            ("cache-control", "public, max-age=31536000, immutable"),
            ("x-content-type-options", "nosniff"),
            // Whoever opens an SVG by itself gets a picture: nothing in it runs or loads.
            (
                "content-security-policy",
                "default-src 'none'; style-src 'unsafe-inline'; sandbox",
            ),
            ("cross-origin-resource-policy", "same-origin"),
        ],
        Body::Binary(image.bytes),
    )))
}

/// What a path names.
fn named(path: &str) -> Option<(PoolId, Owner, ImageId)> {
    let (_, rest) = path.split_once("/managed-login/images/")?;
    let mut parts = rest.split('/');
    let named = (
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
    );
    parts.next().is_none().then_some(named)
}
