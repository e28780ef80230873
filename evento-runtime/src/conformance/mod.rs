//! What every store must do, as tests. Whoever writes a store of their own runs them:
//!
//! ```
//! # mod mine { pub use evento_runtime::memory::MemoryStore as MyStore; }
//! use std::sync::Arc;
//! use async_trait::async_trait;
//! use evento_runtime::{conformance::StoreFactory, store::SharedStore};
//!
//! /// One database of its own for each test.
//! struct MyFactory(mine::MyStore);
//!
//! #[async_trait]
//! impl StoreFactory for MyFactory {
//!     async fn open(&self) -> SharedStore {
//!         Arc::new(self.0.clone())
//!     }
//!     fn is_durable(&self) -> bool {
//!         false
//!     }
//! }
//!
//! // In `tests/conformance.rs`; each check becomes a test of the module `my_store`:
//! evento_runtime::conformance_tests!(my_store, MyFactory(mine::MyStore::new()));
//! # fn main() {}
//! ```
//!
//! Without the macro, [`run`] runs all checks one after the other, and [`CHECKS`] lists them. A check that fails panics, and
//! says what was expected. Checks that draw lots print their seed; set `EVENTO_SEED` to run them again with the same.

mod audit;
mod cancellation;
mod checkpoints;
mod concurrency;
mod dead_events;
mod events;
mod interventions;
mod kit;
mod leases;
mod ledger;
mod lifecycle;
mod log;
mod requests;
mod retention;
mod sagas;
mod snapshots;
mod timers;
mod transaction;
mod transfer;
mod unmatched;
mod versions;
mod views;

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use async_trait::async_trait;

use crate::store::SharedStore;

/// The time that a check may take. What takes longer, hangs.
const LIMIT: Duration = Duration::from_secs(120);

/// Opens the store that is to be tested. One factory stands for one database, which is empty at first.
#[async_trait]
pub trait StoreFactory: Send + Sync + 'static {
    /// Opens the database. Opened again, a durable store has what was stored before.
    async fn open(&self) -> SharedStore;

    /// Whether what is stored outlives the store that is dropped or closed.
    fn is_durable(&self) -> bool {
        true
    }
}

/// A check on its way.
pub type Checking = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One thing that a store must do.
#[derive(Clone, Copy)]
pub struct Check {
    /// What it is called.
    pub name: &'static str,
    /// Runs it against an empty database; panics when the store does otherwise.
    pub run: fn(Arc<dyn StoreFactory>) -> Checking,
}

/// Runs all checks one after the other. `factory` makes a new, empty database for each.
///
/// # Panics
/// When the store does not do what every store must do.
pub async fn run<F: StoreFactory>(mut factory: impl FnMut() -> F) {
    for check in CHECKS {
        bounded(check, Arc::new(factory())).await;
    }
}

