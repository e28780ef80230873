//! What is known of a name, and what that says about the bundle.

use crate::component::{ComponentKind, HandlerKind};

/// What is known of a name, as bits.
pub(super) type Marks = u32;

/// What may be known of a name. Macros and not constants: the compiler looks up every constant that a function names whenever it calls the
/// function.
macro_rules! mark {
    // A component or a payload has this name, now or before, whatever else is known of it.
    (TAKEN) => {
        0x1
    };
    // Two components, or two payloads, have it.
    (SHARED) => {
        0x2
    };
    // A command is handled.
    (COMMAND) => {
        0x4
    };
    // A query is handled.
    (QUERY) => {
        0x8
    };
    // A view is written.
    (WRITTEN) => {
        0x10
    };
    // Two components handle the command or query, or write the view.
    (DISPUTED) => {
        0x20
    };
    // Another bundle handles the command or query.
    (REMOTE) => {
        0x40
    };
    // A command is sent.
    (SENT) => {
        0x80
    };
    // A query is asked.
    (ASKED) => {
        0x100
    };
    // A view is read.
    (READ) => {
        0x200
    };
    // An event is decided or emitted.
    (DECIDED) => {
        0x400
    };
    // An event is handled by a consumer.
    (CONSUMED) => {
        0x800
    };
    // A deadline is scheduled.
    (SCHEDULED) => {
        0x1000
    };
    // A deadline is handled.
    (DEADLINE) => {
        0x2000
    };
    // What only one component does with a name.
    (OWNED) => {
        mark!(COMMAND) | mark!(QUERY) | mark!(WRITTEN)
    };
    // What the first component is remembered for.
    (FIRST) => {
        mark!(OWNED) | mark!(DECIDED)
    };
    // A command or query is handled in this bundle.
    (ANSWERED) => {
        mark!(COMMAND) | mark!(QUERY)
    };
    // A command or query is handled somewhere.
    (HANDLED) => {
        mark!(ANSWERED) | mark!(REMOTE)
    };
    // A command or query is sent that nobody handles.
    (UNHANDLED) => {
        0x4000
    };
    // Another bundle is said to handle what this one handles.
    (HANDLED_HERE) => {
        0x8000
    };
    // A view is read that nobody writes.
    (UNWRITTEN) => {
        0x10000
    };
    // An event is decided that nobody handles.
    (UNCONSUMED) => {
        0x20000
    };
    // A command is handled that nobody sends.
    (UNSENT) => {
        0x40000
    };
    // A query is handled that nobody asks.
    (UNASKED) => {
        0x80000
    };
    // A deadline is handled that nobody schedules.
    (UNSCHEDULED) => {
        0x100000
    };
}
pub(super) use mark;

/// What a handler of this kind does with its payload.
pub(super) const fn of_handler(kind: HandlerKind) -> Marks {
    match kind {
        HandlerKind::AggregateCommand | HandlerKind::Command => mark!(COMMAND),
        HandlerKind::Query => mark!(QUERY),
        HandlerKind::Event | HandlerKind::SagaEvent => mark!(CONSUMED),
        HandlerKind::SagaDeadline => mark!(DEADLINE),
        HandlerKind::EventSourcing | HandlerKind::Invocation | HandlerKind::Setup => mark!(TAKEN),
    }
}

/// What a component of this kind does with a view that a handler takes.
pub(super) const fn of_view(kind: ComponentKind) -> Marks {
    match kind {
        ComponentKind::Projector => mark!(WRITTEN),
        ComponentKind::Projection => mark!(READ),
        _ => mark!(TAKEN),
    }
}

/// What is known of a name, with what is wrong about it, or would be where it is denied.
pub(super) const fn judged(marks: Marks) -> Marks {
    let mut judged = marks;
    if marks & (mark!(SENT) | mark!(ASKED)) != 0 && marks & mark!(HANDLED) == 0 {
        judged |= mark!(UNHANDLED);
    }
    if marks & mark!(REMOTE) != 0 && marks & mark!(ANSWERED) != 0 {
        judged |= mark!(HANDLED_HERE);
    }
    if marks & mark!(READ) != 0 && marks & mark!(WRITTEN) == 0 {
        judged |= mark!(UNWRITTEN);
    }
    if marks & mark!(DECIDED) != 0 && marks & mark!(CONSUMED) == 0 {
        judged |= mark!(UNCONSUMED);
    }
    if marks & mark!(COMMAND) != 0 && marks & mark!(SENT) == 0 {
        judged |= mark!(UNSENT);
    }
    if marks & mark!(QUERY) != 0 && marks & mark!(ASKED) == 0 {
        judged |= mark!(UNASKED);
    }
    if marks & mark!(DEADLINE) != 0 && marks & mark!(SCHEDULED) == 0 {
        judged |= mark!(UNSCHEDULED);
    }
    judged
}
