//! Payloads: the data of commands, events, queries and views, and what is known of each type at compile time.

mod decode;
mod key;
mod meta;
pub mod shape;
mod upcast;

pub(crate) use self::meta::same;
pub use self::{
    decode::{DecodeError, decode},
    key::Key,
    meta::{FieldMeta, FieldRole, PayloadKey, PayloadKind, PayloadMeta, SourceLocation, hash},
    upcast::{Evolves, NoUpcasters, Upcaster, UpcastersOf, Upcasts, evolution, with_evolutions},
};

use serde::{Serialize, de::DeserializeOwned};

/// Data that travels or is stored. Implemented by the payload attributes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a payload",
    label = "not a payload",
    note = "put one of `#[domain_command]`, `#[service_command]`, `#[domain_event]`, `#[service_event]`, `#[query]`, `#[view]`, `#[deadline]` on `{Self}`"
)]
pub trait Payload: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What is known of the type.
    const META: PayloadMeta;

    /// What brings events of earlier versions to the present one: one step for each. None for what has always been as it is.
    const UPCASTERS: &'static [Upcaster] = &[];
}

/// A command for an aggregate. Implemented by `#[domain_command]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a domain command",
    label = "an aggregate handles domain commands",
    note = "add `#[domain_command]` to `{Self}`; a service command belongs in a `#[service]`"
)]
pub trait DomainCommand: Command {
    /// The id of the aggregate that is to decide, as text.
    fn aggregate_id(&self) -> String;
}

/// A command for a service. Implemented by `#[service_command]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a service command",
    label = "a service handles service commands",
    note = "add `#[service_command]` to `{Self}`; a domain command belongs in an `#[aggregate]`"
)]
pub trait ServiceCommand: Command {
    /// The value by which handling is serialised, as text; `None` without a `#[lock_id]` field.
    fn lock_id(&self) -> Option<String>;
}

/// A domain or service command: what `Commands` can send.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command",
    label = "only commands are sent",
    note = "add `#[domain_command]` or `#[service_command]` to `{Self}`"
)]
pub trait Command: Payload {
    /// The text by which the command finds its aggregate or its lock: the aggregate's id of a domain command, the lock id
    /// of a service command.
    fn target(&self) -> Option<String>;
}

/// An event that aggregates decide. Implemented by `#[domain_event]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a domain event",
    label = "aggregates decide and source domain events",
    note = "add `#[domain_event]` to `{Self}`"
)]
pub trait DomainEvent: Event {}

/// An event that services emit. Implemented by `#[service_event]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a service event",
    label = "services emit service events",
    note = "add `#[service_event]` to `{Self}`"
)]
pub trait ServiceEvent: Event {}

/// A domain or service event: what consumers handle.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "this handler takes a domain event or a service event",
    note = "add `#[domain_event]` or `#[service_event]` to `{Self}`"
)]
pub trait Event: Payload {}

/// A question with a typed answer. Implemented by `#[query]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a query",
    label = "a query handler takes a query",
    note = "add `#[query(response = ..)]` to `{Self}`"
)]
pub trait Query: Payload {
    /// The type of the answer.
    type Response: Serialize + DeserializeOwned + Send + 'static;
}

/// A row of a read model. Implemented by `#[view]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a view",
    label = "not a view",
    note = "add `#[view]` to `{Self}` and `#[id]` to one of its fields"
)]
pub trait View: Payload {
    /// The identity of the row, as text.
    fn view_id(&self) -> String;

    /// The indexed fields with their values as text.
    fn indexes(&self) -> Vec<(&'static str, String)>;
}

/// What a saga waits for until a time. Implemented by `#[deadline]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a deadline",
    label = "only deadlines are scheduled, and handled when they are due",
    note = "add `#[deadline]` to `{Self}`"
)]
pub trait Deadline: Payload {}

/// The state of an aggregate. Implemented by `#[aggregate_state]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the state of an aggregate",
    label = "the struct behind an `#[aggregate]` needs `#[aggregate_state]`",
    note = "add `#[aggregate_state]` to `{Self}`"
)]
pub trait AggregateState: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Stands for the definition of the type, so that a snapshot of another definition is not used.
    const DEFINITION_HASH: u64;

    /// The state by its `Debug`, with which tests compare what JSON may leave out; `None` where `manual(Debug)` leaves that to the user.
    fn debug(&self) -> Option<String> {
        None
    }
}

/// The state of a saga. Implemented by `#[saga_state]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the state of a saga",
    label = "the struct behind a `#[saga]` needs `#[saga_state]`",
    note = "add `#[saga_state]` to `{Self}`"
)]
pub trait SagaState: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The fields by which events find the saga.
    const ASSOCIATIONS: &'static [&'static str];

    /// What is known of its JSON.
    const WIRE: shape::Wire = shape::Wire::UNKNOWN;

    /// Those fields with their values as text.
    fn associations(&self) -> Vec<(&'static str, String)>;
}
