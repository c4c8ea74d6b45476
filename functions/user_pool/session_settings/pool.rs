use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::pool::{Pool, PoolRecord, SessionSettings};
use gatehouse::fault::FaultKind;
use gatehouse_model::user_pool::{
    GetUserPoolSessionConfigurationRequest, GetUserPoolSessionConfigurationResponse,
    SetUserPoolSessionConfigurationRequest, SetUserPoolSessionConfigurationResponse, UserPoolTierType,
    UserPoolTokenSessionConfigType, UserSessionTrackingType,
};

/// Shows whether a pool tracks sessions, and how many a user has at most.
pub(crate) async fn get(
    context: Context,
    input: GetUserPoolSessionConfigurationRequest,
) -> Result<GetUserPoolSessionConfigurationResponse, Fault> {
    let open = context.app.fresh_pool_named(input.user_pool_id.as_ref()).await?;
    let settings = open.pool.record.sessions.unwrap_or_default();
    Ok(GetUserPoolSessionConfigurationResponse {
        user_pool_id: Some(open.pool.id().to_string()),
        user_session_tracking: Some(tracking(settings)),
        token_session: Some(token_session(settings)),
    })
}

/// Sets both. Sessions that are over a lower limit go when their user signs in next.
pub(crate) async fn set(
    context: Context,
    input: SetUserPoolSessionConfigurationRequest,
) -> Result<SetUserPoolSessionConfigurationResponse, Fault> {
    let app = &context.app;
    let open = app.fresh_pool_named(input.user_pool_id.as_ref()).await?;
    let pool = &open.pool;
    check_tier(pool)?;
    let most = input.token_session.and_then(|session| session.max_per_user);
    let settings = SessionSettings {
        tracking: input.user_session_tracking == Some(UserSessionTrackingType::Enabled),
        most_per_user: most
            .and_then(|most| u8::try_from(most).ok())
            .filter(|most| (1..=100).contains(most))
            .ok_or_else(|| Fault::invalid_parameter("MaxPerUser must be between 1 and 100."))?,
    };
    let record = PoolRecord {
        sessions: Some(settings),
        version: pool.record.version + 1,
        ..pool.record.clone()
    };
    if !app.replace_pool(&pool.record, &record).await? {
        return Err(changed());
    }
    Ok(SetUserPoolSessionConfigurationResponse {
        user_pool_id: Some(pool.id().to_string()),
        user_session_tracking: Some(tracking(settings)),
        token_session: Some(token_session(settings)),
    })
}

/// Refuses session settings where the pool's plan does not include them.
pub(crate) fn check_tier(pool: &Pool) -> Result<(), Fault> {
    if pool.document.user_pool_tier == Some(UserPoolTierType::Lite) {
        return Err(Fault::new(
            FaultKind::FeatureUnavailableInTier,
            "User session tracking is not available in the LITE tier.",
        ));
    }
    Ok(())
}

/// The answer where another write came first.
pub(crate) fn changed() -> Fault {
    Fault::new(
        FaultKind::ConcurrentModification,
        "The configuration was changed by another request; try again.",
    )
}

const fn tracking(settings: SessionSettings) -> UserSessionTrackingType {
    if settings.tracking {
        UserSessionTrackingType::Enabled
    } else {
        UserSessionTrackingType::Disabled
    }
}

fn token_session(settings: SessionSettings) -> UserPoolTokenSessionConfigType {
    UserPoolTokenSessionConfigType {
        max_per_user: Some(i32::from(settings.most_per_user)),
    }
}
