//! Payload parameters: what each kind of handler takes first.
//!
//! One trait per kind of payload gives a handler everything about its payload, so that a payload of the wrong kind is one
//! error, in the words of that kind.

use crate::{
    error::Error,
    handler::{Incoming, Invocation},
    payload::{Deadline, DomainCommand, DomainEvent, Event, PayloadMeta, Query, ServiceCommand, evolution},
};

macro_rules! handled {
    ($(
        $(#[doc = $doc:literal])+
        $handled:ident for $kind:ident $([$associated:ident = $as:ty, $what:literal])?:
            $message:literal, $label:literal, $note:literal;
    )*) => {$(
        $(#[doc = $doc])+
        #[diagnostic::on_unimplemented(message = $message, label = $label, note = $note)]
        pub trait $handled: Sized {
            $(
                #[doc = $what]
                type $associated;
            )?

            /// What is known of the payload.
            const META: &'static PayloadMeta;

            /// Stands for how the payload became what it is.
            const EVOLUTION: u64;

            /// Decodes the payload anew, for a handler that owns it.
            ///
            /// # Errors
            /// [`DecodeError`](crate::payload::DecodeError).
            fn take(invocation: &Invocation<'_>) -> Result<Self, Error>;

            /// Lends the payload, for a handler that borrows it.
            ///
            /// # Errors
            /// [`DecodeError`](crate::payload::DecodeError).
            fn lend<'i>(invocation: &Invocation<'i>) -> Result<&'i Self, Error>;

            /// Lends the payload to whoever looks at the message before a handler is called.
            ///
            /// # Errors
            /// [`DecodeError`](crate::payload::DecodeError).
            fn read<'e>(incoming: &'e Incoming<'_>) -> Result<&'e Self, Error>;
        }

        #[diagnostic::do_not_recommend]
        impl<P: $kind> $handled for P {
            $(type $associated = $as;)?
            const META: &'static PayloadMeta = &P::META;
            const EVOLUTION: u64 = evolution(P::META.version, P::UPCASTERS);

            fn take(invocation: &Invocation<'_>) -> Result<Self, Error> {
                invocation.payload()
            }

            fn lend<'i>(invocation: &Invocation<'i>) -> Result<&'i Self, Error> {
                invocation.payload_ref()
            }

            fn read<'e>(incoming: &'e Incoming<'_>) -> Result<&'e Self, Error> {
                incoming.decoded()
            }
        }
    )*};
}

handled! {
    /// What a command handler of an aggregate takes first.
    HandledDomainCommand for DomainCommand:
        "`{Self}` is not a domain command",
        "an aggregate handles domain commands",
        "add `#[domain_command]` to `{Self}`; a service command belongs in a `#[service]`";
    /// What an event-sourcing handler takes first.
    SourcedEvent for DomainEvent:
        "`{Self}` is not a domain event",
        "an aggregate is made of domain events",
        "add `#[domain_event]` to `{Self}`; what a service emits is handled by a projector, an observer or a saga";
    /// What a command handler of a service takes first.
    HandledServiceCommand for ServiceCommand:
        "`{Self}` is not a service command",
        "a service handles service commands",
        "add `#[service_command]` to `{Self}`; a domain command belongs in an `#[aggregate]`";
    /// What an event handler takes first.
    HandledEvent for Event:
        "`{Self}` is not an event",
        "this handler takes a domain event or a service event",
        "add `#[domain_event]` or `#[service_event]` to `{Self}`";
    /// What a deadline handler takes first.
    HandledDeadline for Deadline:
        "`{Self}` is not a deadline",
        "this handler takes what a handler of the saga has scheduled",
        "add `#[deadline]` to `{Self}`; an event is handled by a `#[saga_event_handler]`";
    /// What a query handler takes first.
    HandledQuery for Query [Response = P::Response, "The answer that the query declares."]:
        "`{Self}` is not a query",
        "a query handler takes a query",
        "add `#[query(response = ..)]` to `{Self}`";
}
