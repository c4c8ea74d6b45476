//! `GET /<pool>/.well-known/jwks.json` and `/<pool>/.well-known/openid-configuration`; for the issuer of identity pools'
//! tokens likewise.

use gatehouse::api::response;
use gatehouse::credentials::issuer;
use gatehouse::domain::ids::PoolId;
use gatehouse::fault::FaultKind;
use gatehouse::http::serve;
use gatehouse::tokens::discovery::{jwks, openid_configuration};
use gatehouse::{App, Fault};
use lambda_http::http::Response;
use lambda_http::{Body, Error, RequestExt as _};

/// Seconds that a cache may keep the documents: a key is published long before it signs.
const CACHE_SECONDS: u32 = 300;

/// Where the documents of the issuer of identity pools' tokens are.
const IDENTITY_POOLS: &str = "/identity-pools/.well-known/";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(async |web, request| answer(&web.app, request.raw_http_path()).await).await
}

/// The pool and the document that a path names.
fn parse(path: &str) -> Option<(PoolId, &str)> {
    let (pool, document) = path.strip_prefix('/')?.split_once("/.well-known/")?;
    Some((pool.parse().ok()?, document))
}

async fn answer(app: &App, path: &str) -> Response<Body> {
    if let Some(document) = path.strip_prefix(IDENTITY_POOLS) {
        return identity_pools(app, document).await;
    }
    let Some((id, document)) = parse(path) else {
        return response::no_such_path();
    };
    let open = match app.pool(&id).await {
        Ok(open) => open,
        Err(fault) if fault.kind() == FaultKind::ResourceNotFound => return response::no_such_path(),
        Err(fault) => return failed(&fault),
    };
    let body = match document {
        "jwks.json" => jwks(&open.pool),
        "openid-configuration" => openid_configuration(&open.pool, &app.settings.issuer_base),
        _ => return response::no_such_path(),
    };
    response::document(&body, CACHE_SECONDS)
}

/// The documents of the issuer of identity pools' tokens.
async fn identity_pools(app: &App, document: &str) -> Response<Body> {
    let body = match document {
        "jwks.json" => issuer::jwks(app).await,
        "openid-configuration" => Ok(issuer::openid_configuration(app)),
        _ => return response::no_such_path(),
    };
    match body {
        Ok(body) => response::document(&body, CACHE_SECONDS),
        Err(fault) => failed(&fault),
    }
}

fn failed(fault: &Fault) -> Response<Body> {
    response::failure(fault, "")
}
