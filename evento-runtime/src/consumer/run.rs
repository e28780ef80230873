//! The task of a consumer: claim, read, hand over, and wait for more.

use std::{collections::HashSet, sync::Arc, time::Duration};

use tokio::{sync::watch, time::timeout};

use super::{
    ConsumerSpec, ConsumerState, Progress,
    adopt::VersionError,
    failure::{Interruption, wait},
    timers::{TimerWatch, due_until},
};
use crate::{
    component::ComponentKind,
    error::Error,
    message::{Position, StoredEvent},
    panic::caught_async,
    store::{Claim, DeadEvent, LogMark, LogQuery, StoreError},
};

/// The first wait after an interruption; it doubles while nothing succeeds.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// How many dead events are read at once when a consumer is claimed.
const DEAD_EVENTS_PAGE: usize = 1_000;

/// A running consumer.
pub(crate) struct ConsumerTask {
    pub(super) spec: ConsumerSpec,
    pub(super) progress: watch::Sender<Progress>,
    pub(super) shutdown: watch::Receiver<bool>,
    /// The keys that have events put aside, behind which later events of the same key wait.
    pub(super) parked: HashSet<String>,
    /// What is known of the deadlines of sagas.
    pub(super) timers: TimerWatch,
    /// The head of the log when this process began to consume.
    pub(super) replay_until: Option<Position>,
    claimed: Option<Claim>,
    /// How far this process has seen the log, which must still have that place after an interruption.
    reached: LogMark,
    /// Up to where it is saved, as far as this process knows.
    saved: Position,
}

impl ConsumerTask {
    pub(crate) fn new(
        spec: ConsumerSpec,
        progress: watch::Sender<Progress>,
        shutdown: watch::Receiver<bool>,
    ) -> Self {
        Self {
            spec,
            progress,
            shutdown,
            parked: HashSet::new(),
            timers: TimerWatch::default(),
            replay_until: None,
            claimed: None,
            reached: LogMark::START,
            saved: Position::START,
        }
    }

    /// Consumes until the application shuts down or another process claims the consumer.
    pub(crate) async fn run(mut self) {
        let mut failures = 0;
        loop {
            let started_at = self.progress.borrow().position;
            let interruption = match caught_async(self.own()).await {
                Ok(Ok(())) => Interruption::Shutdown,
                Ok(Err(interruption)) => interruption,
                Err(panic) => Interruption::Failed(Error::msg(format!("the consumer panicked: {panic}"))),
            };
            let error = match self.explain(interruption).await {
                Interruption::Shutdown => {
                    return self.tell(|progress| progress.state = ConsumerState::Stopped);
                }
                Interruption::Fenced => {
                    tracing::warn!(consumer = %self.spec.id, "another process has claimed the consumer; this one stops");
                    return self.tell(|progress| progress.state = ConsumerState::NotOwned);
                }
                Interruption::Outdated(error) => {
                    tracing::error!(consumer = %self.spec.id, error = %format_args!("{error:#}"), "the consumer belongs to a newer program; this one stops");
                    let text: Arc<str> = format!("{error:#}").into();
                    return self.tell(|progress| {
                        (progress.state, progress.last_error) = (ConsumerState::NotOwned, Some(text));
                    });
                }
                Interruption::LogWentBack(error) => {
                    tracing::error!(consumer = %self.spec.id, error = %format_args!("{error:#}"), "the consumer stops: nobody can know what it has missed");
                    let text: Arc<str> = format!("{error:#}").into();
                    return self.tell(|progress| {
                        (progress.state, progress.last_error) = (ConsumerState::Failed, Some(text));
                    });
                }
                Interruption::Failed(error) => error,
            };
            failures = if self.progress.borrow().position > started_at { 0 } else { failures + 1 };
            tracing::error!(consumer = %self.spec.id, error = %format_args!("{error:#}"), "the consumer failed and tries again");
            self.failing(&error);
            if self.rest(wait(FIRST_WAIT, failures)).await.is_err() {
                return self.tell(|progress| progress.state = ConsumerState::Stopped);
            }
        }
    }

