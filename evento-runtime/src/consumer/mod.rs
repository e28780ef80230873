//! Consumers: projectors, observers and sagas read the log and remember how far they have come.
//!
//! One task per consumer. It claims its consumer, reads what passes its filter in batches, handles it, and moves its
//! checkpoint in the transaction that holds the effects. What fails is repeated, and put aside when repeating does not help.

mod adopt;
mod failure;
mod life;
mod observe;
mod project;
mod react;
mod run;
mod saga;
mod setup;
mod spec;
mod status;
mod timers;

pub(crate) use self::{
    adopt::check_versions,
    run::ConsumerTask,
    setup::create,
    spec::{ConsumerOptions, ConsumerSpec},
    status::Progress,
};
pub use self::{
    adopt::{LiveVersion, VersionError},
    setup::SetupError,
    status::{ConsumerState, ConsumerStatus},
};
