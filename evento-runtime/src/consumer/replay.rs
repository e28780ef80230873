//! Dead events that are handled again, or done without, because somebody has asked for it.
//!
//! The owner of the consumer does it, for as long as a transaction may take between two batches of the log: it is the only one who
//! changes dead events, so nothing overtakes anything. Each dead event is deleted in the transaction that holds what its
//! handler did, and the last one of a key opens the key: later events of the key were put aside behind it until then.

use std::collections::{HashSet, VecDeque};

use tokio::time::Instant;
use tracing::{Instrument, debug_span};

use super::{
    ConsumerTask,
    failure::{Failure, Interruption, is_fault_of_events},
    request::{Answer, Asked, ReplayCause, ReplayFailure},
};
use crate::{
    component::ComponentKind,
    error::Error,
    message::{Position, StoredEvent},
    metrics::Revival,
    registry::near,
    store::{
        Claim, ConsumerTransaction, DeadEvent, DeadEventPlace, DeadEventRequest, LogMark, LogQuery,
        RequestAnswer, StoreError,
    },
};

/// How many dead events are read at once.
const PAGE: usize = 100;
/// How many failures are told.
const MOST_TOLD: usize = 100;

/// A request that is being served.
pub(super) struct Serving {
    request: DeadEventRequest,
    answer: Answer,
    /// The place up to which everything was tried.
    after: Option<DeadEventPlace>,
    page: VecDeque<DeadEvent>,
    /// The keys of which one has failed: the rest of them waits.
    stopped: HashSet<String>,
}

/// Why a dead event was not handled.
pub(super) struct Failed {
    pub(super) cause: ReplayCause,
    pub(super) error: String,
}

impl Failed {
    pub(super) fn new(cause: ReplayCause, error: impl Into<String>) -> Self {
        Self { cause, error: error.into() }
    }

    /// What became of an attempt. A store that cannot be reached is waited for.
    pub(super) fn of(failure: Failure) -> Result<Self, Interruption> {
        if failure.is_unavailable() {
            return Err(Interruption::Failed(failure.error));
        }
        let cause = if failure.is_newer() {
            ReplayCause::Newer
        } else if failure.is_undecodable() {
            ReplayCause::Undecodable
        } else {
            ReplayCause::Handler
        };
        Ok(Self::new(cause, format!("{:#}", failure.error)))
    }

    /// What a store says that does not take what a handler did.
    pub(super) fn refused(error: StoreError) -> Result<Self, Interruption> {
        if is_fault_of_events(&error) {
            return Ok(Self::new(
                ReplayCause::Handler,
                format!("it cannot be saved: {:#}", Error::new(error)),
            ));
        }
        Err(error.into())
    }
}

/// What became of a dead event.
pub(super) type Revived = Result<(), Failed>;

impl Serving {
    fn new(request: DeadEventRequest) -> Self {
        let (answer, after, page, stopped) = Default::default();
        Self { request, answer, after, page, stopped }
    }

    /// After an interruption, nobody knows what became of the one that was tried: it must not be passed.
    pub(super) fn look_again(&mut self) {
        self.page.clear();
    }

    fn failed(&mut self, place: DeadEventPlace, failed: Failed) {
        let (DeadEventPlace { position, key }, Failed { cause, error }) = (place, failed);
        self.stopped.insert(key.clone());
        if self.answer.failures.len() < MOST_TOLD {
            self.answer.failures.push(ReplayFailure { position, key, cause, error });
        }
    }
}

