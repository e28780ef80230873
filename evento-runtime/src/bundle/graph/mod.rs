//! The check of the whole interaction graph, at compile time.
//!
//! `bundle!` evaluates one constant per rule and component, so that each mistake is one error at the component that makes
//! it. A rule gives back what is wrong, and the constant itself panics with it, so that rustc points at the component and
//! not into these files. Names are compared by hash through an open-addressed table, which keeps the work linear in the
//! number of handlers.

mod deadlines;
mod fill;
mod handlers;
mod message;
mod names;
mod table;
mod twice;
mod upcasters;
mod views;

pub use self::{
    deadlines::scheduled_is_handled,
    fill::capacity,
    handlers::{one_handler, sent_is_handled},
    message::Message,
    names::{one_payload, unique_name},
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
