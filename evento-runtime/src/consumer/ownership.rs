//! Keeps the leases of a process: one heartbeat for all of its consumers.
//!
//! The heartbeat says that the process is alive, which prolongs all that it has; then it looks who else there is, takes its
//! share of what is free, and asks its own tasks to give back what is more than that. See [`Scene`] for what a share is.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until, timeout, timeout_at},
};
use tracing::{Instrument, debug_span};

use super::{
    Progress,
    lease::{Call, Lease, Tenant, Tenure},
    report::report,
    share::{Balance, Scene},
};
use crate::{
    error::Error,
    panic::caught_async,
    store::{Claim, ConsumerId, ConsumerRecord, Heartbeat, NodeId, NodeRecord, SharedStore, StoreError},
};

/// The shortest time from one heartbeat to the next.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);

/// A consumer that this process would run.
struct Seat {
    consumer: ConsumerId,
    code_version: u32,
    tenure: watch::Sender<Tenure>,
    progress: watch::Receiver<Progress>,
    /// The newest claim of this process.
    newest: Option<Claim>,
    /// Whether this process cannot run it any more.
    unable: bool,
    free_since: Option<Instant>,
}

impl Seat {
    /// The claim that is worth something as far as this process knows.
    fn held(&self) -> Option<Claim> {
        match &*self.tenure.borrow() {
            Tenure::Held(lease) => Some(lease.claim.clone()),
            _ => None,
        }
    }

    fn become_(&self, tenure: Tenure) {
        self.tenure.send_replace(tenure);
    }

    fn change(&self, change: impl FnOnce(&mut Lease) -> bool) {
        self.tenure.send_if_modified(|tenure| match tenure {
            Tenure::Held(lease) => change(lease),
            _ => false,
        });
    }

    /// Whether the record is older than what this process knows of it. A number is never given twice, but in an older copy.
    fn is_older(&self, record: &ConsumerRecord) -> bool {
        self.newest.as_ref().is_some_and(|newest| {
            record.epoch < newest.epoch || (record.epoch == newest.epoch && record.token != newest.token)
        })
    }
}

/// Keeps the leases of all consumers of a process.
pub(crate) struct Ownership {
    store: SharedStore,
    node: NodeId,
    lease: Duration,
    seats: Vec<Seat>,
    calls: mpsc::UnboundedReceiver<Call>,
    shutdown: watch::Receiver<bool>,
    /// What is given back at the next heartbeat, if the process does not end before.
    resting: Vec<Claim>,
    /// Whether there is more to claim than there was time for.
    is_behind: bool,
}

/// Makes the one who keeps the leases look at the store at once.
#[derive(Clone)]
pub(crate) struct Looking(mpsc::UnboundedSender<Call>);

impl Looking {
    pub(crate) fn look(&self) {
        // When nobody keeps leases any more, there is nothing to look at.
        let _ = self.0.send(Call::Look);
    }
}

impl Ownership {
    pub(crate) fn new(
        store: SharedStore,
        node: NodeId,
        lease: Duration,
        shutdown: watch::Receiver<bool>,
    ) -> (Self, Looking) {
        let (caller, calls) = mpsc::unbounded_channel();
        let (seats, resting, is_behind) = (Vec::new(), Vec::new(), false);
        let ownership = Self { store, node, lease, seats, calls, shutdown, resting, is_behind };
        (ownership, Looking(caller))
    }

    /// A consumer more.
    pub(crate) fn tenant(
        &mut self,
        consumer: ConsumerId,
        code_version: u32,
        progress: watch::Receiver<Progress>,
        looking: &Looking,
    ) -> Tenant {
        let (tenure, receiver) = watch::channel(Tenure::Unknown);
        let (newest, unable, free_since) = (None, false, None);
        self.seats.push(Seat { consumer, code_version, tenure, progress, newest, unable, free_since });
        Tenant::new(receiver, looking.0.clone())
    }

