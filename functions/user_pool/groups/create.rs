use gatehouse::Fault;
use gatehouse::ambient::random_uuid;
use gatehouse::api::Context;
use gatehouse::domain::group::Group;
use gatehouse::domain::ids::GroupName;
use gatehouse::fault::FaultKind;
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
    if !app.store.create_group(open.pool.id(), &group).await? {
        return Err(Fault::new(
            FaultKind::GroupExists,
            "A group with the name already exists.",
        ));
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
