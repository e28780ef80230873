//! Forgetting what nobody needs any more, step by step, with progress.
//!
//! Both functions may be stopped at any time and called again: what is done is done, and the next call goes on with what is
//! left. Both respect the [horizon](crate::store::Horizon): what a consumer may still need, or a dead event, is kept.

use crate::{
    message::{Position, Timestamp},
    store::{Horizon, PurgeStep, Retention, StateStore, StoreError},
};

/// How many streams are purged in one transaction.
const STREAMS: usize = 100;
/// How many entries of the ledger are looked at in one transaction.
const ENTRIES: usize = 1_000;

/// How far a purge has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurgeProgress {
    /// How many streams or entries were looked at.
    pub looked_at: u64,
    /// How many of them were purged.
    pub purged: u64,
    /// What may be forgotten at all, as it was when the purge began.
    pub horizon: Horizon,
}

/// Purges the events and snapshots of aggregates that were deleted before a time. Their positions stay, as tombstones that
/// readers pass over, and their ids stay deleted. `progress` is called after each step, with the sum of all.
///
/// Projectors that are rebuilt later never see the purged aggregates. Read models are left as their projectors made them.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), evento_runtime::store::StoreError> {
/// use evento_runtime::{clock::{Clock, SystemClock}, memory::MemoryStore, message::Timestamp, retention::purge_deleted};
/// # let store = MemoryStore::new();
/// let month = 30 * 24 * 60 * 60 * 1_000;
/// let month_ago = Timestamp::from_millis(SystemClock.now().as_millis() - month);
/// let done = purge_deleted(&store, month_ago, |so_far| println!("{} purged", so_far.purged)).await?;
/// if let Some(consumer) = done.horizon.held_by {
///     println!("what is behind {} waits for {consumer}", done.horizon.position);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// Whatever the database says. What was purged before stays purged.
pub async fn purge_deleted<S: Retention + ?Sized>(
    store: &S,
    deleted_before: Timestamp,
    mut progress: impl FnMut(&PurgeProgress) + Send,
) -> Result<PurgeProgress, StoreError> {
    let mut so_far = PurgeProgress { looked_at: 0, purged: 0, horizon: store.horizon().await? };
    let mut after = Position::START;
    loop {
        let step = store.purge_closed_streams(deleted_before, after, STREAMS).await?;
        match so_far.add(step, &mut progress) {
            Some(next) => after = next,
            None => return Ok(so_far),
        }
    }
}

/// Purges the command ledger of commands that were handled before a time. A command that is sent again with the id of a
/// purged one is handled as a new one, so leave enough time for those who may repeat themselves. `progress` is called after
/// each step, with the sum of all.
///
/// What a deadline has sent that is due and not handled yet is kept as well: it is sent again when the deadline is.
///
/// # Errors
/// Whatever the database says. What was purged before stays purged.
pub async fn purge_ledger<S: StateStore + ?Sized>(
    store: &S,
    handled_before: Timestamp,
    mut progress: impl FnMut(&PurgeProgress) + Send,
) -> Result<PurgeProgress, StoreError> {
    let mut so_far = PurgeProgress { looked_at: 0, purged: 0, horizon: store.horizon().await? };
    let handled_before = first_deadline(store).await?.map_or(handled_before, |due| due.min(handled_before));
    let mut after = None;
    loop {
        let step = store.purge_ledger_entries(handled_before, after, ENTRIES).await?;
        match so_far.add(step, &mut progress) {
            Some(next) => after = Some(next),
            None => return Ok(so_far),
        }
    }
}

/// When the first deadline of all sagas is due, before which none of them can have sent anything.
async fn first_deadline<S: StateStore + ?Sized>(store: &S) -> Result<Option<Timestamp>, StoreError> {
    let mut first: Option<Timestamp> = None;
    for count in store.count_sagas().await? {
        let timers = store.timers(&count.saga, None, 1).await?;
        let due = timers.first().map(|timer| timer.message.due);
        first = first.into_iter().chain(due).min();
    }
    Ok(first)
}

impl PurgeProgress {
    /// Counts a step, tells of it, and says where the next one begins.
    fn add<C>(&mut self, step: PurgeStep<C>, progress: &mut impl FnMut(&Self)) -> Option<C> {
        self.looked_at += step.looked_at;
        self.purged += step.purged;
        progress(self);
        step.next
    }
}