    /// Keeps the leases until everybody who could need one is gone, and then gives back what is left.
    pub(crate) async fn run(mut self) {
        let mut hints = self.store.watch_leases();
        loop {
            hints.borrow_and_update();
            // Many that come at once are one thing to do.
            while let Ok(call) = self.calls.try_recv() {
                self.note(call);
            }
            let began = Instant::now();
            let beaten = match caught_async(self.beat()).await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(error.into()),
                Err(panic) => Err(Error::msg(format!("it panicked: {panic}"))),
            };
            if let Err(error) = &beaten {
                tracing::warn!(node = %self.node, error = %format_args!("{error:#}"), "a heartbeat failed");
            }
            // After one that took long the next one comes soon.
            let is_behind = std::mem::take(&mut self.is_behind) || beaten.is_err();
            let due = if is_behind { began } else { began + self.lease / 3 };
            let pause = sleep_until(due.max(Instant::now() + SHORTEST_PAUSE.min(self.lease / 20)));
            tokio::pin!(pause);
            loop {
                tokio::select! {
                    biased;
                    call = self.calls.recv() => match call {
                        None => {
                            let node = self.node;
                            if let Err(panic) = caught_async(self.leave()).await {
                                tracing::warn!(%node, panic, "the consumers are not given back");
                            }
                            return;
                        }
                        Some(call) => {
                            self.note(call);
                            // When the process ends, all come at once, and are given back together.
                            if !self.is_ending() {
                                break;
                            }
                        }
                    },
                    () = &mut pause => break,
                    hint = hints.changed() => if hint.is_ok() { break } else { (&mut pause).await; break },
                }
            }
        }
    }

    fn is_ending(&self) -> bool {
        *self.shutdown.borrow() || self.shutdown.has_changed().is_err()
    }

    /// One heartbeat, and what follows from what it finds.
    async fn beat(&mut self) -> Result<(), StoreError> {
        let sent = Instant::now();
        let heartbeat = self.heartbeat();
        let patience = self.lease * 4 / 5;
        let known = timeout(patience, self.store.heartbeat(&heartbeat)).await;
        let known = known.unwrap_or_else(|_| {
            let reason = format!("no heartbeat in {patience:?}");
            Err(StoreError::Unavailable { reason, source: None })
        })?;
        // Measured from before it was sent, and a little less, because clocks differ in pace.
        let until = sent + self.lease * 9 / 10;
        for seat in &self.seats {
            if !known && seat.held().is_some() {
                tracing::warn!(consumer = %seat.consumer, "the lease is lost: this process was not heard of for too long");
                seat.become_(Tenure::NotOwned);
            }
            seat.change(|lease| {
                lease.until = until;
                true
            });
        }
        // Whatever else there is to do must not keep the next heartbeat waiting, but gets some time even if this one was late.
        let enough = (sent + self.lease / 2).max(Instant::now() + self.lease / 10);
        let known = timeout_at(enough, self.catch_up(until, enough)).await;
        known.unwrap_or_else(|_| {
            let reason = "it did not answer between two heartbeats".to_owned();
            Err(StoreError::Unavailable { reason, source: None })
        })
    }

    /// What follows from a heartbeat. What is not done by `enough` is left to the next one.
    async fn catch_up(&mut self, until: Instant, enough: Instant) -> Result<(), StoreError> {
        while let Some(claim) = self.resting.pop() {
            let released = timeout(self.lease / 10, self.store.release(&claim)).await;
            if !matches!(released, Ok(Ok(()))) {
                // A look finds that it is still this one's in the store, and so does the end of the process.
                tracing::warn!(consumer = %claim.consumer, "the consumer is not given back yet");
                self.is_behind = true;
                break;
            }
        }
        self.look(until, enough).await
    }

    fn heartbeat(&self) -> Heartbeat {
        let able = self.seats.iter().filter(|seat| !seat.unable);
        let told = able.clone().filter(|seat| seat.held().is_some());
        Heartbeat {
            node: self.node,
            lease: self.lease,
            wanted: able.map(|seat| seat.consumer.clone()).collect::<Arc<[_]>>(),
            report: report(told.map(|seat| (&seat.consumer, seat.progress.borrow().clone()))),
        }
    }

    /// Looks who has what, and takes or gives back what it should.
    async fn look(&mut self, until: Instant, enough: Instant) -> Result<(), StoreError> {
        let records: HashMap<_, _> = self
            .store
            .consumers()
            .await?
            .into_iter()
            .map(|record| (record.consumer.clone(), record))
            .collect();
        let mut nodes = self.store.nodes().await?;
        if !nodes.iter().any(|node| node.node == self.node) {
            // It has just said that it is alive, but everything takes long.
            let Heartbeat { node, wanted, report, .. } = self.heartbeat();
            nodes.push(NodeRecord { node, wanted: wanted.to_vec(), report });
        }
        for seat in &mut self.seats {
            seat.compare(records.get(&seat.consumer));
        }
        if self.is_ending() {
            return Ok(());
        }
        let mut owners: HashMap<_, _> =
            records.values().filter_map(|record| Some((record.consumer.clone(), record.owner?))).collect();
        // What is one's own in the store only was not given back when it should have been.
        for seat in self.seats.iter().filter(|seat| !seat.unable && seat.held().is_none()) {
            if owners.get(&seat.consumer) == Some(&self.node) {
                owners.remove(&seat.consumer);
            }
        }
        let neglected: Vec<_> = self
            .seats
            .iter()
            .filter(|seat| seat.free_since.is_some_and(|since| since.elapsed() >= self.lease))
            .map(|seat| &seat.consumer)
            .collect();
        let is_neglected = |consumer: &ConsumerId| neglected.contains(&consumer);
        let scene = Scene { me: self.node, nodes: &nodes, owners: &owners, is_neglected: &is_neglected };
        let Balance { mut claim, give_back } = scene.balance();
        // What older code runs is taken from it whoever has how many: it cannot have it any more, and leaves others to others.
        let outdated = self.seats.iter().filter(|seat| seat.has_newer_code(records.get(&seat.consumer)));
        claim.extend(outdated.map(|seat| seat.consumer.clone()));
        for seat in &self.seats {
            let leaving = give_back.contains(&seat.consumer);
            seat.change(|lease| std::mem::replace(&mut lease.leaving, leaving) != leaving);
        }
        // Neither many claims nor one that has to wait for a lock may take all the time.
        let enough = enough - self.lease / 20;
        for seat in self.seats.iter_mut().filter(|seat| claim.contains(&seat.consumer)) {
            let claiming = seat.claim(&self.store, self.node, until, &records);
            match timeout_at(enough, claiming).await {
                // Of what others were faster with, there may be as much elsewhere.
                Ok(claimed) => self.is_behind |= !claimed?,
                Err(_elapsed) => {
                    self.is_behind = true;
                    break;
                }
            }
        }
        self.abandon(&records, &claim).await
    }

    /// Gives back what the store still takes for this process's own.
    async fn abandon(
        &self,
        records: &HashMap<ConsumerId, ConsumerRecord>,
        claimed: &[ConsumerId],
    ) -> Result<(), StoreError> {
        for seat in self.seats.iter().filter(|seat| seat.held().is_none()) {
            if let Some(record) = records.get(&seat.consumer)
                && record.owner == Some(self.node)
                && !claimed.contains(&seat.consumer)
            {
                let (consumer, epoch, token) = (seat.consumer.clone(), record.epoch, record.token);
                let checkpoint = record.checkpoint;
                self.store.release(&Claim { consumer, epoch, token, checkpoint }).await?;
            }
        }
        Ok(())
    }

    /// Does not count on a claim any more, whatever the store says of it: its task does not use it again. When nobody else has
    /// the consumer, it is claimed anew.
    fn forget(&self, claim: &Claim) {
        for seat in self.seats.iter().filter(|seat| seat.held().is_some_and(|held| held.token == claim.token))
        {
            seat.become_(Tenure::NotOwned);
        }
    }

    /// Notes what a task tells.
    fn note(&mut self, call: Call) {
        match call {
            Call::Look => {}
            Call::Lost(claim) => self.forget(&claim),
            Call::GiveBack(claim) => self.give_back(claim),
            Call::Unable(consumer) => self.resign(&consumer),
        }
    }

    /// Lets the next heartbeat give something back.
    fn give_back(&mut self, claim: Claim) {
        self.forget(&claim);
        self.resting.push(claim);
    }

    /// Does without a consumer for good.
    fn resign(&mut self, consumer: &ConsumerId) {
        let Some(seat) = self.seats.iter_mut().find(|seat| seat.consumer == *consumer) else { return };
        seat.unable = true;
        let held = seat.held();
        if let Some(claim) = held {
            self.give_back(claim);
        }
    }

    /// Gives everything back.
    async fn leave(self) {
        match timeout(self.lease, self.store.leave(self.node)).await {
            Ok(Ok(())) => {}
            // Others find out when the lease is over.
            Ok(Err(error)) => tracing::warn!(node = %self.node, %error, "the consumers are not given back"),
            Err(_) => tracing::warn!(node = %self.node, "the consumers are not given back in time"),
        }
    }
}

