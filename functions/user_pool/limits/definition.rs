use gatehouse::Fault;
use gatehouse::app::no_pool;
use gatehouse::domain::ids::PoolId;
use gatehouse::domain::limits::Category;
use gatehouse_model::user_pool::{LimitClass, LimitDefinitionType, LimitType};

/// The value that means no limit, which is every limit's until its owner sets one: nothing costs more beyond some rate.
pub(crate) const NO_LIMIT: i32 = i32::MAX;

/// A limit of a pool: `LimitClass` `API_CATEGORY`, and `Attributes` with `Category` and `UserPoolId`.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) pool: PoolId,
    pub(crate) category: Category,
}

impl Definition {
    /// # Errors
    /// `InvalidParameterException` for another class, a category that does not exist, or no pool;
    /// `ResourceNotFoundException` for an id that no pool can have.
    pub(crate) fn parse(given: Option<LimitDefinitionType>) -> Result<Self, Fault> {
        let attributes = given.and_then(|given| given.attributes).unwrap_or_default();
        if let Some(other) = attributes
            .keys()
            .find(|name| !matches!(name.as_str(), "Category" | "UserPoolId"))
        {
            return Err(Fault::invalid_parameter(format!(
                "LimitDefinition.Attributes can not have {other}, only Category and UserPoolId."
            )));
        }
        let category = attributes
            .get("Category")
            .and_then(|name| name.parse().ok())
            .ok_or_else(|| {
                let names: Vec<_> = Category::ALL.iter().map(|category| category.as_str()).collect();
                Fault::invalid_parameter(format!(
                    "LimitDefinition.Attributes.Category must be one of {}.",
                    names.join(", ")
                ))
            })?;
        let pool = attributes.get("UserPoolId").ok_or_else(|| {
            Fault::invalid_parameter(
                "LimitDefinition.Attributes.UserPoolId is required: a limit is a user pool's, not the account's.",
            )
        })?;
        Ok(Self {
            pool: pool.parse().map_err(|_| no_pool(pool))?,
            category,
        })
    }

    /// The limit as the API shows it.
    pub(crate) fn shown(&self, limit: Option<u32>) -> LimitType {
        let attributes = [
            ("Category", self.category.as_str()),
            ("UserPoolId", self.pool.as_str()),
        ];
        LimitType {
            limit_definition: Some(LimitDefinitionType {
                limit_class: Some(LimitClass::ApiCategory),
                attributes: Some(
                    attributes
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value.to_owned()))
                        .collect(),
                ),
            }),
            provisioned_limit_value: Some(
                limit
                    .and_then(|limit| i32::try_from(limit).ok())
                    .unwrap_or(NO_LIMIT),
            ),
            free_limit_value: Some(NO_LIMIT),
        }
    }
}