impl ConsumerTask {
    /// Goes on with what is asked of dead events, for as long as a transaction may take, with the checkpoint at `place`. Returns
    /// whether there is more of it.
    pub(super) async fn serve(&mut self, claim: &Claim, place: LogMark) -> Result<bool, Interruption> {
        if let Some(id) = self.tenant.request() {
            let store = self.spec.environment.store.clone();
            let request = store.request(&self.spec.id, id).await?;
            self.serving = request.filter(|request| request.answer.is_none()).map(Serving::new);
            self.tenant.take_up(id);
            if self.serving.is_some() {
                tracing::info!(consumer = %self.spec.id, request = %id, "something is asked of the dead events");
            }
        }
        let Some(serving) = &self.serving else { return Ok(false) };
        match serde_json::from_str::<Asked>(&serving.request.body) {
            Ok(Asked::Discard { position, key, reason }) => {
                self.discard(claim, place, DeadEventPlace { position, key }, &reason).await?;
            }
            Ok(asked) => return self.replay(claim, place, &asked).await,
            Err(error) => {
                let failed = Failed::new(
                    ReplayCause::NotUnderstood,
                    format!("what is asked for is not known: {error}"),
                );
                let nothing = DeadEventPlace { position: Position::START, key: String::new() };
                self.note_failed(nothing, failed);
                self.end_request(claim, place).await?;
            }
        }
        Ok(false)
    }

    /// Tries one dead event after the other, those of a key in their order up to the first that fails.
    async fn replay(&mut self, claim: &Claim, place: LogMark, asked: &Asked) -> Result<bool, Interruption> {
        let began = Instant::now();
        while let Some(dead) = self.next_dead(asked).await? {
            let span = debug_span!(
                "replay", consumer = %self.spec.id, position = %dead.position, key = dead.key, attempt = dead.attempts
            );
            let revived = self.revive(claim, place, &dead).instrument(span).await?;
            let failed = match revived {
                Ok(()) => {
                    self.metrics.revived(Revival::Replayed);
                    tracing::debug!(consumer = %self.spec.id, position = %dead.position, key = dead.key, "a dead event was replayed");
                    None
                }
                Err(failed) if failed.cause == ReplayCause::Moved && matches!(asked, Asked::All) => {
                    // It stands at the same position, perhaps before the key that it had.
                    if let Some(serving) = &mut self.serving {
                        serving.look_again();
                        serving.after = Some(DeadEventPlace { position: dead.position, key: String::new() });
                    }
                    continue;
                }
                Err(failed) if failed.cause == ReplayCause::Moved => Some(failed),
                Err(failed) => {
                    self.fail_again(claim, place, &dead, &failed).await?;
                    Some(failed)
                }
            };
            if let Some(serving) = &mut self.serving {
                serving.after = Some(dead.place());
                match failed {
                    None => serving.answer.done += 1,
                    Some(failed) => serving.failed(dead.place(), failed),
                }
            }
            if matches!(asked, Asked::One { .. }) {
                break;
            }
            if self.stopping() {
                return Ok(true);
            }
            if began.elapsed() >= self.spec.options.batch_time {
                return Ok(true);
            }
        }
        self.end_request(claim, place).await?;
        Ok(false)
    }

    /// The next dead event that is to be tried; `None` when there is none.
    async fn next_dead(&mut self, asked: &Asked) -> Result<Option<DeadEvent>, Interruption> {
        let store = self.spec.environment.store.clone();
        let Some(serving) = &mut self.serving else { return Ok(None) };
        let key = match asked {
            Asked::All | Asked::Discard { .. } => None,
            Asked::Key { key } => Some(&**key).filter(|key| !serving.stopped.contains(*key)),
            Asked::One { position, key } => return self.the_one(*position, key).await,
        };
        if key.is_none() && !matches!(asked, Asked::All) {
            return Ok(None);
        }
        loop {
            while let Some(dead) = serving.page.pop_front() {
                if !serving.stopped.contains(&dead.key) {
                    return Ok(Some(dead));
                }
                serving.after = Some(dead.place());
            }
            let page = store.find_dead_events(&self.spec.id, key, serving.after.as_ref(), PAGE).await?;
            if page.is_empty() {
                return Ok(None);
            }
            serving.page = page.into();
        }
    }

