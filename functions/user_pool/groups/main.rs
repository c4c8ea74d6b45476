//! Groups and their members.

mod create;
mod delete;
mod describe;
mod list;
mod members;
mod update;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{
    AdminAddUserToGroup, AdminListGroupsForUser, AdminRemoveUserFromGroup, CreateGroup, DeleteGroup,
    GetGroup, ListGroups, ListUsersInGroup, UpdateGroup,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(CreateGroup, create::create)
            .on(GetGroup, describe::describe)
            .on(UpdateGroup, update::update)
            .on(DeleteGroup, delete::delete)
            .on(ListGroups, list::groups)
            .on(AdminListGroupsForUser, list::groups_of_user)
            .on(ListUsersInGroup, list::users)
            .on(AdminAddUserToGroup, members::add)
            .on(AdminRemoveUserFromGroup, members::remove),
    )
    .await
}
