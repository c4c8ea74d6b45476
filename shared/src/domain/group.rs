//! Groups of users, and what membership puts into tokens.

use gatehouse_model::user_pool::GroupType;
use serde::{Deserialize, Serialize};

use super::ids::{GroupName, PoolId, Sub, Username};
use super::user::User;
use crate::Timestamp;

/// Groups a pool has at most.
pub const MOST_GROUPS: u32 = 10_000;
/// Groups a user is a member of at most.
pub const MOST_MEMBERSHIPS: usize = 100;

/// A group as storage has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The name.
    pub name: GroupName,
    /// Drawn when the group was created: memberships of a deleted group of the same name do not count.
    pub id: String,
    /// What its owner wrote about it.
    pub description: Option<String>,
    /// The IAM role of its members.
    pub role_arn: Option<String>,
    /// The lower, the stronger.
    pub precedence: Option<i32>,
    /// When the group was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub modified_at: Timestamp,
    /// Counts every write.
    pub version: u64,
}

/// That a user is a member of a group. It counts only while group and user are those it was made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The group's name.
    pub group: GroupName,
    /// The group's id.
    pub group_id: String,
    /// The user's name.
    pub username: Username,
    /// The user's immutable id.
    pub sub: Sub,
}

impl Group {
    /// The group as the API shows it.
    pub fn to_api(&self, pool: &PoolId) -> GroupType {
        GroupType {
            group_name: Some(self.name.to_string()),
            user_pool_id: Some(pool.to_string()),
            description: self.description.clone(),
            role_arn: self.role_arn.clone(),
            precedence: self.precedence,
            last_modified_date: Some(self.modified_at.epoch()),
            creation_date: Some(self.created_at.epoch()),
        }
    }

    /// That `user` is a member.
    pub fn membership(&self, user: &User) -> Membership {
        Membership {
            group: self.name.clone(),
            group_id: self.id.clone(),
            username: user.username.clone(),
            sub: user.sub.clone(),
        }
    }

    /// Whether a membership is of this very group.
    pub fn has(&self, membership: &Membership) -> bool {
        self.name == membership.group && self.id == membership.group_id
    }
}

/// A user's groups, the strongest first; those without precedence last, equals by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Groups(Vec<Group>);

impl Groups {
    /// The groups, put in order.
    pub fn new(mut groups: Vec<Group>) -> Self {
        groups.sort_by(|one, other| {
            let strength = |group: &Group| group.precedence.unwrap_or(i32::MAX);
            strength(one)
                .cmp(&strength(other))
                .then_with(|| one.name.cmp(&other.name))
        });
        Self(groups)
    }

    /// Claim `cognito:groups`.
    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(|group| group.name.as_str()).collect()
    }

    /// Claim `cognito:roles`: the groups' roles, each once.
    pub fn roles(&self) -> Vec<&str> {
        let mut roles = Vec::new();
        for role in self.0.iter().filter_map(|group| group.role_arn.as_deref()) {
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
        roles
    }

    /// Claim `cognito:preferred_role`: the role of the strongest group; none when groups of equal precedence have
    /// different roles.
    pub fn preferred_role(&self) -> Option<&str> {
        let with_role = || {
            self.0
                .iter()
                .filter(|group| group.role_arn.is_some() && group.precedence.is_some())
        };
        let strongest = with_role().next()?;
        let mut equals = with_role().filter(|group| group.precedence == strongest.precedence);
        equals
            .all(|group| group.role_arn == strongest.role_arn)
            .then_some(strongest.role_arn.as_deref())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::NOON;

    fn group(name: &str, precedence: Option<i32>, role: Option<&str>) -> Group {
        Group {
            name: name.parse().unwrap(),
            id: String::new(),
            description: None,
            role_arn: role.map(str::to_owned),
            precedence,
            created_at: NOON,
            modified_at: NOON,
            version: 1,
        }
    }

    #[test]
    fn the_lowest_precedence_wins() {
        let groups = Groups::new(vec![
            group("users", None, Some("role/users")),
            group("staff", Some(5), Some("role/staff")),
            group("admins", Some(0), Some("role/admins")),
        ]);
        assert_eq!(groups.names(), ["admins", "staff", "users"]);
        assert_eq!(groups.roles(), ["role/admins", "role/staff", "role/users"]);
        assert_eq!(groups.preferred_role(), Some("role/admins"));
    }

    #[test]
    fn equals_with_different_roles_prefer_none() {
        let one = group("a", Some(1), Some("role/one"));
        let other = group("b", Some(1), Some("role/other"));
        let same = group("c", Some(1), Some("role/one"));
        assert_eq!(Groups::new(vec![one.clone(), other]).preferred_role(), None);
        let groups = Groups::new(vec![one, same]);
        assert_eq!(groups.preferred_role(), Some("role/one"));
        assert_eq!(groups.roles(), ["role/one"]);
    }

    #[test]
    fn without_roles_there_is_no_role() {
        let groups = Groups::new(vec![group("a", Some(1), None)]);
        assert!(groups.roles().is_empty());
        assert_eq!(groups.preferred_role(), None);
    }
}
