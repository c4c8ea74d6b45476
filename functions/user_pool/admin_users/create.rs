use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::app::OpenPool;
use gatehouse::directory::arrival::pre_sign_up;
use gatehouse::directory::passwords::new_password;
use gatehouse::domain::names::AliasKind;
use gatehouse::domain::names::SignInNames;
use gatehouse::domain::new_user::{name_taken, new_user, parse_name};
use gatehouse::domain::pool::Pool;
use gatehouse::domain::user::{Attributes, Status, User, alias_exists, attributes_from_api};
use gatehouse::fault::FaultKind;
use gatehouse::messages::deliver::{Content, Notice, Occasion, deliver};
use gatehouse::messages::{Destination, templates};
use gatehouse::store::rate_exceeded;
use gatehouse::store::users::{With, Written};
use gatehouse::triggers::event::Source;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{
    AdminCreateUserRequest, AdminCreateUserResponse, DeliveryMediumType, MessageActionType,
};

/// Creates a user with a temporary password and sends an invitation, or sends it again. Where users may sign in with
/// codes, a user for whom no password is given has none.
pub(crate) async fn create(
    context: Context,
    input: AdminCreateUserRequest,
) -> Result<AdminCreateUserResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = &open.pool;
    let name = parse_name(input.username.as_ref())?;
    let given = input
        .temporary_password
        .as_ref()
        .filter(|password| !password.expose().is_empty());
    let password = match given {
        Some(password) => {
            pool.password_policy.check(password)?;
            Some(password.clone())
        }
        None if pool.mfa.passwordless() => None,
        None => Some(pool.password_policy.generate(&*app.entropy)),
    };
    let (before, user) = if input.message_action == Some(MessageActionType::Resend) {
        let user = app
            .store
            .find_user(pool, &name)
            .await?
            .found
            .user
            .ok_or_else(Fault::user_not_found)?;
        if user.status != Status::ForceChangePassword {
            return Err(Fault::new(
                FaultKind::UnsupportedUserState,
                "Resend not possible: the user has chosen a password already.",
            ));
        }
        (Some(user.clone()), user)
    } else {
        let attributes = attributes_from_api(input.user_attributes.clone());
        (
            None,
            new_user(pool, &name, attributes, context.now, &*app.entropy)?,
        )
    };
    let to = if input.message_action == Some(MessageActionType::Suppress) {
        Vec::new()
    } else {
        destinations(
            input.desired_delivery_mediums.as_deref().unwrap_or_default(),
            &user.attributes,
        )?
    };

    let cause = context.cause(None, input.client_metadata.as_ref());
    if before.is_none() {
        let asked = (cause, Source::PreSignUpAdminCreateUser);
        pre_sign_up(app, pool, &user, asked, input.validation_data).await?;
    }
    let user = match &password {
        Some(password) => with_temporary_password(&context, &open, user, password).await?,
        None => user.confirmed(),
    };
    let force = input.force_alias_creation == Some(true);
    let user = store(&context, pool, before.as_ref(), user, force).await?;
    let shown = password.clone().unwrap_or_default();
    for to in to {
        let message = templates::invitation(pool, to, name.as_str(), password.as_ref());
        let conveyed = Content {
            code: &shown,
            username: Some(name.as_str()),
            link: None,
        };
        let notice = Notice {
            cause,
            occasion: Occasion::AdminCreateUser,
            user: &user,
        };
        deliver(app, pool, notice, conveyed, message).await?;
    }
    Ok(AdminCreateUserResponse {
        user: Some(user.to_api(|_| true)),
    })
}

async fn with_temporary_password(
    context: &Context,
    open: &OpenPool,
    user: User,
    password: &Sensitive,
) -> Result<User, Fault> {
    let sealed = new_password(&context.app, open, &user, password).await?;
    let expires_at = open.pool.password_policy.temporary_until(context.now);
    Ok(user.with_password(sealed, Status::ForceChangePassword, Some(expires_at)))
}

async fn store(
    context: &Context,
    pool: &Pool,
    before: Option<&User>,
    user: User,
    force: bool,
) -> Result<User, Fault> {
    let store = &context.app.store;
    let (user, written) = match before {
        Some(before) => {
            let user = user.touched(context.now);
            let written = store.replace_user(pool, before, &user, With::default()).await?;
            (user, written)
        }
        None => {
            let takeovers = if force && matches!(pool.names, SignInNames::Username(_)) {
                store.present_owners(pool, None, &user).await?
            } else {
                Vec::new()
            };
            let written = store
                .create_user(
                    pool,
                    &user,
                    With {
                        takeovers: &takeovers,
                        ..With::default()
                    },
                )
                .await?;
            (user, written)
        }
    };
    match (written, &pool.names) {
        (Written::Done, _) => Ok(user),
        (Written::AliasTaken(kind), SignInNames::Attributes(_)) => Err(name_taken(Some(kind))),
        (Written::AliasTaken(kind), SignInNames::Username(_)) => Err(alias_exists(kind)),
        (Written::NameTaken, _) => Err(name_taken(None)),
        (Written::Changed, _) => Err(rate_exceeded()),
    }
}

/// Where the invitation goes: to the wanted mediums; where none is named, to the phone number if there is one, else
/// to the e-mail address.
fn destinations(wanted: &[DeliveryMediumType], attributes: &Attributes) -> Result<Vec<Destination>, Fault> {
    if wanted.is_empty() {
        let first = [AliasKind::PhoneNumber, AliasKind::Email]
            .iter()
            .find_map(|kind| Destination::of(*kind, attributes));
        return Ok(first.into_iter().collect());
    }
    wanted
        .iter()
        .map(|medium| {
            let kind = match medium {
                DeliveryMediumType::Sms => AliasKind::PhoneNumber,
                DeliveryMediumType::Email => AliasKind::Email,
            };
            Destination::of(kind, attributes).ok_or_else(|| {
                Fault::invalid_parameter(format!(
                    "User has no {} to deliver the message to.",
                    kind.attribute()
                ))
            })
        })
        .collect()
}
