use gatehouse::Fault;
use gatehouse::ambient::random_uuid;
use gatehouse::api::Context;
use gatehouse::app::no_pool;
use gatehouse::domain::group::{Group, MOST_GROUPS};
use gatehouse::domain::ids::GroupName;
use gatehouse::fault::FaultKind;
use gatehouse::store::groups::GroupCreated;
use gatehouse_model::user_pool::{CreateGroupRequest, CreateGroupResponse};

/// Creates a group.
pub(crate) async fn create(
    context: Context,
    input: CreateGroupRequest,
) -> Result<CreateGroupResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let group = Group {
        name: parse_group(input.group_name.as_ref())?,
        id: random_uuid(&*app.entropy).to_string(),
        description: input.description,
        role_arn: input.role_arn,
        precedence: input.precedence,
        created_at: context.now,
        modified_at: context.now,
        version: 1,
    };
    match app.store.create_group(open.pool.id(), &group).await? {
        GroupCreated::Done => {}
        GroupCreated::NameTaken => {
            return Err(Fault::new(
                FaultKind::GroupExists,
                "A group with the name already exists.",
            ));
        }
        GroupCreated::TooMany => {
            return Err(Fault::new(
                FaultKind::LimitExceeded,
                format!("A user pool has at most {MOST_GROUPS} groups."),
            ));
        }
        GroupCreated::NoPool => return Err(no_pool(open.pool.id().as_str())),
    }
    app.forget_group(open.pool.id(), &group.name);
    Ok(CreateGroupResponse {
        group: Some(group.to_api(open.pool.id())),
    })
}

/// The group name of a request.
pub(crate) fn parse_group(given: Option<&String>) -> Result<GroupName, Fault> {
    given
        .map(String::as_str)
        .unwrap_or_default()
        .parse()
        .map_err(|_| Fault::invalid_parameter("Value at 'groupName' is not a valid group name."))
}
