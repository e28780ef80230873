//! Capabilities: what a handler may do, as the types of its parameters.
//!
//! `&Commands<(A, B)>` is at once the declaration of what a handler emits, the permission to do so and an edge of the
//! graph; `&Queries`, `&Timers` and `&Views` are the same for asking, for deadlines and for read models. A capability is a view of the
//! [`Scope`] of one call, so it cannot outlive the call.

mod access;
mod commands;
mod declared;
mod queries;
mod rows;
mod scope;
mod serving;
mod timers;
mod views;
mod writes;

pub use self::{
    access::{Access, Tables},
    commands::{CommandSet, Commands, Emits, Sending},
    declared::at,
    queries::{Asking, Asks, Queries, QuerySet},
    scope::{Bus, Origin, OutgoingCommand, OutgoingQuery, Scope},
    timers::{Cancels, DeadlineSet, ScheduleError, Schedules, Scheduling, Timers},
    views::{Find, Index, Indexed, Unindexed, ViewError, Views},
};
pub(crate) use self::{
    access::{Pinned, Reading, ViewIds, Written},
    scope::seed,
    serving::{NOBODY_READS, Serving},
    timers::{TimerChange, TimerChanges},
};
