//! The kinds of payloads and states.

use crate::options::{CRATE, Known, Shape, known};

/// What an attribute makes of a struct or enum.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    DomainCommand,
    ServiceCommand,
    DomainEvent,
    ServiceEvent,
    Query,
    View,
    Deadline,
    AggregateState,
    SagaState,
}

const NAME: Known = known("name", Shape::Text, r#"name = "stored.name""#);
const ALIAS: Known = Known {
    name: "alias",
    shape: Shape::Text,
    example: r#"alias = "OldName""#,
    repeatable: true,
    offered: true,
};
const VERSION: Known = known("version", Shape::Number, "version = 1");
const MANUAL: Known = known("manual", Shape::List, "manual(Debug, Clone)");
const PUBLIC: Known = known("public", Shape::Flag, "public");
/// Events are public as they are; whoever says so is told.
const PUBLIC_EVENT: Known = Known { offered: false, ..PUBLIC };
const RESPONSE: Known = known("response", Shape::Type, "response = Option<Answer>");

impl Kind {
    pub(crate) const ALL: [Self; 9] = [
        Self::DomainCommand,
        Self::ServiceCommand,
        Self::DomainEvent,
        Self::ServiceEvent,
        Self::Query,
        Self::View,
        Self::Deadline,
        Self::AggregateState,
        Self::SagaState,
    ];

    /// The name of the attribute.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::DomainCommand => "domain_command",
            Self::ServiceCommand => "service_command",
            Self::DomainEvent => "domain_event",
            Self::ServiceEvent => "service_event",
            Self::Query => "query",
            Self::View => "view",
            Self::Deadline => "deadline",
            Self::AggregateState => "aggregate_state",
            Self::SagaState => "saga_state",
        }
    }

    /// How it is called in a sentence.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::DomainCommand => "a domain command",
            Self::ServiceCommand => "a service command",
            Self::DomainEvent => "a domain event",
            Self::ServiceEvent => "a service event",
            Self::Query => "a query",
            Self::View => "a view",
            Self::Deadline => "a deadline",
            Self::AggregateState => "the state of an aggregate",
            Self::SagaState => "the state of a saga",
        }
    }

    /// Whether it travels or is looked up by its name, as all but the states do.
    pub(crate) fn is_payload(self) -> bool {
        !matches!(self, Self::AggregateState | Self::SagaState)
    }

    /// Whether it has to be a struct with named fields, because one of them has a meaning.
    pub(crate) fn needs_fields(self) -> bool {
        matches!(self, Self::DomainCommand | Self::ServiceCommand | Self::View | Self::SagaState)
    }

    /// The options of the attribute.
    pub(crate) fn options(self) -> &'static [Known] {
        match self {
            Self::DomainCommand | Self::ServiceCommand => const { &[NAME, ALIAS, PUBLIC, MANUAL, CRATE] },
            Self::View | Self::Deadline => const { &[NAME, ALIAS, MANUAL, CRATE] },
            Self::DomainEvent | Self::ServiceEvent => {
                const { &[NAME, ALIAS, VERSION, PUBLIC_EVENT, MANUAL, CRATE] }
            }
            Self::Query => const { &[RESPONSE, NAME, ALIAS, PUBLIC, MANUAL, CRATE] },
            Self::AggregateState | Self::SagaState => const { &[MANUAL, CRATE] },
        }
    }

    /// The attributes that its fields may have.
    pub(crate) fn field_attributes(self) -> &'static [Role] {
        match self {
            Self::DomainCommand => &[Role::AggregateId],
            Self::ServiceCommand => &[Role::LockId],
            Self::View => &[Role::Id, Role::Index],
            Self::SagaState => &[Role::Association],
            _ => &[],
        }
    }
}

/// What a field is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    AggregateId,
    LockId,
    Id,
    Index,
    Association,
}

impl Role {
    pub(crate) const ALL: [Self; 5] =
        [Self::AggregateId, Self::LockId, Self::Id, Self::Index, Self::Association];

    /// The name of the field's attribute.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::AggregateId => "aggregate_id",
            Self::LockId => "lock_id",
            Self::Id => "id",
            Self::Index => "index",
            Self::Association => "association",
        }
    }

    /// The attribute of the item that it belongs to.
    pub(crate) fn belongs_to(self) -> &'static str {
        match self {
            Self::AggregateId => "domain_command",
            Self::LockId => "service_command",
            Self::Id | Self::Index => "view",
            Self::Association => "saga_state",
        }
    }
}