    /// One dead event, if nothing comes before it.
    async fn the_one(&mut self, position: Position, key: &str) -> Result<Option<DeadEvent>, Interruption> {
        let store = self.spec.environment.store.clone();
        let mut first = store.find_dead_events(&self.spec.id, Some(key), None, 1).await?;
        let failed = match first.pop() {
            Some(dead) if dead.position == position => return Ok(Some(dead)),
            Some(dead) if dead.position < position => {
                let error = format!("{} comes before it: replay its key", dead.position);
                Failed::new(ReplayCause::NotFirst, error)
            }
            _ => Failed::new(ReplayCause::Gone, "it is not put aside any more"),
        };
        self.note_failed(DeadEventPlace { position, key: key.to_owned() }, failed);
        Ok(None)
    }

    fn note_failed(&mut self, place: DeadEventPlace, failed: Failed) {
        if let Some(serving) = &mut self.serving {
            serving.failed(place, failed);
        }
    }

    /// Handles a dead event again, once, and takes it off the list in the transaction that holds what came of it.
    async fn revive(
        &mut self,
        claim: &Claim,
        place: LogMark,
        dead: &DeadEvent,
    ) -> Result<Revived, Interruption> {
        if let Some(timer) = &dead.timer {
            return self.revive_deadline(claim, place, dead, timer).await;
        }
        let Some(event) = self.read_event(dead.position).await? else {
            return Ok(Err(Failed::new(ReplayCause::Missing, "the event is not in the log any more")));
        };
        if let Some(newer) = self.spec.newer(&event) {
            return Ok(Err(Failed::new(ReplayCause::Newer, newer.to_string())));
        }
        let Some(handlers) = self.spec.handlers.get(&*event.message.name).copied() else {
            let known = self.spec.handlers.keys().copied();
            let error = no_handler(self.spec.meta.name, &event.message.name, known);
            return Ok(Err(Failed::new(ReplayCause::NoHandler, error)));
        };
        match self.spec.meta.kind {
            ComponentKind::Projector => self.project_again(claim, place, dead, &event, handlers.living).await,
            ComponentKind::Saga => self.relive(claim, place, dead, &event, handlers).await,
            _ => self.observe_again(claim, place, dead, &event, handlers.living).await,
        }
    }

    pub(super) async fn read_event(&self, position: Position) -> Result<Option<StoredEvent>, StoreError> {
        let after = Position(position.0.saturating_sub(1)).into();
        let query = LogQuery { after, until: Some(position), max_events: 1, ..LogQuery::default() };
        Ok(self.spec.environment.store.read_log(&query).await?.events.pop())
    }

    /// Takes a dead event off the list, and commits what else is in the transaction.
    pub(super) async fn bring_back(
        &mut self,
        mut transaction: Box<dyn ConsumerTransaction>,
        place: LogMark,
        dead: &DeadEvent,
    ) -> Result<Revived, Interruption> {
        let key_is_open = match transaction.unpark(&dead.place()).await {
            Ok(open) => open,
            Err(error) => return Failed::refused(error).map(Err),
        };
        self.check_tally(place)?;
        if let Err(error) = self.commit_checked(transaction, place).await {
            return Failed::refused(error).map(Err);
        }
        self.brought_back(&dead.key, key_is_open);
        Ok(Ok(()))
    }

    /// A dead event is off the list.
    pub(super) fn brought_back(&mut self, key: &str, key_is_open: bool) {
        if key_is_open {
            self.parked.remove(key);
            self.timers.look_again();
        }
        let is_well = self.trouble.is_none();
        self.tell(|progress| {
            progress.parked = progress.parked.saturating_sub(1);
            if progress.parked == 0 && is_well {
                progress.last_error = None;
            }
        });
    }

    /// Notes that a dead event has failed again.
    async fn fail_again(
        &mut self,
        claim: &Claim,
        place: LogMark,
        dead: &DeadEvent,
        failed: &Failed,
    ) -> Result<(), Interruption> {
        self.metrics.revived(Revival::Failed);
        tracing::warn!(consumer = %self.spec.id, position = %dead.position, key = dead.key, error = failed.error, "a dead event failed again and stays where it is");
        // Where no handler was called, none was tried.
        let was_tried = matches!(failed.cause, ReplayCause::Handler | ReplayCause::Undecodable);
        let mut transaction = self.open(claim).await?;
        let again = DeadEvent {
            error: Some(failed.error.clone()),
            attempts: dead.attempts + u32::from(was_tried),
            at: self.spec.environment.clock.now(),
            ..dead.clone()
        };
        transaction.park(again).await?;
        self.commit(transaction, place).await?;
        let is_well = self.trouble.is_none();
        self.tell(|progress| {
            if is_well {
                progress.last_error = Some(failed.error.as_str().into());
            }
        });
        Ok(())
    }

