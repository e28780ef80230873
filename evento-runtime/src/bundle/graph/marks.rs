//! What is known of a name, and what that says about the bundle.

use crate::component::{ComponentKind, HandlerKind};

/// What is known of a name, as bits.
pub(super) type Marks = u32;

/// A component or a payload has this name, now or before, whatever else is known of it.
pub(super) const TAKEN: Marks = 1;
/// Two components, or two payloads, have it.
pub(super) const SHARED: Marks = 1 << 1;
/// A command is handled.
pub(super) const COMMAND: Marks = 1 << 2;
/// A query is handled.
pub(super) const QUERY: Marks = 1 << 3;
/// A view is written.
pub(super) const WRITTEN: Marks = 1 << 4;
/// Two components handle the command or query, or write the view.
pub(super) const DISPUTED: Marks = 1 << 5;
/// Another bundle handles the command or query.
pub(super) const REMOTE: Marks = 1 << 6;
/// A command is sent.
pub(super) const SENT: Marks = 1 << 7;
/// A query is asked.
pub(super) const ASKED: Marks = 1 << 8;
/// A view is read.
pub(super) const READ: Marks = 1 << 9;
/// An event is decided or emitted.
pub(super) const DECIDED: Marks = 1 << 10;
/// An event is handled by a consumer.
pub(super) const CONSUMED: Marks = 1 << 11;
/// A deadline is scheduled.
pub(super) const SCHEDULED: Marks = 1 << 12;
/// A deadline is handled.
pub(super) const DEADLINE: Marks = 1 << 13;

/// What only one component does with a name.
pub(super) const OWNED: Marks = COMMAND | QUERY | WRITTEN;
/// What the first component is remembered for.
pub(super) const FIRST: Marks = OWNED | DECIDED;
/// A command or query is handled in this bundle.
pub(super) const ANSWERED: Marks = COMMAND | QUERY;
/// A command or query is handled somewhere.
pub(super) const HANDLED: Marks = ANSWERED | REMOTE;

/// What a handler of this kind does with its payload.
pub(super) const fn of_handler(kind: HandlerKind) -> Marks {
    match kind {
        HandlerKind::AggregateCommand | HandlerKind::Command => COMMAND,
        HandlerKind::Query => QUERY,
        HandlerKind::Event | HandlerKind::SagaEvent => CONSUMED,
        HandlerKind::SagaDeadline => DEADLINE,
        HandlerKind::EventSourcing | HandlerKind::Invocation | HandlerKind::Setup => TAKEN,
    }
}

/// What a component of this kind does with a view that a handler takes.
pub(super) const fn of_view(kind: ComponentKind) -> Marks {
    match kind {
        ComponentKind::Projector => WRITTEN,
        ComponentKind::Projection => READ,
        _ => TAKEN,
    }
}

/// A command or query is sent that nobody handles.
pub(super) const UNHANDLED: Marks = 1 << 14;
/// Another bundle is said to handle what this one handles.
pub(super) const HANDLED_HERE: Marks = 1 << 15;
/// A view is read that nobody writes.
pub(super) const UNWRITTEN: Marks = 1 << 16;
/// An event is decided that nobody handles.
pub(super) const UNCONSUMED: Marks = 1 << 17;
/// A command is handled that nobody sends.
pub(super) const UNSENT: Marks = 1 << 18;
/// A query is handled that nobody asks.
pub(super) const UNASKED: Marks = 1 << 19;
/// A deadline is handled that nobody schedules.
pub(super) const UNSCHEDULED: Marks = 1 << 20;

/// What is known of a name, with what is wrong about it, or would be where it is denied.
pub(super) const fn judged(marks: Marks) -> Marks {
    let mut judged = marks;
    if marks & (SENT | ASKED) != 0 && marks & HANDLED == 0 {
        judged |= UNHANDLED;
    }
    if marks & REMOTE != 0 && marks & ANSWERED != 0 {
        judged |= HANDLED_HERE;
    }
    if marks & READ != 0 && marks & WRITTEN == 0 {
        judged |= UNWRITTEN;
    }
    if marks & DECIDED != 0 && marks & CONSUMED == 0 {
        judged |= UNCONSUMED;
    }
    if marks & COMMAND != 0 && marks & SENT == 0 {
        judged |= UNSENT;
    }
    if marks & QUERY != 0 && marks & ASKED == 0 {
        judged |= UNASKED;
    }
    if marks & DEADLINE != 0 && marks & SCHEDULED == 0 {
        judged |= UNSCHEDULED;
    }
    judged
}