    /// Claims the consumer, once. Whoever claims it later has it for good: a process that failed for a while does not take back
    /// what another one has taken over meanwhile.
    async fn claim(&mut self) -> Result<Claim, Interruption> {
        let store = &self.spec.environment.store;
        let missing = || {
            let text = "its record is missing from the store; restart the application to create it";
            Interruption::Failed(Error::msg(text))
        };
        let claim = match &self.claimed {
            None => match store.claim(&self.spec.id, self.spec.meta.version).await? {
                Some(claim) => claim,
                None => {
                    let (consumer, running) = (self.spec.id.clone(), self.spec.meta.version);
                    let found = store.consumer(&consumer).await?.ok_or_else(missing)?.code_version;
                    let newer = VersionError::Newer { consumer, found, running };
                    return Err(Interruption::Outdated(newer.into()));
                }
            },
            Some(claim) => {
                let record = store.consumer(&self.spec.id).await?.ok_or_else(missing)?;
                // Neither ever becomes less, nor is a number given twice, but in an older copy.
                let repeated = record.epoch == claim.epoch && record.token != claim.token;
                if repeated || record.epoch < claim.epoch || record.checkpoint < self.saved {
                    let (seen, found) = (self.reached.position, store.head().await?);
                    return Err(StoreError::LogWentBack { seen, found }.into());
                }
                if record.epoch != claim.epoch {
                    return Err(Interruption::Fenced);
                }
                Claim { checkpoint: record.checkpoint, ..claim.clone() }
            }
        };
        self.claimed = Some(claim.clone());
        Ok(claim)
    }

    /// Tells a claim that is too new for an older copy from one that another process has made.
    async fn explain(&mut self, interruption: Interruption) -> Interruption {
        match interruption {
            Interruption::Fenced => match self.claim().await {
                Err(Interruption::LogWentBack(error)) => Interruption::LogWentBack(error),
                _ => Interruption::Fenced,
            },
            other => other,
        }
    }

    /// Fails when the log has no longer what this process has seen of it: an older copy may have taken its place during an
    /// interruption.
    async fn recognise_log(&self) -> Result<(), Interruption> {
        let (after, until) = (self.reached, Some(self.reached.position));
        let query = LogQuery { after, until, max_events: 1, ..LogQuery::default() };
        self.spec.environment.store.read_log(&query).await?;
        Ok(())
    }

    /// Goes on from the consumer's checkpoint.
    async fn own(&mut self) -> Result<(), Interruption> {
        let store = self.spec.environment.store.clone();
        let mut head = store.watch_head();
        let claim = self.claim().await?;
        self.recognise_log().await?;
        self.load_parked().await?;
        self.take_up_sagas(&claim).await?;
        let mut place = LogMark::from(claim.checkpoint);
        self.saved = claim.checkpoint;
        if self.replay_until.is_none() {
            self.replay_until = Some(store.head().await?);
        }
        self.tell(|progress| {
            (progress.position, progress.state) = (place.position, ConsumerState::CatchingUp)
        });
        loop {
            head.borrow_and_update();
            let looked = self.spec.environment.clock.now();
            let query = LogQuery {
                after: place,
                until: None,
                filter: self.spec.filter.clone(),
                max_events: self.spec.options.batch_events,
                max_bytes: self.spec.options.batch_bytes,
            };
            let page = store.read_log(&query).await?;
            // Whatever becomes of them, these events were seen.
            self.reached = page.scanned;
            match page.events.last().map(LogMark::from) {
                Some(last) => {
                    self.tell(|progress| progress.state = ConsumerState::CatchingUp);
                    let done = self.deliver(&claim, &page.events).await?;
                    self.saved = done.position;
                    place = if done == last { page.scanned } else { done };
                }
                None => place = page.scanned,
            }
            if place.position.0 - self.saved.0 >= self.spec.options.checkpoint_every
                || (self.stopping() && place.position > self.saved)
            {
                let moving = store.begin(&claim).await?;
                self.commit(moving, place).await?;
                self.saved = place.position;
            }
            if self.stopping() {
                return Ok(());
            }
            if self.fire_due(&claim, place, due_until(looked, &page.events, place)).await? {
                self.saved = place.position;
            }
            let caught_up = page.events.is_empty();
            self.tell(|progress| {
                progress.position = place.position;
                if caught_up {
                    progress.state = ConsumerState::Running;
                    progress.last_error = None;
                }
            });
            if caught_up {
                let due = self.next_deadline();
                let more = async {
                    tokio::select! {
                        () = due => true,
                        changed = head.changed() => changed.is_ok(),
                        _ = self.shutdown.changed() => true,
                    }
                };
                // A head that nobody tells any more (the store is closing) leaves the interval.
                if !timeout(self.spec.options.poll, more).await.unwrap_or(true) {
                    let _ = self.rest(self.spec.options.poll).await;
                }
            }
        }
    }

