//! Gatehouse's own access keys: created and listed by whoever may invoke this function; no path leads here.

use gatehouse::ambient::Timestamp;
use gatehouse::domain::access_key::AccessKey;
use gatehouse::domain::ids::{AccessKeyId, generate_access_key_secret};
use gatehouse::{App, Fault, observe};
use gatehouse_model::Sensitive;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};

/// What the function is asked to do.
#[derive(Debug, Deserialize)]
#[serde(tag = "action", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Command {
    /// Makes a key and answers its secret, once.
    Create {
        #[serde(default = "everything")]
        actions: Vec<String>,
        #[serde(default = "everything")]
        pools: Vec<String>,
        description: Option<String>,
        /// Seconds since the epoch.
        expires_at: Option<i64>,
        /// A key with a chosen id and secret, for a development stack only.
        #[serde(default)]
        development: bool,
        access_key_id: Option<String>,
        secret_access_key: Option<Sensitive>,
    },
    /// Lists all keys, without their secrets.
    List,
    /// Switches a key off.
    Disable { access_key_id: String },
    /// Switches a key on again.
    Enable { access_key_id: String },
    /// Deletes a key.
    Delete { access_key_id: String },
}

fn everything() -> Vec<String> {
    vec!["*".to_owned()]
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    observe::start();
    let app = App::from_env().await;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Command>| {
        let app = &app;
        async move {
            let LambdaEvent { payload, context } = event;
            let running = Box::pin(run(app, payload));
            let answer =
                observe::request(Some(&context), &context.request_id, observe::function(), running).await;
            answer.map_err(Error::from)
        }
    }))
    .await
}

async fn run(app: &App, command: Command) -> Result<Value, Fault> {
    match command {
        Command::List => list(app).await,
        Command::Disable { access_key_id } => found(
            app.store
                .set_access_key_disabled(&parse(&access_key_id)?, true)
                .await?,
        ),
        Command::Enable { access_key_id } => found(
            app.store
                .set_access_key_disabled(&parse(&access_key_id)?, false)
                .await?,
        ),
        Command::Delete { access_key_id } => {
            found(app.store.remove_access_key(&parse(&access_key_id)?).await?)
        }
        Command::Create {
            actions,
            pools,
            description,
            expires_at,
            development,
            access_key_id,
            secret_access_key,
        } => {
            if development && !app.settings.local_aws {
                return Err(Fault::invalid_parameter(
                    "A development key works against a local AWS only.",
                ));
            }
            if !development && (access_key_id.is_some() || secret_access_key.is_some()) {
                return Err(Fault::invalid_parameter("Id and secret of a key are generated."));
            }
            let id = match access_key_id {
                Some(id) => parse(&id)?,
                None => AccessKeyId::generate(&*app.entropy),
            };
            let secret = secret_access_key
                .unwrap_or_else(|| Sensitive::from(generate_access_key_secret(&*app.entropy)));
            let key = AccessKey {
                sealed_secret: app.kms.seal_access_key(&id, secret.expose().as_bytes()).await?,
                id,
                actions,
                pools,
                description,
                expires_at: expires_at.map(Timestamp::from_seconds),
                created_at: app.now(),
                last_used_at: None,
                disabled: false,
                development,
            };
            store(app, &key).await?;
            Ok(json!({ "accessKeyId": key.id, "secretAccessKey": secret }))
        }
    }
}

fn parse(id: &str) -> Result<AccessKeyId, Fault> {
    id.parse()
        .map_err(|_| Fault::invalid_parameter("Malformed access key id."))
}

/// Warm functions go on with a key for half a minute.
fn found(found: bool) -> Result<Value, Fault> {
    if found {
        Ok(json!({}))
    } else {
        Err(Fault::not_found("There is no such access key."))
    }
}

async fn store(app: &App, key: &AccessKey) -> Result<(), Fault> {
    if app.store.create_access_key(key).await?
        || (key.development && app.store.replace_development_key(key).await?)
    {
        return Ok(());
    }
    Err(Fault::invalid_parameter(
        "An access key of this id exists already.",
    ))
}

async fn list(app: &App) -> Result<Value, Fault> {
    let keys: Vec<_> = app
        .store
        .list_access_keys()
        .await?
        .into_iter()
        .map(|key| {
            json!({
                "accessKeyId": key.id, "actions": key.actions, "pools": key.pools,
                "description": key.description, "createdAt": key.created_at.seconds(),
                "expiresAt": key.expires_at.map(Timestamp::seconds), "development": key.development, "disabled": key.disabled,
                "lastUsedAt": key.last_used_at.map(Timestamp::seconds),
            })
        })
        .collect();
    Ok(json!({ "accessKeys": keys }))
}
