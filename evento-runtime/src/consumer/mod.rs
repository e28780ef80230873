//! Consumers: projectors, observers and sagas read the log and remember how far they have come.
//!
//! One task per consumer. While its process has the lease, it reads what passes its filter in batches, handles it, and moves its
//! checkpoint in the transaction that holds the effects. What fails is repeated, and put aside when repeating does not help.
//! One more task keeps the leases of the process.

mod adopt;
mod audit;
mod build;
mod failure;
mod fetch;
mod lease;
mod life;
mod measure;
mod observe;
mod ownership;
mod project;
mod rate;
mod react;
mod report;
mod run;
mod saga;
mod setup;
mod share;
mod spec;
mod status;
mod timers;
mod trouble;

pub(crate) use self::{
    adopt::check_versions,
    build::introduce_versions,
    ownership::{Looking, Ownership},
    report::told,
    run::ConsumerTask,
    setup::create,
    spec::{ConsumerOptions, ConsumerSpec},
    status::Progress,
};
pub use self::{
    adopt::{LiveVersion, VersionError},
    setup::SetupError,
    status::{ConsumerState, ConsumerStatus, Rebuild, VersionState, VersionStatus},
};