/// Runs one check in a runtime of its own. The tests that [`conformance_tests!`](crate::conformance_tests) makes call this.
///
/// # Panics
/// When there is no check of that name, or the store fails it.
pub fn run_check(name: &str, factory: impl StoreFactory) {
    let check = CHECKS.iter().find(|check| check.name == name);
    let check = check.unwrap_or_else(|| panic!("there is no check `{name}`"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("no runtime for the check: {error}"));
    runtime.block_on(bounded(check, Arc::new(factory)));
}

async fn bounded(check: &Check, factory: Arc<dyn StoreFactory>) {
    let done = tokio::time::timeout(LIMIT, (check.run)(factory)).await;
    assert!(done.is_ok(), "`{}` hangs: it is not done after {LIMIT:?}", check.name);
}

macro_rules! checks {
    ($dollar:tt $($module:ident: $($name:ident),+;)+) => {
        /// All checks.
        pub const CHECKS: &[Check] = &[$($(
            Check { name: stringify!($name), run: |factory| Box::pin($module::$name(factory)) },
        )+)+];

        /// Makes a module of tests, one for each [check](crate::conformance::CHECKS) of a store:
        /// `conformance_tests!(module, factory)`. The expression is evaluated for each test, and makes a
        /// [`StoreFactory`](crate::conformance::StoreFactory) with an empty database of its own.
        #[macro_export]
        macro_rules! conformance_tests {
            ($dollar module:ident, $dollar factory:expr) => {
                mod $dollar module {
                    #[allow(unused_imports)]
                    use super::*;
                    $($(
                        #[test]
                        fn $name() {
                            $dollar crate::conformance::run_check(stringify!($name), $dollar factory);
                        }
                    )+)+
                }
            };
        }
    };
}

checks! { $
    events: positions_and_versions_are_dense, a_wrong_version_is_a_conflict, any_version_appends_at_the_end,
        a_closed_stream_takes_no_event, events_read_back_as_they_were, streams_are_read_in_pages,
        an_expired_append_stores_nothing, a_too_large_event_is_refused, odd_texts_are_kept_or_refused, the_head_is_watched;
    log: the_log_is_bounded_by_count, the_log_is_bounded_by_bytes, the_log_is_filtered, the_log_is_filtered_by_time,
        the_log_tells_how_far_it_looked, an_empty_page_is_at_the_head, a_place_is_recognised, the_log_is_streamed,
        whoever_reads_on_from_anywhere_gets_the_rest;
    audit: what_is_given_and_what_is_left_out_is_everything;
    ledger: a_command_is_handled_once, an_append_without_events_writes_only_the_ledger, rejections_are_recorded,
        rejections_are_forgotten_by_cause;
    snapshots: the_newest_snapshot_is_kept, a_snapshot_of_other_code_replaces;
    checkpoints: consumers_are_created_once, a_first_start_at_the_head, claims_count_up, a_stale_claim_writes_nothing,
        a_claim_of_the_same_number_writes_nothing, a_checkpoint_names_its_event, consumers_are_listed,
        an_older_program_does_not_take_over_from_a_newer_one;
    leases: a_claim_of_a_living_node_stands, what_is_given_back_is_free, a_node_that_leaves_gives_all_back,
        a_silent_node_is_taken_over, a_heartbeat_renews, a_silence_that_nobody_used_costs_nothing, nodes_are_listed,
        of_nodes_that_claim_at_once_one_wins, a_closed_store_takes_no_heartbeat, a_lease_is_as_long_as_it_is_asked_for;
    interventions: a_pause_is_kept, a_pause_keeps_its_reason, a_reset_moves_the_checkpoint_and_fences, skips_are_noted_and_fence,
        what_was_passed_is_not_skipped, an_event_is_passed_or_skipped, those_who_wait_are_told_of_interventions;
    sagas: sagas_are_found_by_association, associations_are_replaced, sagas_are_listed_in_pages, a_saga_ends,
        a_saga_is_loaded_by_its_id, sagas_are_counted_by_name_and_version;
    timers: timers_are_read_in_the_order_in_which_they_are_due, a_timer_replaces_the_one_of_its_key, a_timer_is_deleted,
        a_saga_that_ends_leaves_no_timer, timers_move_with_the_checkpoint, timers_survive_a_restart;
    unmatched: unmatched_events_are_listed_and_dismissed;
    views: rows_are_put_and_deleted, rows_are_found_by_value, rows_are_found_by_prefix,
        special_characters_are_no_patterns, pages_of_rows, versions_of_a_view_are_apart, many_rows_are_put_at_once;
    dead_events: dead_events_are_listed, dead_events_are_found_by_key_and_behind_a_place,
        what_is_put_aside_again_keeps_its_first_time, dead_events_are_taken_off_the_list_with_their_transaction;
    requests: one_request_of_a_consumer_is_open_at_a_time, what_is_asked_twice_is_noted_once, an_answer_is_committed_with_its_transaction,
        answered_requests_are_listed_and_old_replays_forgotten;
    versions: the_first_version_serves, a_version_serves_in_the_transaction_that_builds_it,
        a_version_serves_when_all_its_contexts_are_built, an_earlier_version_serves_again,
        a_version_that_does_not_serve_is_dropped;
    retention: deleted_aggregates_are_purged, purging_goes_on_where_it_stopped, what_a_consumer_needs_is_kept,
        the_ledger_is_purged, what_a_deadline_may_send_again_is_kept;
    transfer: a_log_is_carried_over, records_are_read_and_found, an_import_is_whole_or_nothing, imports_and_appends_take_turns;
    transaction: own_writes_are_seen, a_dropped_transaction_changes_nothing,
        effects_and_checkpoint_move_together;
    concurrency: concurrent_appends_leave_no_hole, one_command_at_once_is_handled_once, readers_never_pass_an_event, appends_and_transactions_take_turns;
    cancellation: a_dropped_append_is_whole_or_absent, a_dropped_transaction_leaves_the_store_usable;
    lifecycle: everything_survives_a_restart, a_closed_store_is_unavailable;
}
