//! Limits that a pool's owner has set, obeyed at the edge: a request past one is refused before any of its work.
//!
//! A pool without limits costs nothing here: they are part of its configuration, which the operation reads anyway and
//! the cache then has. A limited request costs one update of a counter, and under load most cost none.

use std::sync::Arc;

use gatehouse_model::{Kind, Service, Shape};
use serde_json::Value;

use crate::app::OpenPool;
use crate::domain::ids::{ClientId, IdentityPoolId, PoolId, identity_pool_of_arn, pool_of_arn};
use crate::domain::limits::{Admission, Bucket, Category};
use crate::store::rate_exceeded;
use crate::tokens::verify::claimed_pool;
use crate::{App, Fault, Timestamp};

/// Whose limit a request counts towards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Pool(PoolId),
    Client(ClientId),
    Nobody,
}

/// What a request's body names, in members that its operation has: a body may carry others, which mean nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    shape: &'a Shape,
    body: &'a Value,
}

impl<'a> Named<'a> {
    pub(super) const fn new(shape: &'a Shape, body: &'a Value) -> Self {
        Self { shape, body }
    }

    fn member(self, name: &str) -> Option<&'a Value> {
        let Kind::Structure(members) = &self.shape.kind else {
            return None;
        };
        let known = members.iter().any(|member| member.name == name);
        self.body.get(name).filter(|_| known)
    }

    fn text(self, name: &str) -> Option<&'a str> {
        self.member(name).and_then(Value::as_str)
    }

    /// The pool that the body names as such.
    pub(super) fn pool(self) -> Option<PoolId> {
        if let Some(id) = self.text("UserPoolId") {
            return id.parse().ok();
        }
        if let Some(arn) = self.text("ResourceArn") {
            return pool_of_arn(arn);
        }
        let limit = self.member("LimitDefinition")?;
        limit.pointer("/Attributes/UserPoolId")?.as_str()?.parse().ok()
    }

    /// What the body names that access keys can be limited to: a user pool, or an identity pool.
    pub(super) fn owner(self, service: Service) -> Option<String> {
        if service == Service::UserPool {
            return self.pool().map(String::from);
        }
        if let Some(id) = self.text("IdentityPoolId") {
            return id.parse::<IdentityPoolId>().ok().map(String::from);
        }
        self.text("ResourceArn")
            .and_then(identity_pool_of_arn)
            .map(String::from)
    }

    /// The pool or client that the body names, or the pool that its access token says it is from. Nothing is verified:
    /// a request with a forged token is a request, too.
    pub(super) fn target(self, issuer_base: &str) -> Target {
        if let Some(pool) = self.pool() {
            return Target::Pool(pool);
        }
        if let Some(client) = self.text("ClientId").and_then(|id| id.parse().ok()) {
            return Target::Client(client);
        }
        self.text("AccessToken")
            .and_then(|token| claimed_pool(token, issuer_base).ok())
            .map_or(Target::Nobody, Target::Pool)
    }
}

/// Lets a request pass, or not.
///
/// # Errors
/// `TooManyRequestsException` past the limit.
pub(super) async fn admit(app: &App, operation: &str, target: Target, now: Timestamp) -> Result<(), Fault> {
    let Some(category) = Category::of(operation) else {
        return Ok(());
    };
    let open = match target {
        Target::Nobody => None,
        // These operations read the configuration past the cache. A limit is known here once one of them has run.
        Target::Pool(pool) if category.is_configuration() => app.known_pool(&pool, now),
        // Whatever is wrong with the pool or the client, the operation says it in its own words.
        Target::Pool(pool) => app.pool(&pool).await.ok(),
        Target::Client(client) => app.client(&client).await.ok().map(|(open, _)| open),
    };
    match open {
        Some(open) => count(app, &open, category, now).await,
        None => Ok(()),
    }
}

/// Counts a request towards a pool's limit, and lets it pass or not.
///
/// # Errors
/// `TooManyRequestsException` past the limit.
pub async fn count(app: &App, open: &Arc<OpenPool>, category: Category, now: Timestamp) -> Result<(), Fault> {
    let pool = &open.pool;
    let Some(&limit) = pool.record.limits.get(&category) else {
        return Ok(());
    };
    let bucket = Bucket { limit };
    let place = (pool.id().clone(), category);
    let admission = match app.leases.take(&place, bucket, now) {
        Admission::Lease(want, seen) => {
            let leased = app
                .store
                .lease_tokens(pool.id(), (category, bucket), want, seen, now)
                .await?;
            app.leases.leased(&place, bucket, leased, now)
        }
        decided => decided,
    };
    match admission {
        Admission::Granted => Ok(()),
        _ => Err(rate_exceeded()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::base64url;
    use gatehouse_model::Operation;
    use gatehouse_model::user_pool::operations;
    use serde_json::json;

    fn target<O: Operation>(_: O, body: &Value) -> Target {
        Named::new(O::input_shape(), body).target("https://auth.example.com")
    }

    #[test]
    fn a_request_says_whose_limit_it_counts_towards() {
        let pool = Target::Pool("eu-west-1_a".parse().unwrap());
        let token = base64url(br#"{"iss":"https://auth.example.com/eu-west-1_a"}"#);
        let arn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a";
        let client = json!({"UserPoolId": "eu-west-1_a", "ClientId": "c1"});
        assert_eq!(target(operations::AdminInitiateAuth, &client), pool);
        assert_eq!(
            target(operations::TagResource, &json!({"ResourceArn": arn})),
            pool
        );
        let token = json!({"AccessToken": format!("x.{token}.y")});
        assert_eq!(target(operations::GetUser, &token), pool);
        let limit = json!({"LimitDefinition": {"Attributes": {"UserPoolId": "eu-west-1_a"}}});
        assert_eq!(target(operations::GetProvisionedLimit, &limit), pool);
        assert_eq!(
            target(operations::InitiateAuth, &json!({"ClientId": "c1"})),
            Target::Client("c1".parse().unwrap())
        );
        for body in [
            json!({}),
            json!({"UserPoolId": 1}),
            json!({"AccessToken": "a.b.c"}),
            json!({"ClientId": "#"}),
        ] {
            assert_eq!(target(operations::GetUser, &body), Target::Nobody, "{body}");
        }
    }

    #[test]
    fn a_member_that_the_operation_does_not_have_names_no_pool() {
        let body = json!({
            "UserPoolId": "eu-west-1_mine",
            "ResourceArn": "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_other",
            "LimitDefinition": {"Attributes": {"UserPoolId": "eu-west-1_mine"}},
        });
        let pool = |shape| Named::new(shape, &body).pool().map(|pool| pool.to_string());
        assert_eq!(pool(operations::CreateUserPool::input_shape()), None);
        assert_eq!(
            pool(operations::TagResource::input_shape()).as_deref(),
            Some("eu-west-1_other")
        );
    }
}
