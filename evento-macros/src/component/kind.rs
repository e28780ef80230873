//! The kinds of components and the attributes of their methods.

use crate::options::{CRATE, Known, Shape, known};

/// What an attribute makes of an `impl` block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Aggregate,
    Service,
    Projector,
    Projection,
    Observer,
    Saga,
    Invoker,
}

const NAME: Known = known("name", Shape::Text, r#"name = "stored.name""#);
const VERSION: Known = known("version", Shape::Number, "version = 1");
const SNAPSHOT_EVERY: Known = known("snapshot_every", Shape::Number, "snapshot_every = 100");
const SNAPSHOT_VERSION: Known = known("snapshot_version", Shape::Number, "snapshot_version = 1");
const READS: Known = known("reads", Shape::List, "reads(SomeProjector)");
const RETRY: Known = known("retry", Shape::Number, "retry = 5");
const RETRY_DELAY: Known = known("retry_delay", Shape::Number, "retry_delay = 100");
const EXECUTOR: Known = known("executor", Shape::Text, r#"executor = "mail""#);
/// The same where it is not allowed, which the check says in words of its own.
const NO_EXECUTOR: Known = Known { offered: false, ..EXECUTOR };
const STRICT: Known = known("strict", Shape::Flag, "strict");
const ADOPTS: Known = known("adopts", Shape::Number, "adopts = 1");
const ASSOCIATION: Known =
    known("association", Shape::TextOrList, r#"association = "field"` or `association(field = event.path)"#);

impl Kind {
    pub(crate) const ALL: [Self; 7] = [
        Self::Aggregate,
        Self::Service,
        Self::Projector,
        Self::Projection,
        Self::Observer,
        Self::Saga,
        Self::Invoker,
    ];

    /// The name of the attribute.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Aggregate => "aggregate",
            Self::Service => "service",
            Self::Projector => "projector",
            Self::Projection => "projection",
            Self::Observer => "observer",
            Self::Saga => "saga",
            Self::Invoker => "invoker",
        }
    }

    /// How it is called in a sentence.
    pub(crate) fn noun(self) -> String {
        let article =
            if matches!(self, Self::Aggregate | Self::Observer | Self::Invoker) { "an" } else { "a" };
        format!("{article} {}", self.attribute())
    }

    /// The options of the attribute.
    pub(crate) fn options(self) -> &'static [Known] {
        match self {
            Self::Aggregate => const { &[SNAPSHOT_EVERY, SNAPSHOT_VERSION, NAME, CRATE] },
            Self::Service | Self::Invoker => const { &[NAME, CRATE] },
            Self::Projection => const { &[READS, NAME, CRATE] },
            Self::Projector | Self::Observer => const { &[VERSION, NAME, CRATE] },
            Self::Saga => const { &[VERSION, ADOPTS, STRICT, NAME, CRATE] },
        }
    }

    /// Whether its components read the log.
    pub(crate) fn is_consumer(self) -> bool {
        matches!(self, Self::Projector | Self::Observer | Self::Saga)
    }

    /// Whether `self` is a state that lives and dies, and not an instance that is built once.
    pub(crate) fn has_lives(self) -> bool {
        matches!(self, Self::Aggregate | Self::Saga)
    }

    /// The attributes of its handlers.
    pub(crate) fn handlers(self) -> &'static [Method] {
        match self {
            Self::Aggregate => &[Method::AggregateCommandHandler, Method::EventSourcingHandler],
            Self::Service => &[Method::CommandHandler],
            Self::Projector | Self::Observer => &[Method::EventHandler],
            Self::Projection => &[Method::QueryHandler],
            Self::Saga => &[Method::SagaEventHandler, Method::SagaDeadlineHandler],
            Self::Invoker => &[Method::InvocationHandler],
        }
    }

    /// The attributes of its methods.
    pub(crate) fn methods(self) -> Vec<Method> {
        let mut methods = self.handlers().to_vec();
        if !self.has_lives() {
            methods.push(Method::Inject);
        }
        if self == Self::Projector {
            methods.push(Method::Setup);
        }
        methods
    }
}

/// An attribute of a method of a component.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    AggregateCommandHandler,
    EventSourcingHandler,
    CommandHandler,
    EventHandler,
    SagaEventHandler,
    SagaDeadlineHandler,
    QueryHandler,
    InvocationHandler,
    Inject,
    Setup,
}

impl Method {
    pub(crate) const ALL: [Self; 10] = [
        Self::AggregateCommandHandler,
        Self::EventSourcingHandler,
        Self::CommandHandler,
        Self::EventHandler,
        Self::SagaEventHandler,
        Self::SagaDeadlineHandler,
        Self::QueryHandler,
        Self::InvocationHandler,
        Self::Inject,
        Self::Setup,
    ];

    /// The name of the attribute.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::AggregateCommandHandler => "aggregate_command_handler",
            Self::EventSourcingHandler => "event_sourcing_handler",
            Self::CommandHandler => "command_handler",
            Self::EventHandler => "event_handler",
            Self::SagaEventHandler => "saga_event_handler",
            Self::SagaDeadlineHandler => "saga_deadline_handler",
            Self::QueryHandler => "query_handler",
            Self::InvocationHandler => "invocation_handler",
            Self::Inject => "inject",
            Self::Setup => "setup",
        }
    }

    /// The options of the attribute.
    pub(crate) fn options(self) -> &'static [Known] {
        match self {
            Self::EventHandler => const { &[RETRY, RETRY_DELAY, EXECUTOR] },
            Self::SagaDeadlineHandler => const { &[RETRY, RETRY_DELAY, NO_EXECUTOR] },
            Self::SagaEventHandler => const { &[ASSOCIATION, RETRY, RETRY_DELAY, NO_EXECUTOR] },
            _ => &[],
        }
    }

    /// What its first parameter is, in a sentence.
    pub(crate) fn payload(self) -> Option<&'static str> {
        match self {
            Self::AggregateCommandHandler => Some("domain command"),
            Self::EventSourcingHandler => Some("domain event"),
            Self::CommandHandler => Some("service command"),
            Self::EventHandler | Self::SagaEventHandler => Some("event"),
            Self::SagaDeadlineHandler => Some("deadline"),
            Self::QueryHandler => Some("query"),
            Self::InvocationHandler | Self::Inject | Self::Setup => None,
        }
    }

    /// The components that it belongs in, in a sentence.
    pub(crate) fn belongs_in(self) -> &'static str {
        match self {
            Self::AggregateCommandHandler | Self::EventSourcingHandler => "an `#[aggregate]` impl",
            Self::CommandHandler => "a `#[service]` impl",
            Self::EventHandler => "a `#[projector]` or `#[observer]` impl",
            Self::SagaEventHandler | Self::SagaDeadlineHandler => "a `#[saga]` impl",
            Self::QueryHandler => "a `#[projection]` impl",
            Self::InvocationHandler => "an `#[invoker]` impl",
            Self::Inject => {
                "a `#[service]`, `#[projector]`, `#[projection]`, `#[observer]` or `#[invoker]` impl"
            }
            Self::Setup => "a `#[projector]` impl",
        }
    }
}

impl Kind {
    /// A name of such a component, for examples in messages.
    pub(crate) fn example(self) -> &'static str {
        match self {
            Self::Aggregate => "Order",
            Self::Service => "Mailer",
            Self::Projector => "OrderProjector",
            Self::Projection => "OrderProjection",
            Self::Observer => "OrderObserver",
            Self::Saga => "OrderSaga",
            Self::Invoker => "OrderApi",
        }
    }
}
