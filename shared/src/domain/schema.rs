//! A pool's schema: which attributes its users have, and what their values look like.

use std::collections::BTreeMap;

use gatehouse_model::user_pool::{
    AttributeDataType, NumberAttributeConstraintsType, SchemaAttributeType, StringAttributeConstraintsType,
};

use super::names::{is_email, is_phone_number};
use crate::Fault;

/// Custom attributes a pool has at most.
const MOST_CUSTOM: usize = 50;
/// Characters in the name of a custom attribute, prefix excluded.
const LONGEST_CUSTOM_NAME: usize = 20;

const STANDARD: [(&str, AttributeDataType, u32, u32); 20] = {
    use AttributeDataType::{Boolean, Number, String};
    [
        ("sub", String, 1, 2048),
        ("name", String, 0, 2048),
        ("given_name", String, 0, 2048),
        ("family_name", String, 0, 2048),
        ("middle_name", String, 0, 2048),
        ("nickname", String, 0, 2048),
        ("preferred_username", String, 0, 2048),
        ("profile", String, 0, 2048),
        ("picture", String, 0, 2048),
        ("website", String, 0, 2048),
        ("email", String, 0, 2048),
        ("email_verified", Boolean, 0, 0),
        ("gender", String, 0, 2048),
        ("birthdate", String, 10, 10),
        ("zoneinfo", String, 0, 2048),
        ("locale", String, 0, 2048),
        ("phone_number", String, 0, 2048),
        ("phone_number_verified", Boolean, 0, 0),
        ("address", String, 0, 2048),
        ("updated_at", Number, 0, 0),
    ]
};

/// What one attribute's values look like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// The type of a value.
    pub data_type: AttributeDataType,
    /// A new user must have it.
    pub required: bool,
    /// It may change after the user was created.
    pub mutable: bool,
    /// Least length, or least number.
    pub min: Option<f64>,
    /// Greatest length, or greatest number.
    pub max: Option<f64>,
}

/// The attributes of a pool's users, by name.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    rules: BTreeMap<String, Rule>,
    document: Vec<SchemaAttributeType>,
}

fn refused(attribute: &str, why: &str) -> Fault {
    Fault::invalid_parameter(format!(
        "Attributes did not conform to the schema: {attribute}: {why}"
    ))
}

fn bound(text: Option<&String>) -> Option<f64> {
    text.and_then(|text| text.parse().ok())
}

fn standard_document() -> Vec<SchemaAttributeType> {
    STANDARD
        .iter()
        .map(|&(name, data_type, min, max)| SchemaAttributeType {
            name: Some(name.to_owned()),
            attribute_data_type: Some(data_type),
            developer_only_attribute: Some(false),
            mutable: Some(name != "sub"),
            required: Some(name == "sub"),
            string_attribute_constraints: (data_type == AttributeDataType::String).then(|| {
                StringAttributeConstraintsType {
                    min_length: Some(min.to_string()),
                    max_length: Some(max.to_string()),
                }
            }),
            number_attribute_constraints: (data_type == AttributeDataType::Number).then(|| {
                NumberAttributeConstraintsType {
                    min_value: Some("0".to_owned()),
                    max_value: None,
                }
            }),
        })
        .collect()
}

/// A custom attribute as `DescribeUserPool` shows it.
fn custom_document(given: &SchemaAttributeType, name: &str) -> Result<SchemaAttributeType, Fault> {
    if given.required == Some(true) {
        return Err(Fault::invalid_parameter(
            "Required custom attributes are not supported currently.",
        ));
    }
    if name.chars().count() > LONGEST_CUSTOM_NAME {
        return Err(Fault::invalid_parameter(format!(
            "Attribute name must be at most {LONGEST_CUSTOM_NAME} characters: {name}"
        )));
    }
    let data_type = given.attribute_data_type.unwrap_or(AttributeDataType::String);
    let developer_only = given.developer_only_attribute.unwrap_or(false);
    let mut complete = given.clone();
    complete.name = Some(format!(
        "{}custom:{name}",
        if developer_only { "dev:" } else { "" }
    ));
    complete.attribute_data_type = Some(data_type);
    complete.developer_only_attribute = Some(developer_only);
    complete.mutable = Some(given.mutable.unwrap_or(false));
    complete.required = Some(false);
    match data_type {
        AttributeDataType::String => {
            complete.number_attribute_constraints = None;
            complete
                .string_attribute_constraints
                .get_or_insert_with(Default::default);
        }
        AttributeDataType::Number => {
            complete.string_attribute_constraints = None;
            complete
                .number_attribute_constraints
                .get_or_insert_with(Default::default);
        }
        _ => {
            complete.string_attribute_constraints = None;
            complete.number_attribute_constraints = None;
        }
    }
    Ok(complete)
}

