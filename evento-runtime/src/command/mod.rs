//! Handling commands: aggregates decide, services act, and the ledger remembers how it ended.

mod aggregates;
mod attempt;
mod cache;
mod decide;
mod ledger;
mod load;
mod queue;
mod services;
mod sourcing;
mod task;

pub(crate) use self::{
    aggregates::{AggregateOptions, Aggregates},
    services::Services,
    task::Task,
};
#[cfg(feature = "testing")]
pub(crate) use self::{
    decide::{cannot_apply, decide},
    sourcing::{Loaded, apply},
};
