//! Parameters: what a handler may take, by role and type.
//!
//! Each type knows once how it is taken out of a call ([`Inject`]); the table at the end of this file says which role may
//! have it. There is one trait per role, so that a parameter that the role does not have is refused in its own words.

use crate::{
    capability::{CommandSet, Commands, DeadlineSet, Queries, QuerySet, Tables, Timers, Views},
    error::Error,
    handler::{Invocation, ReplayStatus, Uses},
    message::{CommandId, CommandMessage, EventMessage, Metadata, Position, QueryMessage, Timestamp},
    payload::View,
};

/// How a type is taken out of a call.
trait Inject<'i>: Sized {
    const USES: Uses;
    fn inject(invocation: &mut Invocation<'i>) -> Result<Self, Error>;
}

macro_rules! inject {
    ($([$($generics:tt)*] $type:ty, $uses:expr, |$invocation:ident| $take:expr;)*) => {$(
        impl<'i, $($generics)*> Inject<'i> for $type {
            const USES: Uses = $uses;

            fn inject($invocation: &mut Invocation<'i>) -> Result<Self, Error> {
                $take
            }
        }
    )*};
}

inject! {
    [S: CommandSet] &'i Commands<S>, Uses::Commands(S::COMMANDS), |invocation| Ok(Commands::of(invocation.scope()?));
    [S: QuerySet] &'i Queries<S>, Uses::Queries(S::QUERIES), |invocation| Ok(Queries::of(invocation.scope()?));
    [S: DeadlineSet] &'i Timers<S>, Uses::Timers(S::DEADLINES), |invocation| Ok(Timers::of(invocation.scope()?));
    [V: View] &'i Views<V>, Uses::View(&V::META), |invocation| Ok(Views::of(invocation.share_access()?));
    [] &'i Tables, Uses::Tables, |invocation| invocation.tables();
    [] &'i Metadata, Uses::Message, |invocation| invocation.metadata();
    [] Timestamp, Uses::Message, |invocation| invocation.timestamp();
    [] &'i CommandMessage, Uses::Message, |invocation| invocation.command();
    [] CommandId, Uses::Message, |invocation| Ok(invocation.command()?.id);
    [] &'i EventMessage, Uses::Message, |invocation| invocation.event();
    [] Position, Uses::Message, |invocation| invocation.position();
    [] ReplayStatus, Uses::Message, |invocation| Ok(invocation.replay_status());
    [] &'i QueryMessage, Uses::Message, |invocation| invocation.query();
}

#[cfg(feature = "sqlite")]
inject! {
    [] &'i mut sqlx::SqliteConnection,
        Uses::Connection(crate::handler::ConnectionType {
            type_id: std::any::TypeId::of::<sqlx::SqliteConnection>,
            name: "SqliteConnection",
        }),
        |invocation| invocation.take_connection("SqliteConnection");
}

#[cfg(feature = "postgres")]
inject! {
    [] &'i mut sqlx::PgConnection,
        Uses::Connection(crate::handler::ConnectionType {
            type_id: std::any::TypeId::of::<sqlx::PgConnection>,
            name: "PgConnection",
        }),
        |invocation| invocation.take_connection("PgConnection");
}

#[cfg(feature = "mysql")]
inject! {
    [] &'i mut sqlx::MySqlConnection,
        Uses::Connection(crate::handler::ConnectionType {
            type_id: std::any::TypeId::of::<sqlx::MySqlConnection>,
            name: "MySqlConnection",
        }),
        |invocation| invocation.take_connection("MySqlConnection");
}

