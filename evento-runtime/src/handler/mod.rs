//! Handlers, type-erased: how the runtime calls a method of the user without knowing its types.
//!
//! The macros emit, per handler, one closure that takes the parameters out of an [`Invocation`] and calls the method.
//! Everything else (retries, transactions, tracing, panics) stands once, behind it.

mod association;
mod call;
mod decision;
mod fail;
mod invocation;
mod param;
mod payload;
mod returns;
mod run;
mod upcast;
mod uses;

pub use self::{
    association::{AssociationValue, FieldOf, Optional, Plain, field_of},
    decision::{Begins, Decided, Decision, Effects, NewEvent, NewEvents, Sources, Starts},
    fail::HandlerError,
    invocation::{Incoming, Instance, Invocation, MessageRef, ReplayStatus, StateSlot},
    param::{
        AggregateCommandParam, EventSourcingParam, InvokerParam, ObserverParam, ProjectionParam,
        ProjectorParam, SagaDeadlineParam, SagaParam, ServiceParam, SetupParam,
    },
    payload::{
        HandledDeadline, HandledDomainCommand, HandledEvent, HandledQuery, HandledServiceCommand,
        SourcedEvent,
    },
    returns::{
        Answers, EndsSaga, EventReturn, Fallible, HandlerOwner, Plainly, SagaStart, Unsaid, converted, state,
    },
    run::{HandlerResult, Outcome, Run, Started},
    upcast::{UpcastParam, UpcastReturn},
    uses::{ConnectionType, Uses},
};
pub(crate) use self::{
    call::{CallFailure, call_alone, call_sync},
    invocation::{AccessSlot, StateAccess},
};
