//! The tables that validation reads.

use crate::Pattern;

/// What the model says about the values of one shape.
#[derive(Debug)]
pub struct Shape {
    /// Values of this shape, and all that is inside them, are never shown.
    pub sensitive: bool,
    /// Something inside values of this shape is never shown, so neither is the whole.
    pub holds_secrets: bool,
    /// What values are, and what they must satisfy.
    pub kind: Kind,
}

/// Bounds of a length or of a number.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The least value allowed.
    pub min: Option<i64>,
    /// The greatest value allowed.
    pub max: Option<i64>,
}

/// The kinds of shapes, each with its constraints.
#[derive(Debug)]
pub enum Kind {
    /// Text.
    String {
        /// Bounds of the number of characters.
        length: Limits,
        /// What the whole text must match.
        pattern: Option<&'static Pattern>,
    },
    /// Text that is one of these.
    Enum(&'static [&'static str]),
    /// `true` or `false`.
    Boolean,
    /// A number of 32 bits.
    Integer(Limits),
    /// A number of 64 bits.
    Long(Limits),
    /// Seconds since the epoch.
    Timestamp,
    /// Bytes, as base64; bounds of their number.
    Blob(Limits),
    /// A list.
    List {
        /// Bounds of the number of members.
        length: Limits,
        /// What the members are.
        member: &'static Shape,
    },
    /// A map.
    Map {
        /// Bounds of the number of entries.
        length: Limits,
        /// What the keys are.
        key: &'static Shape,
        /// What the values are.
        value: &'static Shape,
    },
    /// A structure.
    Structure(&'static [Member]),
    /// Any JSON.
    Document,
}

impl Kind {
    /// Whether values have no parts.
    pub const fn is_scalar(&self) -> bool {
        !matches!(
            self,
            Self::List { .. } | Self::Map { .. } | Self::Structure(_) | Self::Document
        )
    }
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// Its name in JSON.
    pub name: &'static str,
    /// Whether it must be given.
    pub required: bool,
    /// What it is.
    pub shape: &'static Shape,
}