impl Schema {
    /// The standard attributes with what `given` (a `CreateUserPool` request's `Schema`) changes and adds.
    ///
    /// # Errors
    /// `InvalidParameterException` for a definition that cannot be.
    pub fn create(given: &[SchemaAttributeType]) -> Result<Self, Fault> {
        let mut document = standard_document();
        let mut custom = Vec::new();
        for attribute in given {
            let name = attribute.name.as_deref();
            match document.iter_mut().find(|known| known.name.as_deref() == name) {
                Some(standard) => override_standard(standard, attribute)?,
                None => custom.push(attribute.clone()),
            }
        }
        Self::from_document(document)?.with_custom(&custom)
    }

    /// The schema with more custom attributes (`AddCustomAttributes`).
    ///
    /// # Errors
    /// `InvalidParameterException` for a definition that cannot be, or past 50.
    pub fn with_custom(self, given: &[SchemaAttributeType]) -> Result<Self, Fault> {
        let mut document = self.document;
        for attribute in given {
            let name = attribute.name.as_deref().unwrap_or_default();
            let name = name.strip_prefix("custom:").unwrap_or(name);
            let complete = custom_document(attribute, name)?;
            if document.iter().any(|known| known.name == complete.name) {
                return Err(Fault::invalid_parameter(format!(
                    "custom:{name}: Existing attribute already has name custom:{name}."
                )));
            }
            document.push(complete);
        }
        if document.len() > STANDARD.len() + MOST_CUSTOM {
            return Err(Fault::invalid_parameter(format!(
                "A pool has at most {MOST_CUSTOM} custom attributes."
            )));
        }
        Self::from_document(document)
    }

    /// The schema of a stored pool.
    ///
    /// # Errors
    /// `InvalidParameterException` for constraints that are not numbers.
    pub fn from_document(document: Vec<SchemaAttributeType>) -> Result<Self, Fault> {
        let mut rules = BTreeMap::new();
        for attribute in &document {
            let name = attribute.name.clone().unwrap_or_default();
            let strings = attribute.string_attribute_constraints.as_ref();
            let numbers = attribute.number_attribute_constraints.as_ref();
            let texts = [
                strings.and_then(|c| c.min_length.as_ref()),
                strings.and_then(|c| c.max_length.as_ref()),
                numbers.and_then(|c| c.min_value.as_ref()),
                numbers.and_then(|c| c.max_value.as_ref()),
            ];
            if texts.iter().any(|text| text.is_some() && bound(*text).is_none()) {
                return Err(Fault::invalid_parameter(format!(
                    "Constraints of attribute {name} must be numbers."
                )));
            }
            let rule = Rule {
                data_type: attribute.attribute_data_type.unwrap_or(AttributeDataType::String),
                required: attribute.required.unwrap_or(false),
                mutable: attribute.mutable.unwrap_or(false),
                min: bound(texts[0].or(texts[2])),
                max: bound(texts[1].or(texts[3])),
            };
            if let (Some(min), Some(max)) = (rule.min, rule.max)
                && min > max
            {
                return Err(Fault::invalid_parameter(format!(
                    "Attribute {name}: the minimum is above the maximum."
                )));
            }
            rules.insert(name, rule);
        }
        Ok(Self { rules, document })
    }

    /// The schema as `DescribeUserPool` shows it.
    pub fn document(&self) -> &[SchemaAttributeType] {
        &self.document
    }

