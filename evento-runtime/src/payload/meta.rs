//! What is known of a payload type at compile time, as data.

use serde::Serialize;

use super::shape::Wire;

/// The kinds of payloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PayloadKind {
    /// A command for an aggregate.
    DomainCommand,
    /// A command for a service.
    ServiceCommand,
    /// An event that an aggregate decides.
    DomainEvent,
    /// An event that a service emits.
    ServiceEvent,
    /// A question.
    Query,
    /// A row of a read model.
    View,
    /// What a saga waits for until a time.
    Deadline,
}

impl PayloadKind {
    /// How the kind is called in a sentence.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::DomainCommand => "domain command",
            Self::ServiceCommand => "service command",
            Self::DomainEvent => "domain event",
            Self::ServiceEvent => "service event",
            Self::Query => "query",
            Self::View => "view",
            Self::Deadline => "deadline",
        }
    }
}

/// Where something is written in the user's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct SourceLocation {
    /// The path of the file as the compiler was given it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
}

/// What a field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldRole {
    /// Data.
    Plain,
    /// Names the aggregate.
    AggregateId,
    /// Serialises the handling of a service command.
    LockId,
    /// Identifies the row of a view.
    ViewId,
    /// Rows of the view can be found by it.
    Index,
}

/// A field of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FieldMeta {
    /// The name of the field.
    pub name: &'static str,
    /// The type as it is written.
    #[serde(rename = "type")]
    pub type_name: &'static str,
    /// What the field is for.
    pub role: FieldRole,
}

/// What is known of a payload type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PayloadMeta {
    /// The stored name.
    pub name: &'static str,
    /// Older stored names that mean the same.
    pub aliases: &'static [&'static str],
    /// Which kind of payload.
    pub kind: PayloadKind,
    /// The version of its shape: 1 for all but events, which are stored for good.
    pub version: u32,
    /// The named fields; empty for an enum.
    pub fields: &'static [FieldMeta],
    /// The answer of a query, as it is written.
    pub response: Option<&'static str>,
    /// Whether others than this bundle know the command or query, so that its JSON must stay readable.
    pub public: bool,
    /// Where it is defined.
    pub source: SourceLocation,
    /// Stands for the stored name and the definition.
    #[serde(skip)]
    pub key: PayloadKey,
    /// What its JSON is like, for those who ask.
    #[serde(skip)]
    pub wire: Wire,
}

/// Numbers that stand for the stored name and for the definition of a payload. The check of the graph compares them in place of
/// texts, which would take the compiler too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadKey {
    /// The [`hash`] of the stored name.
    pub name: u64,
    /// The same for one type only: it is defined once, in one place. What one macro defines is all in the place where the macro is
    /// called, so the name and the kind count too.
    pub definition: u64,
}

impl PayloadKey {
    /// The key of a payload of this name and kind that is defined there.
    #[must_use]
    pub const fn of(name: &str, kind: PayloadKind, source: SourceLocation) -> Self {
        let name = hash(name);
        let place = ((source.line as u64) << 8) | kind as u64;
        Self { name, definition: continued(name.rotate_left(1) ^ place, source.file.as_bytes()) }
    }
}

impl PayloadMeta {
    /// Whether a stored name means this payload.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}

#[cfg(test)]
impl PayloadMeta {
    /// A payload of which nothing but this is said.
    pub(crate) const fn bare(name: &'static str, kind: PayloadKind, source: SourceLocation) -> Self {
        Self {
            name,
            aliases: &[],
            kind,
            version: 1,
            fields: &[],
            response: None,
            public: false,
            source,
            key: PayloadKey::of(name, kind, source),
            wire: Wire::UNKNOWN,
        }
    }
}

/// The hash of a name, the same at compile time and at run time (FNV-1a, 64 bits:
/// <http://www.isthe.com/chongo/tech/comp/fnv/>).
#[must_use]
pub const fn hash(text: &str) -> u64 {
    continued(0xcbf2_9ce4_8422_2325, text.as_bytes())
}

/// Whether two names are one, at compile time. Cheaper than to compare their hashes: most differ early.
pub(crate) const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// The hash after more bytes.
pub(super) const fn continued(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    hash
}
