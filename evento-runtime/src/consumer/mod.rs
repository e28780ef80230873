//! Consumers: projectors, observers and sagas read the log and remember how far they have come.
//!
//! One task per consumer. While its process has the lease, it reads what passes its filter in batches, handles it, and moves its
//! checkpoint in the transaction that holds the effects. What fails is repeated, and put aside when repeating does not help.
//! Projectors and sagas handle one event after the other; observers, which have no transaction to be in, handle events of
//! different streams at once. One more task keeps the leases of the process.

mod adopt;
mod audit;
mod build;
mod derived;
mod executor;
mod failure;
mod fetch;
mod flight;
mod intake;
mod keys;
mod lease;
mod life;
mod measure;
mod observe;
mod ownership;
mod parked;
mod pause;
mod project;
mod rate;
mod react;
mod relive;
mod replay;
mod report;
mod request;
mod run;
mod saga;
mod setup;
mod share;
mod spec;
mod status;
mod tally;
mod timers;
mod trouble;
mod window;

pub(crate) use self::{
    adopt::check_versions,
    build::introduce_versions,
    executor::NamedExecutors,
    ownership::{Looking, Ownership},
    report::told,
    request::{Answer, Asked},
    run::ConsumerTask,
    setup::create,
    spec::{ConsumerOptions, ConsumerSpec},
    status::Progress,
};
pub use self::{
    adopt::{LiveVersion, VersionError},
    executor::ExecutorError,
    request::{ReplayCause, ReplayFailure},
    setup::SetupError,
    status::{ConsumerState, ConsumerStatus, Rebuild, VersionState, VersionStatus},
};
#[cfg(feature = "testing")]
pub(crate) use self::{
    derived::{saga_id, saga_seed, timer_id},
    life::{key as saga_key, start_keys as saga_start_keys},
};