impl Seat {
    /// Compares what this process has with what the store says.
    fn compare(&mut self, record: Option<&ConsumerRecord>) {
        let Some(record) = record else { return self.become_(Tenure::Missing) };
        if record.code_version > self.code_version {
            self.unable = true;
            return self.become_(Tenure::Outdated(record.code_version));
        }
        match record.owner {
            None => drop(self.free_since.get_or_insert_with(Instant::now)),
            Some(_) => self.free_since = None,
        }
        if self.is_older(record) {
            return self.become_(Tenure::WentBack);
        }
        match self.held() {
            Some(held) if (held.epoch, held.token) == (record.epoch, record.token) => {
                let now = (record.paused, record.request);
                self.change(|lease| {
                    let before = (lease.paused, lease.request);
                    (lease.paused, lease.request) = now;
                    before != now
                });
            }
            Some(_) => self.become_(Tenure::NotOwned),
            None => {
                let news = !matches!(&*self.tenure.borrow(), Tenure::NotOwned);
                if news && record.owner.is_some() {
                    self.become_(Tenure::NotOwned);
                }
            }
        }
    }

    /// Whether this process would run a consumer with newer code than its owner does.
    fn has_newer_code(&self, record: Option<&ConsumerRecord>) -> bool {
        !self.unable
            && record.is_some_and(|record| record.owner.is_some() && record.code_version < self.code_version)
    }

