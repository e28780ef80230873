//! What is in the file.

use crate::payload::{PayloadKind, shape::Form};

/// The format that is written. It counts up when an older reader would be misled.
pub(super) const FORMAT: u64 = 1;

/// What an entry is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    DomainEvent,
    ServiceEvent,
    SagaState,
    Deadline,
    DomainCommand,
    ServiceCommand,
    Query,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::DomainEvent,
        Self::ServiceEvent,
        Self::SagaState,
        Self::Deadline,
        Self::DomainCommand,
        Self::ServiceCommand,
        Self::Query,
    ];

    /// The word in the file, which is also that of the attribute.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::DomainEvent => "domain_event",
            Self::ServiceEvent => "service_event",
            Self::SagaState => "saga_state",
            Self::Deadline => "deadline",
            Self::DomainCommand => "domain_command",
            Self::ServiceCommand => "service_command",
            Self::Query => "query",
        }
    }

    pub(super) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The kind of a payload that is locked: all that is stored, and what others send if that is public.
    pub(super) fn of_payload(kind: PayloadKind, public: bool) -> Option<Self> {
        match kind {
            PayloadKind::DomainEvent => Some(Self::DomainEvent),
            PayloadKind::ServiceEvent => Some(Self::ServiceEvent),
            PayloadKind::Deadline => Some(Self::Deadline),
            PayloadKind::DomainCommand if public => Some(Self::DomainCommand),
            PayloadKind::ServiceCommand if public => Some(Self::ServiceCommand),
            PayloadKind::Query if public => Some(Self::Query),
            _ => None,
        }
    }

    /// How it is called in a sentence.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::DomainEvent => "domain event",
            Self::ServiceEvent => "service event",
            Self::SagaState => "state of saga",
            Self::Deadline => "deadline",
            Self::DomainCommand => "domain command",
            Self::ServiceCommand => "service command",
            Self::Query => "query",
        }
    }

    pub(super) fn is_event(self) -> bool {
        matches!(self, Self::DomainEvent | Self::ServiceEvent)
    }

    fn is_command(self) -> bool {
        matches!(self, Self::DomainCommand | Self::ServiceCommand)
    }

    /// Whether one of them may stand where the other stood: there is one set of names for both.
    pub(super) fn is_like(self, other: Self) -> bool {
        self == other || (self.is_event() && other.is_event()) || (self.is_command() && other.is_command())
    }
}

/// One version of something that is locked.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    /// The name under which it is stored.
    pub(super) name: String,
    pub(super) version: u32,
    pub(super) form: Form,
    pub(super) samples: Vec<Sample>,
}

/// JSON that must stay readable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    /// Whether a test has brought it along; otherwise it was made up.
    pub(super) given: bool,
    /// The JSON, as it was written for the first time.
    pub(super) json: String,
}

impl Entry {
    /// What it is called in messages.
    pub(super) fn subject(&self) -> String {
        subject(self.kind, &self.name, self.version)
    }

    /// The order of the file.
    pub(super) fn key(&self) -> (Kind, &str, u32) {
        (self.kind, &self.name, self.version)
    }
}

/// "domain event `OrderPlaced`, version 1"
pub(super) fn subject(kind: Kind, name: &str, version: u32) -> String {
    format!("{} `{name}`, version {version}", kind.label())
}
