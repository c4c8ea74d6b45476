use gatehouse::api::Context;
use gatehouse::app::App;
use gatehouse::domain::ids::PoolId;
use gatehouse::domain::pool::{Pool, PoolRecord};
use gatehouse::domain::pool_settings;
use gatehouse::{Fault, Timestamp};
use gatehouse_model::user_pool::{CreateUserPoolRequest, CreateUserPoolResponse, StatusType, UserPoolType};

/// Creates a pool with KMS keys of its own.
pub(crate) async fn create(
    context: Context,
    input: CreateUserPoolRequest,
) -> Result<CreateUserPoolResponse, Fault> {
    let app = &context.app;
    let region = &app.settings.region;
    let (document, mfa) = pool_settings::create(&input, region)?;
    let id = context.id_or(|| PoolId::generate(region, &*app.entropy))?;
    if context.chosen_id.is_some() && app.store.load_pool(&id).await?.is_some() {
        return Err(id_taken(&id));
    }
    let document = identified(document, &id, &context.account, context.now);

    let signing = pool_settings::signing(&document)?;
    let (signing_keys, data_key) = tokio::join!(
        app.kms.create_signing_keys(&id, signing),
        app.kms.create_data_key(&id)
    );
    let signing_keys = signing_keys?;
    let stored = match data_key {
        Err(fault) => Err(fault),
        Ok(data_key) => {
            let text = serde_json::to_string(&document).map_err(Fault::internal)?;
            let record = PoolRecord::new(id.clone(), text, mfa, signing_keys.clone(), data_key);
            store(app, record, document).await
        }
    };
    match stored {
        Ok(pool) => Ok(CreateUserPoolResponse {
            user_pool: Some(pool),
        }),
        // A write that was not answered may be done all the same: then the pool needs its keys.
        Err(fault) => match app.store.load_pool(&id).await? {
            Some(there) if there.signing_keys == signing_keys => Ok(CreateUserPoolResponse {
                user_pool: Some(Pool::parse(there)?.document),
            }),
            _ => {
                app.kms.delete_signing_keys(&id, &signing_keys).await?;
                Err(fault)
            }
        },
    }
}

async fn store(app: &App, record: PoolRecord, document: UserPoolType) -> Result<UserPoolType, Fault> {
    // What could not be read back must not be written.
    let pool = Pool::assemble(record, document)?;
    if app.store.create_pool(&pool.record).await? {
        Ok(pool.document)
    } else {
        Err(id_taken(pool.id()))
    }
}

fn id_taken(id: &PoolId) -> Fault {
    Fault::invalid_parameter(format!("User pool {id} exists already."))
}

/// The document with what the service adds: id, ARN, dates.
fn identified(document: UserPoolType, id: &PoolId, account: &str, now: Timestamp) -> UserPoolType {
    UserPoolType {
        arn: Some(format!(
            "arn:aws:cognito-idp:{}:{account}:userpool/{id}",
            id.region()
        )),
        id: Some(id.to_string()),
        status: Some(StatusType::Enabled),
        creation_date: Some(now.epoch()),
        last_modified_date: Some(now.epoch()),
        estimated_number_of_users: Some(0),
        ..document
    }
}