    /// A claim of this process whose answer it has not waited for.
    fn unheard(&self, node: NodeId, records: &HashMap<ConsumerId, ConsumerRecord>) -> Option<Claim> {
        let record = records.get(&self.consumer).filter(|record| record.owner == Some(node))?;
        if self.newest.as_ref().is_some_and(|newest| record.epoch <= newest.epoch) {
            return None;
        }
        let ConsumerRecord { consumer, epoch, token, checkpoint, .. } = record.clone();
        Some(Claim { consumer, epoch, token, checkpoint })
    }

    /// Claims the consumer, unless somebody else was faster.
    async fn claim(
        &mut self,
        store: &SharedStore,
        node: NodeId,
        until: Instant,
        records: &HashMap<ConsumerId, ConsumerRecord>,
    ) -> Result<bool, StoreError> {
        if matches!(&*self.tenure.borrow(), Tenure::WentBack) {
            return Ok(true);
        }
        let claimed = match self.unheard(node, records) {
            Some(claim) => Some(claim),
            None => {
                let span = debug_span!("claim", consumer = %self.consumer);
                store.claim(&self.consumer, self.code_version, node).instrument(span).await?
            }
        };
        let Some(claim) = claimed else {
            self.become_(Tenure::NotOwned);
            return Ok(false);
        };
        let older = self.newest.replace(claim.clone()).is_some_and(|newest| claim.epoch <= newest.epoch);
        let record = records.get(&self.consumer);
        let paused = record.is_some_and(|record| record.paused);
        let request = record.and_then(|record| record.request);
        self.free_since = None;
        self.become_(if older {
            Tenure::WentBack
        } else {
            Tenure::Held(Lease { claim, until, leaving: false, paused, request })
        });
        Ok(true)
    }
}
