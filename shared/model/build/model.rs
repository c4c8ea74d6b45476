//! The service model as `extract.py` writes it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// Shapes that the model calls sensitive but that requests, answers and logs name all the time.
const NAMED_OPENLY: [&str; 2] = ["ClientIdType", "UsernameType"];

#[derive(Deserialize)]
pub(crate) struct Model {
    pub(crate) operations: BTreeMap<String, Operation>,
    pub(crate) shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
pub(crate) struct Operation {
    pub(crate) input: String,
    pub(crate) output: Option<String>,
    pub(crate) errors: Vec<String>,
    /// `none` where callers need no signature.
    pub(crate) authtype: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) members: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) required: BTreeSet<String>,
    pub(crate) member: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) value: Option<String>,
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
    pub(crate) pattern: Option<String>,
    #[serde(rename = "enum")]
    pub(crate) values: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) sensitive: bool,
    #[serde(default)]
    pub(crate) exception: bool,
    #[serde(default)]
    pub(crate) document: bool,
}

impl Shape {
    /// The shapes this one is made of.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &String> {
        self.members
            .values()
            .chain(&self.member)
            .chain(&self.key)
            .chain(&self.value)
    }

    /// Whether this is a structure with members of its own.
    pub(crate) fn is_structure(&self) -> bool {
        self.kind == "structure" && !self.document
    }
}

impl Model {
    /// The shape of that name.
    pub(crate) fn shape(&self, name: &str) -> Result<&Shape, String> {
        self.shapes
            .get(name)
            .ok_or_else(|| format!("the model lacks the shape {name}"))
    }

    /// `names` and everything they are made of.
    pub(crate) fn reachable<'a>(
        &'a self,
        names: impl Iterator<Item = &'a String>,
    ) -> Result<BTreeSet<&'a str>, String> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&String> = names.collect();
        while let Some(name) = open.pop() {
            if found.insert(name.as_str()) {
                open.extend(self.shape(name)?.parts());
            }
        }
        Ok(found)
    }

    /// Whether values of this shape must not be shown.
    pub(crate) fn is_sensitive(&self, name: &str) -> Result<bool, String> {
        Ok(self.shape(name)?.sensitive && !NAMED_OPENLY.contains(&name))
    }

    /// Whether values of this shape, or anything inside them, must not be shown.
    pub(crate) fn holds_secrets(&self, name: &str) -> Result<bool, String> {
        let name = name.to_owned();
        for part in self.reachable(std::iter::once(&name))? {
            if self.is_sensitive(part)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a structure contains itself.
    pub(crate) fn is_recursive(&self, name: &str) -> Result<bool, String> {
        Ok(self.reachable(self.shape(name)?.parts())?.contains(name))
    }
}