    /// Does without a dead event, and answers that.
    async fn discard(
        &mut self,
        claim: &Claim,
        place: LogMark,
        dead: DeadEventPlace,
        reason: &str,
    ) -> Result<(), Interruption> {
        let store = self.spec.environment.store.clone();
        let before =
            DeadEventPlace { position: Position(dead.position.0.saturating_sub(1)), key: String::new() };
        let after = (dead.position > Position::START).then_some(&before);
        let found = store.find_dead_events(&self.spec.id, Some(&dead.key), after, 1).await?;
        let Some(found) = found.into_iter().find(|found| found.position == dead.position) else {
            self.note_failed(dead, Failed::new(ReplayCause::Gone, "it is not put aside any more"));
            return self.end_request(claim, place).await;
        };
        let mut transaction = self.open(claim).await?;
        if let Some((timer, id)) = found.timer.as_ref().zip(self.saga_of(&found.key)) {
            transaction.delete_timer(&self.spec.sagas, id, timer).await?;
        }
        let key_is_open = transaction.unpark(&dead).await?;
        if let Some(serving) = &mut self.serving {
            (serving.answer.done, serving.answer.discarded) = (1, found.error.clone());
        }
        self.answer(&mut *transaction).await?;
        self.commit(transaction, place).await?;
        self.serving = None;
        self.brought_back(&dead.key, key_is_open);
        self.timers.look_again();
        self.metrics.revived(Revival::Discarded);
        tracing::warn!(consumer = %self.spec.id, position = %dead.position, key = dead.key, reason, "a dead event was discarded");
        Ok(())
    }

    async fn answer(&self, transaction: &mut dyn ConsumerTransaction) -> Result<(), Interruption> {
        let Some(serving) = &self.serving else { return Ok(()) };
        let body =
            serde_json::to_string(&serving.answer).map_err(|error| Interruption::Failed(error.into()))?;
        let answer = RequestAnswer { body, at: self.spec.environment.clock.now() };
        Ok(transaction.answer(serving.request.id, answer).await?)
    }

    /// Tells what became of what was asked for.
    async fn end_request(&mut self, claim: &Claim, place: LogMark) -> Result<(), Interruption> {
        let mut transaction = self.open(claim).await?;
        self.answer(&mut *transaction).await?;
        self.commit(transaction, place).await?;
        if let Some(Serving { answer, .. }) = self.serving.take() {
            let (done, failed) = (answer.done, answer.failures.len());
            tracing::info!(consumer = %self.spec.id, done, failed, "what was asked of the dead events is done");
        }
        Ok(())
    }
}

/// What is said of an event that nobody takes, with the name under which it may be known today.
fn no_handler<'a>(component: &str, event: &str, known: impl Iterator<Item = &'a str>) -> String {
    let renamed = near(event, known).map_or_else(String::new, |similar| {
        format!("; if it is `{similar}` today, give that `alias = \"{event}\"`")
    });
    format!(
        "no handler of `{component}` takes the event `{event}` any more: write one, or discard what was put aside{renamed}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_nobody_takes_is_told_with_a_name_that_is_near() {
        let known = || ["Deposited", "Opened"].into_iter();
        let renamed = no_handler("Books", "Deposit", known());
        assert!(renamed.starts_with("no handler of `Books` takes the event `Deposit` any more"), "{renamed}");
        assert!(
            renamed.ends_with("; if it is `Deposited` today, give that `alias = \"Deposit\"`"),
            "{renamed}"
        );
        let gone = no_handler("Books", "Written", known());
        assert!(gone.ends_with("discard what was put aside"), "{gone}");
    }
}