macro_rules! roles {
    ($(
        $(#[doc = $doc:literal])+
        $role:ident: $message:literal, $label:literal;
    )*) => {$(
        $(#[doc = $doc])+
        #[diagnostic::on_unimplemented(message = $message, label = "not available here", note = $label)]
        pub trait $role<'i>: Sized {
            /// What the parameter is and allows.
            const USES: Uses;

            /// Takes the parameter out of a call.
            ///
            /// # Errors
            /// When the call does not have it.
            fn take(invocation: &mut Invocation<'i>) -> Result<Self, Error>;
        }
    )*};
}

roles! {
    /// What a command handler of an aggregate may take after the command.
    AggregateCommandParam:
        "an aggregate's command handler cannot take `{Self}`",
        "deciding is pure: after the command it may take `&Metadata`, `Timestamp` and `&CommandMessage`";
    /// What an event-sourcing handler may take after the event.
    EventSourcingParam:
        "an event-sourcing handler cannot take `{Self}`",
        "replay is pure: after the event it may take what belongs to the event: `&Metadata`, `Timestamp` and `&EventMessage`";
    /// What a command handler of a service may take after the command.
    ServiceParam:
        "a service's command handler cannot take `{Self}`",
        "after the command it may take `&Commands<(..)>` of commands, `&Queries<(..)>` of queries, `CommandId`, `&Metadata`, `Timestamp` and `&CommandMessage`; anything else comes through `#[inject]`";
    /// What an event handler of a projector may take after the event.
    ProjectorParam:
        "a projector's event handler cannot take `{Self}`",
        "after the event it may take `&Views<..>` of a view or its store's connection (`&mut SqliteConnection`) with `&Tables`, `&Queries<(..)>` of queries, `&EventMessage`, `&Metadata`, `Timestamp`, `Position` and `ReplayStatus`; a projector sends no commands: that is what an observer or a saga is for";
    /// What an event handler of an observer may take after the event.
    ObserverParam:
        "an observer's event handler cannot take `{Self}`",
        "after the event it may take `&Commands<(..)>` of commands, `&Queries<(..)>` of queries, `&EventMessage`, `&Metadata`, `Timestamp`, `Position` and `ReplayStatus`; read models are written by a projector and read by asking a query; what waits for a deadline is a saga";
    /// What an event handler of a saga may take after the event.
    SagaParam:
        "a saga's event handler cannot take `{Self}`",
        "after the event it may take `&Commands<(..)>` of commands, `&Queries<(..)>` of queries, `&Timers<(..)>` of deadlines, `&EventMessage`, `&Metadata`, `Timestamp`, `Position` and `ReplayStatus`; read models are written by a projector and read by asking a query";
    /// What a deadline handler of a saga may take after the deadline.
    SagaDeadlineParam:
        "a saga's deadline handler cannot take `{Self}`",
        "after the deadline it may take `&Commands<(..)>` of commands, `&Queries<(..)>` of queries, `&Timers<(..)>` of deadlines, `&Metadata` of what scheduled it, and as `Timestamp` the time at which it was due";
    /// What a query handler of a projection may take after the query.
    ProjectionParam:
        "a projection's query handler cannot take `{Self}`",
        "after the query it may take `&Views<..>` of a view or its store's connection (`&mut SqliteConnection`) with `&Tables`, `&Queries<(..)>` of queries, `&QueryMessage` and `&Metadata`; answering changes nothing, so it sends no commands";
    /// What an invocation handler may have injected.
    InvokerParam:
        "an invocation handler cannot be given `{Self}`",
        "every parameter behind `&` is injected: `&Commands<(..)>` of commands, `&Queries<(..)>` of queries and `&Metadata`; what the caller passes is owned, so take `String` and not `&str`";
    /// What the setup of a projector may take.
    SetupParam:
        "a projector's setup cannot take `{Self}`",
        "it may take its store's connection (`&mut SqliteConnection`) and `&Tables`";
}

/// The table: which role may have which parameter.
macro_rules! table {
    ($($generics:tt $type:ty => $($role:ident)+;)*) => { $($(table!(@row $generics $type, $role);)+)* };
    (@row [$($generics:tt)*] $type:ty, $role:ident) => {
        #[diagnostic::do_not_recommend]
        impl<'i, $($generics)*> $role<'i> for $type {
            const USES: Uses = <Self as Inject<'i>>::USES;

            fn take(invocation: &mut Invocation<'i>) -> Result<Self, Error> {
                Self::inject(invocation)
            }
        }
    };
}

table! {
    [S: CommandSet] &'i Commands<S> => ServiceParam ObserverParam SagaParam SagaDeadlineParam InvokerParam;
    [S: QuerySet] &'i Queries<S> => ServiceParam ProjectorParam ObserverParam SagaParam SagaDeadlineParam ProjectionParam InvokerParam;
    [S: DeadlineSet] &'i Timers<S> => SagaParam SagaDeadlineParam;
    [V: View] &'i Views<V> => ProjectorParam ProjectionParam;
    [] &'i Tables => ProjectorParam ProjectionParam SetupParam;
    [] &'i Metadata => AggregateCommandParam EventSourcingParam ServiceParam ProjectorParam ObserverParam SagaParam SagaDeadlineParam ProjectionParam InvokerParam;
    [] Timestamp => AggregateCommandParam EventSourcingParam ServiceParam ProjectorParam ObserverParam SagaParam SagaDeadlineParam;
    [] &'i CommandMessage => AggregateCommandParam ServiceParam;
    [] CommandId => ServiceParam;
    [] &'i EventMessage => EventSourcingParam ProjectorParam ObserverParam SagaParam;
    [] Position => ProjectorParam ObserverParam SagaParam;
    [] ReplayStatus => ProjectorParam ObserverParam SagaParam;
    [] &'i QueryMessage => ProjectionParam;
}

#[cfg(feature = "sqlite")]
table! {
    [] &'i mut sqlx::SqliteConnection => ProjectorParam ProjectionParam SetupParam;
}

#[cfg(feature = "postgres")]
table! {
    [] &'i mut sqlx::PgConnection => ProjectorParam ProjectionParam SetupParam;
}

#[cfg(feature = "mysql")]
table! {
    [] &'i mut sqlx::MySqlConnection => ProjectorParam ProjectionParam SetupParam;
}
