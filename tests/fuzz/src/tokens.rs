//! JWTs: access tokens, client assertions, DPoP proofs. The fuzzer has no key, so none is genuine.

#[path = "../../criterion/pool.rs"]
#[allow(dead_code, reason = "only a pool with keys is needed")]
mod pool;

use std::sync::LazyLock;

use gatehouse::Timestamp;
use gatehouse::domain::pool::Pool;
use gatehouse::oauth::client_assertion::claimed_client;
use gatehouse::oauth::dpop::{self, Proven};
use gatehouse::tokens::keys::{SigningAlgorithm, SigningKeys, Use};
use gatehouse::tokens::verify;
use lambda_http::http::{HeaderMap, HeaderValue};

const BASE: &str = "https://auth.example.com";
const NOW: Timestamp = Timestamp::from_seconds(1_795_435_200);

static POOLS: LazyLock<[Pool; 2]> = LazyLock::new(|| {
    [SigningAlgorithm::Rs256, SigningAlgorithm::Es256].map(|algorithm| {
        let mut pool = pool::pool(&pool::Private::generate(algorithm));
        // Names that the fuzzer finds.
        if let SigningKeys::Kms { id, access } = &mut pool.record.signing_keys {
            "id".clone_into(&mut id[0].kid);
            "access".clone_into(&mut access[0].kid);
        }
        pool
    })
});

pub fn run(data: &[u8]) {
    let Ok(token) = std::str::from_utf8(data) else {
        return;
    };
    for pool in &*POOLS {
        for usage in [Use::Access, Use::Id] {
            assert!(verify::claims(token, pool, usage, BASE, NOW).is_err());
        }
    }
    let _ = verify::claimed_pool(token, BASE);
    let _ = claimed_client(token);
    let Ok(value) = HeaderValue::from_str(token) else {
        return;
    };
    let mut headers = HeaderMap::new();
    headers.insert("dpop", value);
    let request = Proven {
        method: "POST",
        host: "auth.example.com",
        path: "/oauth2/token",
        token: None,
        now: NOW,
    };
    // One that names its own key can be genuine, but nobody has signed one for this moment.
    assert!(dpop::prove(&headers, request).is_err());
}
