//! A user's sessions, as the user and administrators see and end them.

use gatehouse_model::user_pool::{SessionDescriptionType, SessionLocationType, SessionTypeType};

use crate::app::App;
use crate::domain::ids::SessionId;
use crate::domain::pool::Pool;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::{Fault, Timestamp};

/// Lists the user's live sessions, the most recently used first: a hundred at most, so they are always one page.
/// `current` is the session that asks.
///
/// # Errors
/// `OperationNotEnabledException` where the pool does not track sessions; `InvalidParameterException` for a page token,
/// since none is ever given.
pub async fn list(
    app: &App,
    pool: &Pool,
    user: &User,
    current: Option<&SessionId>,
    (next_token, now): (Option<&String>, Timestamp),
) -> Result<Vec<SessionDescriptionType>, Fault> {
    pool.check_tracking()?;
    if next_token.is_some() {
        return Err(Fault::invalid_parameter("Invalid pagination token."));
    }
    let sessions = app.store.list_sessions(pool.id(), user, now).await?;
    Ok(sessions
        .iter()
        .map(|session| describe(session, current))
        .collect())
}

/// Ends one of the user's sessions with all its tokens. No session has linked ones: single sign-on sessions come with
/// managed login.
///
/// # Errors
/// `OperationNotEnabledException` where the pool does not track sessions; `InvalidParameterException` for the session
/// `current`, which asks; `ResourceNotFoundException`.
pub async fn revoke(
    app: &App,
    pool: &Pool,
    user: &User,
    current: Option<&SessionId>,
    id: Option<&String>,
) -> Result<(), Fault> {
    pool.check_tracking()?;
    let session = id
        .and_then(|id| SessionId::from_public(id))
        .ok_or_else(no_session)?;
    if current == Some(&session) {
        return Err(Fault::invalid_parameter(
            "The current session can not be revoked; sign out instead.",
        ));
    }
    if app.store.end_session(pool.id(), user, &session).await? {
        Ok(())
    } else {
        Err(no_session())
    }
}

fn no_session() -> Fault {
    Fault::not_found("Session does not exist.")
}

fn describe(session: &Session, current: Option<&SessionId>) -> SessionDescriptionType {
    let activity = session.activity.as_ref();
    SessionDescriptionType {
        session_id: Some(session.id.to_public()),
        session_type: Some(SessionTypeType::Token),
        client_id: Some(session.client.to_string()),
        create_date: Some(session.created_at.epoch()),
        last_active_date: Some(session.last_active_at().epoch()),
        device_type: activity.map(crate::domain::activity::Activity::device),
        last_ip_address: activity.and_then(|activity| activity.ip.clone()),
        // No database of addresses is shipped; Cognito's word for a place that it can not tell.
        last_location: Some(SessionLocationType {
            country: Some("unknown".to_owned()),
            ..SessionLocationType::default()
        }),
        is_current_session: Some(current == Some(&session.id)),
        ..SessionDescriptionType::default()
    }
}