    /// The rule of an attribute, if the pool knows it.
    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.get(name)
    }

    /// Names of all attributes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.rules.keys().map(String::as_str)
    }

    /// Checks the values of a new user's attributes.
    ///
    /// # Errors
    /// `InvalidParameterException` naming the first attribute that is unknown or malformed.
    pub fn check_values(&self, attributes: &BTreeMap<String, String>) -> Result<(), Fault> {
        attributes
            .iter()
            .try_for_each(|(name, value)| self.check_value(name, value))
    }

    /// Checks that a user who signs up gives all required attributes.
    ///
    /// # Errors
    /// `InvalidParameterException` naming the first attribute that is missing.
    pub fn check_required(&self, attributes: &BTreeMap<String, String>) -> Result<(), Fault> {
        match self.missing(attributes).next() {
            Some(name) => Err(refused(name, &format!("The attribute {name} is required"))),
            None => Ok(()),
        }
    }

    /// The required attributes that a user lacks.
    pub fn missing(&self, attributes: &BTreeMap<String, String>) -> impl Iterator<Item = &str> {
        let required = self
            .rules
            .iter()
            .filter(|(name, rule)| rule.required && name.as_str() != "sub");
        required
            .map(|(name, _)| name.as_str())
            .filter(|name| attributes.get(*name).is_none_or(String::is_empty))
    }

    /// Checks one value.
    ///
    /// # Errors
    /// `InvalidParameterException` for an unknown attribute or a value that its rule does not allow.
    pub fn check_value(&self, name: &str, value: &str) -> Result<(), Fault> {
        let Some(rule) = self.rules.get(name) else {
            return Err(Fault::invalid_parameter(format!(
                "Attributes did not conform to the schema: Type for attribute {{{name}}} could not be determined"
            )));
        };
        match name {
            "sub" => {
                return Err(Fault::invalid_parameter(
                    "Cannot modify an immutable attribute: sub",
                ));
            }
            "email" if !value.is_empty() && !is_email(value) => {
                return Err(Fault::invalid_parameter("Invalid email address format."));
            }
            "phone_number" if !value.is_empty() && !is_phone_number(value) => {
                return Err(Fault::invalid_parameter("Invalid phone number format."));
            }
            _ => {}
        }
        match rule.data_type {
            AttributeDataType::String => check_length(name, value, rule),
            AttributeDataType::Number => check_number(name, value, rule),
            AttributeDataType::Boolean if value == "true" || value == "false" => Ok(()),
            AttributeDataType::Boolean => Err(refused(name, "Attribute must be true or false")),
            AttributeDataType::DateTime => {
                time::OffsetDateTime::parse(value, &time::format_description::well_known::Rfc3339)
                    .map(|_| ())
                    .map_err(|_| refused(name, "Attribute must be a date and time of ISO 8601"))
            }
        }
    }
}

fn override_standard(standard: &mut SchemaAttributeType, given: &SchemaAttributeType) -> Result<(), Fault> {
    let name = given.name.as_deref().unwrap_or_default();
    if given.attribute_data_type.is_some() && given.attribute_data_type != standard.attribute_data_type {
        return Err(Fault::invalid_parameter(format!(
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute {name}"
        )));
    }
    if name == "sub" {
        return Ok(());
    }
    standard.required = given.required.or(standard.required);
    standard.mutable = given.mutable.or(standard.mutable);
    if given.string_attribute_constraints.is_some() && standard.string_attribute_constraints.is_some() {
        standard
            .string_attribute_constraints
            .clone_from(&given.string_attribute_constraints);
    }
    if given.number_attribute_constraints.is_some() && standard.number_attribute_constraints.is_some() {
        standard
            .number_attribute_constraints
            .clone_from(&given.number_attribute_constraints);
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "lengths are at most 2048")]
fn check_length(name: &str, value: &str, rule: &Rule) -> Result<(), Fault> {
    let length = value.chars().count() as f64;
    if rule.min.is_some_and(|min| length < min) {
        return Err(refused(
            name,
            "String must be longer than the minimum length of the attribute",
        ));
    }
    if rule.max.is_some_and(|max| length > max) || length > 2048.0 {
        return Err(refused(
            name,
            "String must be shorter than the maximum length of the attribute",
        ));
    }
    Ok(())
}

