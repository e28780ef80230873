//! The task of a consumer: wait for the lease, read, hand over, and wait for more.

use std::{
    collections::{BTreeSet, HashSet},
    ops::ControlFlow,
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use uuid::Uuid;

use super::{
    ConsumerSpec, ConsumerState, Progress,
    adopt::VersionError,
    build::Building,
    failure::{Interruption, wait},
    fetch::Fetch,
    keys::RecentKeys,
    lease::{Tenant, Tenure},
    replay::Serving,
    tally::Tally,
    timers::{TimerWatch, due_until},
    trouble::Trouble,
    window::Window,
};
use crate::{
    component::ComponentKind,
    error::Error,
    message::{Position, StoredEvent},
    metrics::{self, ConsumerMetrics, LeaseChange},
    panic::caught_async,
    store::{Claim, ConsumerRecord, LogMark, LogPage, LogQuery, StoreError},
};

/// The first wait after an interruption; it doubles while nothing succeeds.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// What is wrong with a consumer whose record somebody has deleted.
const MISSING: &str = "its record is missing from the store; restart the application to create it";

/// A running consumer.
pub(crate) struct ConsumerTask {
    pub(super) spec: Arc<ConsumerSpec>,
    pub(super) progress: watch::Sender<Progress>,
    pub(super) shutdown: watch::Receiver<bool>,
    /// The keys that have events put aside, behind which later events of the same key wait.
    pub(super) parked: HashSet<String>,
    /// What is known of the deadlines of sagas.
    pub(super) timers: TimerWatch,
    /// The head of the log when this process began to consume.
    pub(super) replay_until: Option<Position>,
    pub(super) tenant: Tenant,
    pub(super) building: Building,
    /// What failed, and was not cured yet.
    pub(super) trouble: Option<Trouble>,
    /// Events that are to be passed.
    pub(super) skips: BTreeSet<Position>,
    /// What this process consumes with.
    claim: Option<Claim>,
    /// How far this process has seen the log, which must still have that place after an interruption.
    reached: LogMark,
    /// What is stored of the consumer, as far as this process knows.
    pub(super) saved: Option<ConsumerRecord>,
    pub(super) metrics: ConsumerMetrics,
    /// The events that are being delivered and that the checkpoint has not passed yet.
    pub(super) tally: Tally,
    /// The keys that were put aside lately.
    pub(super) recent_keys: RecentKeys,
    /// What is being done about dead events.
    pub(super) serving: Option<Serving>,
    /// How often it failed without getting on.
    pub(super) failures: u32,
    /// What an observer has done behind its checkpoint, when it was interrupted under the claim of this token.
    pub(super) kept: Option<(Uuid, Window)>,
}

impl ConsumerTask {
    pub(crate) fn new(
        spec: ConsumerSpec,
        progress: watch::Sender<Progress>,
        shutdown: watch::Receiver<bool>,
        tenant: Tenant,
    ) -> Self {
        Self {
            metrics: ConsumerMetrics::new(&spec.id),
            tally: Tally::default(),
            recent_keys: RecentKeys::new(spec.options.parked_keys.0, spec.options.parked_keys.1),
            serving: None,
            failures: 0,
            kept: None,
            spec: Arc::new(spec),
            progress,
            shutdown,
            parked: HashSet::new(),
            timers: TimerWatch::default(),
            replay_until: None,
            building: Building::default(),
            tenant,
            trouble: None,
            skips: BTreeSet::new(),
            claim: None,
            reached: LogMark::START,
            saved: None,
        }
    }

    /// Consumes while this process has the lease, until the application shuts down.
    pub(crate) async fn run(mut self) {
        loop {
            match caught_async(self.consume()).await {
                Ok(ControlFlow::Break(())) => return,
                Ok(ControlFlow::Continue(())) => {}
                Err(panic) => {
                    let error = Error::msg(format!("the consumer panicked: {panic}"));
                    self.failures += 1;
                    self.fail(ConsumerState::BackingOff, &error).await;
                }
            }
        }
    }

    /// Consumes with one claim, up to whatever ends that.
    async fn consume(&mut self) -> ControlFlow<()> {
        let Some(claim) = self.turn().await else { return ControlFlow::Break(()) };
        let started_at = self.progress.borrow().position;
        let over = self.tenant.over(&claim);
        let interruption = tokio::select! {
            biased;
            () = over => Interruption::LeaseOver,
            ended = self.own(&claim) => ended.map_or_else(|interruption| interruption, |()| Interruption::Asked),
        };
        let (error, state) = match self.explain(interruption, &claim).await {
            Interruption::Shutdown | Interruption::Asked => return ControlFlow::Continue(()),
            Interruption::LeaseOver => {
                tracing::warn!(consumer = %self.spec.id, "the lease is over; whatever was under way is abandoned");
                metrics::lease_changed(&self.spec.id, LeaseChange::Lost);
                return ControlFlow::Continue(());
            }
            Interruption::Fenced => {
                tracing::warn!(consumer = %self.spec.id, "somebody else has taken the consumer");
                metrics::lease_changed(&self.spec.id, LeaseChange::Lost);
                self.tenant.lost(&claim);
                return ControlFlow::Continue(());
            }
            Interruption::LogWentBack(error) => {
                self.give_up(&error);
                return ControlFlow::Break(());
            }
            Interruption::Failed(error) => (error, ConsumerState::BackingOff),
            Interruption::Unsound(error) => (error, ConsumerState::Failed),
            Interruption::TooManyKeys(error) => match self.pause_itself(&error).await {
                Ok(()) => return ControlFlow::Continue(()),
                Err(error) => (error.into(), ConsumerState::BackingOff),
            },
        };
        self.failures = if self.progress.borrow().position > started_at { 0 } else { self.failures + 1 };
        self.fail(state, &error).await;
        ControlFlow::Continue(())
    }

    /// Tells what failed, and waits before it tries again.
    async fn fail(&mut self, state: ConsumerState, error: &Error) {
        tracing::error!(consumer = %self.spec.id, error = %format_args!("{error:#}"), "the consumer failed and tries again");
        self.round_failed(state, error);
        self.rest_before_a_turn(wait(FIRST_WAIT, self.failures, self.spec.options.longest_wait)).await;
    }

    /// Waits until this process may consume; `None` when it is not to consume any more.
    async fn turn(&mut self) -> Option<Claim> {
        loop {
            let tenure = self.tenant.tenure();
            if *self.shutdown.borrow() {
                if let Tenure::Held(lease) = tenure {
                    self.tenant.give_back(lease.claim);
                }
                self.tell(|progress| progress.state = ConsumerState::Stopped);
                return None;
            }
            match tenure {
                Tenure::Held(lease) if lease.leaving => {
                    tracing::info!(consumer = %self.spec.id, "the consumer is left to another process");
                    metrics::lease_changed(&self.spec.id, LeaseChange::Released);
                    self.tenant.give_back(lease.claim);
                    continue;
                }
                Tenure::Held(lease) => return Some(lease.claim),
                Tenure::Outdated(found) => {
                    let (consumer, running) = (self.spec.id.clone(), self.spec.meta.version);
                    let error = Error::new(VersionError::Newer { consumer, found, running });
                    tracing::error!(consumer = %self.spec.id, error = %format_args!("{error:#}"), "the consumer belongs to a newer program; this one stops");
                    self.round_failed(ConsumerState::NotOwned, &error);
                    self.tell_no_lag();
                    return None;
                }
                // Whatever failed here is somebody else's trouble now.
                Tenure::NotOwned => {
                    self.kept = None;
                    self.cured();
                    self.tell_no_lag();
                    self.tell(|progress| progress.state = ConsumerState::NotOwned);
                }
                Tenure::Missing => self.round_failed(ConsumerState::BackingOff, &Error::msg(MISSING)),
                Tenure::WentBack => {
                    let error = self.went_back().await;
                    self.give_up(&error.into());
                    return None;
                }
                Tenure::Unknown => {}
            }
            tokio::select! {
                is_kept = self.tenant.changed() => if !is_kept {
                    self.tell(|progress| progress.state = ConsumerState::Stopped);
                    return None;
                },
                _ = self.shutdown.changed() => {}
            }
        }
    }

    /// Stops for good.
    fn give_up(&mut self, error: &Error) {
        tracing::error!(consumer = %self.spec.id, error = %format_args!("{error:#}"), "the consumer stops: nobody can know what it has missed");
        self.round_failed(ConsumerState::Failed, error);
        self.tenant.unable(&self.spec.id);
    }

    async fn went_back(&self) -> StoreError {
        let seen = self.reached.position;
        match self.spec.environment.store.head().await {
            Ok(found) => StoreError::LogWentBack { seen, found },
            Err(_) => StoreError::LogWentBack { seen, found: Position::START },
        }
    }

    /// Compares a claim with the record, which it returns.
    async fn recognise_claim(&mut self, claim: &Claim) -> Result<ConsumerRecord, Interruption> {
        let record = self.spec.environment.store.consumer(&self.spec.id).await?;
        let record = record.ok_or_else(|| Interruption::Failed(Error::msg(MISSING)))?;
        // Neither ever becomes less, nor is a number given twice, but in an older copy.
        let repeated = record.epoch == claim.epoch && record.token != claim.token;
        let saved_is_gone = match &self.saved {
            Some(saved) if saved.resets == record.resets => record.checkpoint < saved.checkpoint,
            Some(saved) => record.resets < saved.resets,
            None => false,
        };
        if repeated || record.epoch < claim.epoch || saved_is_gone {
            return Err(self.went_back().await.into());
        }
        if record.epoch != claim.epoch {
            return Err(Interruption::Fenced);
        }
        self.saved = Some(record.clone());
        Ok(record)
    }

    /// Tells a claim that is too new for an older copy from one that somebody else has made since.
    async fn explain(&mut self, interruption: Interruption, claim: &Claim) -> Interruption {
        match interruption {
            Interruption::Fenced => match self.recognise_claim(claim).await {
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
    async fn own(&mut self, claim: &Claim) -> Result<(), Interruption> {
        let store = self.spec.environment.store.clone();
        let mut head = store.watch_head();
        let record = self.recognise_claim(claim).await?;
        let claim = Claim { checkpoint: record.checkpoint, ..claim.clone() };
        if self.claim.replace(claim.clone()).is_none_or(|before| before.token != claim.token) {
            metrics::lease_changed(&self.spec.id, LeaseChange::Claimed);
            self.serving = None;
        }
        match &mut self.serving {
            Some(serving) => serving.look_again(),
            None => self.tenant.forget_request(),
        }
        self.recognise_log().await?;
        self.load_parked().await?;
        self.load_skips(record.checkpoint).await?;
        self.take_up_sagas(&claim).await?;
        self.look_at_building().await?;
        self.replay_up_to(&record);
        let mut place = LogMark::from(claim.checkpoint);
        if self.replay_until.is_none() {
            self.replay_until = Some(store.head().await?);
        }
        self.catching_up();
        self.tell(|progress| (progress.position, progress.resets) = (place.position, record.resets));
        if self.spec.meta.kind == ComponentKind::Observer {
            return self.observe(&claim, place).await;
        }
        let mut fetch = Fetch::new(&self.spec);
        loop {
            if self.tenant.is_paused() {
                self.pause(&claim, place).await?;
            }
            let is_busy = self.serve(&claim, place).await?;
            head.borrow_and_update();
            let looked = self.spec.environment.clock.now();
            let mut page = self.audited(&mut fetch, place).await?;
            let caught_up = page.events.is_empty();
            self.tally.begin(page.events.iter().map(|event| {
                let position = event.position;
                (position, self.skips.contains(&position))
            }));
            page.events.retain(|event| !self.skips.contains(&event.position));
            self.look_for_the_end(&page).await?;
            let mut last_at = None;
            match page.events.last().map(LogMark::from) {
                Some(last) => {
                    self.catching_up();
                    let done = self.deliver(&claim, &page.events).await?;
                    place = if done == last { page.scanned } else { done };
                    let handled = page.events.iter().rfind(|event| event.position <= place.position);
                    last_at = handled.map(|event| event.message.timestamp);
                    fetch.keep(page, done);
                }
                None => place = page.scanned,
            }
            let unsaved = place.position.0 - self.saved_position().0;
            let is_due = unsaved >= self.spec.options.checkpoint_every || (self.stopping() && unsaved > 0);
            if is_due || self.builds(place.position) {
                let moving = self.open(&claim).await?;
                self.commit(moving, place).await?;
            }
            if self.stopping() {
                return Ok(());
            }
            self.fire_due(&claim, place, due_until(looked, last_at, caught_up)).await?;
            self.tell_lag(place.position, last_at);
            self.round_succeeded();
            if caught_up {
                // Where nothing comes, nothing shows better that all is well.
                self.failures = 0;
            }
            self.tell(|progress| {
                progress.position = place.position;
                progress.pace.note(place.position);
                if caught_up {
                    progress.state = ConsumerState::Running;
                }
            });
            if caught_up && !is_busy {
                let (asked, due) = (self.tenant.asked(), self.next_deadline());
                let more = async {
                    tokio::select! {
                        () = due => true,
                        changed = head.changed() => changed.is_ok(),
                        _ = self.shutdown.changed() => true,
                        () = asked => true,
                    }
                };
                // A head that nobody tells any more (the store is closing) leaves the interval.
                if !timeout(self.spec.options.poll, more).await.unwrap_or(true) {
                    let _ = self.rest(self.spec.options.poll).await;
                }
            }
        }
    }

    /// The page behind a place, of which nothing is missing.
    pub(super) async fn audited(
        &mut self,
        fetch: &mut Fetch,
        place: LogMark,
    ) -> Result<LogPage, Interruption> {
        let (page, is_new) = fetch.page(place).await?;
        // Whatever becomes of them, these events were seen.
        self.reached = page.scanned;
        if !is_new || self.audit(place, &page).await.is_ok() {
            return Ok(page);
        }
        // What was purged between reading and counting is missing in neither of two newer answers.
        fetch.forget();
        let (page, _) = fetch.page(place).await?;
        self.reached = page.scanned;
        self.audit(place, &page).await?;
        Ok(page)
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
            _ => self.continue_sagas(claim, events).await,
        }
    }

    async fn load_skips(&mut self, checkpoint: Position) -> Result<(), Interruption> {
        let skips = self.spec.environment.store.skips(&self.spec.id, checkpoint).await?;
        for skip in &skips {
            tracing::warn!(consumer = %skip.consumer, position = %skip.position, reason = skip.reason, "an event is passed as somebody has asked for");
            if self.trouble == Some(Trouble::Event(skip.position)) {
                self.cured();
            }
        }
        self.skips = skips.into_iter().map(|skip| skip.position).collect();
        Ok(())
    }

    /// Up to where everything is done and saved.
    pub(super) fn saved_position(&self) -> Position {
        self.saved.as_ref().map_or(Position::START, |saved| saved.checkpoint)
    }

    /// Remembers that the checkpoint was moved.
    pub(super) fn remember_saved(&mut self, position: Position) {
        if let Some(saved) = &mut self.saved {
            saved.checkpoint = position;
        }
    }

    /// Whether this process may still write as the consumer's owner.
    pub(super) fn is_owner(&self) -> bool {
        self.claim.as_ref().is_some_and(|claim| self.tenant.holds(claim))
    }

    /// Waits for the next turn, also when it is to pause. Whatever ends the wait is looked at in that turn: when the lease is lost, or
    /// somebody has skipped what failed, there is another claim to begin with.
    async fn rest_before_a_turn(&mut self, time: Duration) {
        if self.stopping() {
            return;
        }
        let left = self.tenant.left_or_lost();
        tokio::select! {
            () = sleep(time) => {}
            _ = self.shutdown.changed() => {}
            () = left => {}
        }
    }

    /// Waits, unless the application shuts down, or the consumer is wanted elsewhere or is to pause.
    pub(super) async fn rest(&mut self, time: Duration) -> Result<(), Interruption> {
        if self.stopping() {
            return Err(Interruption::Asked);
        }
        let asked = self.tenant.asked();
        tokio::select! {
            () = sleep(time) => Ok(()),
            _ = self.shutdown.changed() => Err(Interruption::Shutdown),
            () = asked => Err(Interruption::Asked),
        }
    }

    /// Whether the consumer is to come to rest.
    pub(super) fn stopping(&self) -> bool {
        *self.shutdown.borrow() || self.shutdown.has_changed().is_err() || self.tenant.is_leaving()
    }
}
