//! Mistakes that systems of this kind are known for, each with the test that it would fail. A test is named after its mistake; what is
//! told here of each is the mistake, not what ours does.
//!
//! | who reads the log | in |
//! |---|---|
//! | one poison event, permits that are held while waiting, errors judged by their words | `consumers::failing` |
//! | errors that are wiped by a success, heads that are reported by who is paused or saturated | `consumers::failing` |
//! | claims before the work, stale owners, locks that outlive their owner, pinned connections | `consumers::owning` |
//! | work that runs on after the lease was lost | `consumers::owning` |
//! | work that is not drained, shutdowns that put aside what they interrupt, silent stops | `consumers::stopping` |
//! | watermarks that wait, first events that are missed, fetching everything, a commit for each event | `consumers::reading` |
//! | notifications as delivery | `consumers::reading` |
//! | replays that remove first, that say they did, that are out of order, that repeat side effects | `consumers::replaying` |
//! | rebuilds with downtime | `consumers::replaying` |
//!
//! Those of sagas are in `sagas`. That their lookups use an index is tested with the plans of each store.

mod consumers;
pub mod pads;
mod sagas;