fn check_number(name: &str, value: &str, rule: &Rule) -> Result<(), Fault> {
    let whole = value.strip_prefix('-').unwrap_or(value);
    if whole.is_empty() || whole.len() > 18 || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return Err(refused(name, "Attribute must be a number"));
    }
    let number: f64 = value
        .parse()
        .map_err(|_| refused(name, "Attribute must be a number"))?;
    if rule.min.is_some_and(|min| number < min) {
        return Err(refused(
            name,
            "Number must be at least the minimum of the attribute",
        ));
    }
    if rule.max.is_some_and(|max| number > max) {
        return Err(refused(
            name,
            "Number must be at most the maximum of the attribute",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn custom(name: &str, data_type: AttributeDataType, max: Option<&str>) -> SchemaAttributeType {
        SchemaAttributeType {
            name: Some(name.to_owned()),
            attribute_data_type: Some(data_type),
            string_attribute_constraints: (data_type == AttributeDataType::String).then(|| {
                StringAttributeConstraintsType {
                    min_length: None,
                    max_length: max.map(str::to_owned),
                }
            }),
            number_attribute_constraints: (data_type == AttributeDataType::Number).then(|| {
                NumberAttributeConstraintsType {
                    min_value: None,
                    max_value: max.map(str::to_owned),
                }
            }),
            ..SchemaAttributeType::default()
        }
    }

    fn message(schema: &Schema, name: &str, value: &str) -> String {
        schema.check_value(name, value).unwrap_err().message().to_owned()
    }

    #[test]
    fn custom_attributes_get_their_prefix_and_obey_their_limits() {
        let schema = Schema::create(&[
            custom("team", AttributeDataType::String, Some("5")),
            custom("age", AttributeDataType::Number, Some("120")),
        ])
        .unwrap();
        assert!(schema.check_value("custom:team", "blue").is_ok());
        assert!(message(&schema, "custom:team", "yellow").contains("custom:team"));
        assert!(schema.check_value("custom:age", "120").is_ok());
        assert!(message(&schema, "custom:age", "121").contains("at most"));
        assert!(message(&schema, "custom:age", "old").contains("must be a number"));
        assert!(message(&schema, "custom:other", "x").contains("{custom:other} could not be determined"));
    }

    #[test]
    fn a_required_standard_attribute_must_be_there_and_a_custom_one_cannot_be_required() {
        let required = |name: &str| SchemaAttributeType {
            name: Some(name.to_owned()),
            required: Some(true),
            ..SchemaAttributeType::default()
        };
        let schema = Schema::create(&[required("email")]).unwrap();
        let fault = schema.check_required(&BTreeMap::new()).unwrap_err();
        assert_eq!(
            fault.message(),
            "Attributes did not conform to the schema: email: The attribute email is required"
        );
        assert!(Schema::create(&[required("team")]).is_err());
    }

    #[test]
    fn nobody_sets_sub_and_addresses_are_checked() {
        let schema = Schema::create(&[]).unwrap();
        assert!(schema.check_value("sub", "x").is_err());
        assert_eq!(
            message(&schema, "email", "nobody"),
            "Invalid email address format."
        );
        assert_eq!(
            message(&schema, "phone_number", "0151"),
            "Invalid phone number format."
        );
        assert!(schema.check_value("birthdate", "2001-02-03").is_ok());
        assert!(schema.check_value("birthdate", "2001").is_err());
    }

    proptest! {
        #[test]
        fn a_schema_survives_its_document(name in "[a-z]{1,20}", max in 1_u32..2048) {
            let schema = Schema::create(&[custom(&name, AttributeDataType::String, Some(&max.to_string()))]);
            if let Ok(schema) = schema {
                prop_assert_eq!(Schema::from_document(schema.document().to_vec()).unwrap(), schema);
            }
        }
    }
}