    /// Handles a batch, or the beginning of one. Returns the place up to which everything is done and saved.
    async fn deliver(&mut self, claim: &Claim, events: &[StoredEvent]) -> Result<LogMark, Interruption> {
        let readable = events.iter().take_while(|event| self.spec.newer(event).is_none()).count();
        let (events, newer) = events.split_at(readable);
        if let (true, Some(newer)) =
            (events.is_empty(), newer.first().and_then(|event| self.spec.newer(event)))
        {
            return Err(Interruption::Failed(newer.into()));
        }
        match self.spec.meta.kind {
            ComponentKind::Projector => self.project(claim, events).await,
            ComponentKind::Saga => self.continue_sagas(claim, events).await,
            _ => self.observe(claim, events).await,
        }
    }

    async fn load_parked(&mut self) -> Result<(), Interruption> {
        self.parked.clear();
        let (mut after, mut limit, mut count) = (Position::START, DEAD_EVENTS_PAGE, 0);
        loop {
            let dead = self.spec.environment.store.dead_events(&self.spec.id, after, limit).await?;
            let last = dead.last().map_or(after, |event| event.position);
            let is_end = dead.len() < limit;
            // A full page may end in the middle of a position, which is then read again, with all of its keys.
            let whole = |event: &DeadEvent| is_end || event.position < last;
            if !is_end && !dead.iter().any(whole) {
                limit *= 2;
                continue;
            }
            for event in dead.into_iter().filter(whole) {
                (after, count) = (event.position, count + 1);
                self.parked.insert(event.key);
            }
            if is_end {
                break;
            }
        }
        self.tell(|progress| progress.parked = count);
        Ok(())
    }

    /// Waits, unless the application shuts down.
    pub(super) async fn rest(&mut self, time: Duration) -> Result<(), Interruption> {
        if self.stopping() {
            return Err(Interruption::Shutdown);
        }
        match timeout(time, self.shutdown.changed()).await {
            Ok(_changed) => Err(Interruption::Shutdown),
            Err(_elapsed) => Ok(()),
        }
    }

    /// Whether the application shuts down.
    pub(super) fn stopping(&self) -> bool {
        *self.shutdown.borrow() || self.shutdown.has_changed().is_err()
    }

    pub(super) fn tell(&self, change: impl FnOnce(&mut Progress)) {
        self.progress.send_modify(change);
    }

    /// Tells of an error after which it tries again.
    pub(super) fn failing(&self, error: &Error) {
        let text: Arc<str> = format!("{error:#}").into();
        self.tell(|progress| (progress.state, progress.last_error) = (ConsumerState::BackingOff, Some(text)));
    }

    /// Tells that an event succeeded which had failed.
    pub(super) fn cured(&self) {
        self.tell(|progress| (progress.state, progress.last_error) = (ConsumerState::CatchingUp, None));
    }
}
