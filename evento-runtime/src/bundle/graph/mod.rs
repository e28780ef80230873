//! The check of the whole interaction graph, at compile time.
//!
//! `bundle!` evaluates one constant per rule and component, so that each mistake is one error at the component that makes
//! it. A rule gives back what is wrong, and the constant itself panics with it, so that rustc points at the component and
//! not into these files. Names are compared by hash through an open-addressed table, which keeps the work linear in the
//! number of handlers, and each payload brings the hash of its stored name along. The table is one constant behind a reference,
//! so that a rule looks into it and does not copy it.

mod deadlines;
mod denied;
mod fill;
mod handlers;
#[cfg(test)]
mod large;
mod message;
mod names;
mod remote;
mod table;
mod twice;
mod upcasters;
mod views;

pub use self::{
    deadlines::scheduled_is_handled,
    denied::{unasked_query, unconsumed_event, unscheduled_deadline, unsent_command},
    fill::capacity,
    handlers::{one_handler, sent_is_handled},
    message::Message,
    names::{one_payload, unique_name},
    remote::handled_elsewhere,
    table::Graph,
    twice::handled_twice,
    upcasters::{missing_upcasters, second_from_one_version, version_that_never_was},
    views::{one_writer, read_is_written, reads_a_member},
};

use crate::component::HandlerKind;

/// Whether a handler of this kind is the only one for its payload.
const fn answers(kind: HandlerKind) -> bool {
    matches!(kind, HandlerKind::AggregateCommand | HandlerKind::Command | HandlerKind::Query)
}
