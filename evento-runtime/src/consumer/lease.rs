//! What a consumer's task knows of its lease.

use std::future::Future;

use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};
use uuid::Uuid;

use crate::store::{Claim, ConsumerId};

/// The right to run a consumer, for some time.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    pub(super) claim: Claim,
    /// When it is over unless it is prolonged, by the clock of this process. That is before it is over for others.
    pub(super) until: Instant,
    /// Whether the consumer is to be given back.
    pub(super) leaving: bool,
    /// Whether the consumer is to stay where it is.
    pub(super) paused: bool,
    /// What is asked of its dead events.
    pub(super) request: Option<Uuid>,
}

/// How it stands between a process and a consumer.
#[derive(Clone, Debug, Default)]
pub(super) enum Tenure {
    /// Nobody has asked yet.
    #[default]
    Unknown,
    /// Another process has it, or none.
    NotOwned,
    /// This process has it.
    Held(Lease),
    /// The store has no record of it.
    Missing,
    /// Code of this later version has run it.
    Outdated(u32),
    /// The record is older than what was seen of it.
    WentBack,
}

/// What a task tells the one who keeps the leases.
pub(super) enum Call {
    /// The consumer rests, and somebody else may have it.
    GiveBack(Claim),
    /// A claim turned out to be worth nothing: forget it, and look again.
    Lost(Claim),
    /// Look again.
    Look,
    /// This process cannot run the consumer any more.
    Unable(ConsumerId),
}

/// The side of the consumer's task.
pub(crate) struct Tenant {
    tenure: watch::Receiver<Tenure>,
    calls: mpsc::UnboundedSender<Call>,
    /// The token of a claim that was given back or turned out to be worth nothing.
    spent: Option<Uuid>,
    /// The request that the task has taken up.
    taken_up: Option<Uuid>,
}

impl Tenant {
    pub(super) fn new(tenure: watch::Receiver<Tenure>, calls: mpsc::UnboundedSender<Call>) -> Self {
        Self { tenure, calls, spent: None, taken_up: None }
    }

    /// How it stands now.
    pub(super) fn tenure(&mut self) -> Tenure {
        let tenure = self.tenure.borrow_and_update().clone();
        match tenure {
            Tenure::Held(lease) if self.spent == Some(lease.claim.token) => Tenure::NotOwned,
            Tenure::Held(lease) if !lease.leaving && Instant::now() >= lease.until => Tenure::NotOwned,
            tenure => tenure,
        }
    }

    /// Waits until it may stand differently. Returns whether that can ever be.
    pub(super) async fn changed(&mut self) -> bool {
        self.tenure.changed().await.is_ok()
    }

    /// Whether a claim is worth something, as far as this process knows.
    pub(super) fn holds(&self, claim: &Claim) -> bool {
        match &*self.tenure.borrow() {
            Tenure::Held(lease) => lease.claim.token == claim.token && Instant::now() < lease.until,
            _ => false,
        }
    }

    pub(super) fn is_leaving(&self) -> bool {
        is_leaving(&self.tenure.borrow())
    }

    pub(super) fn is_paused(&self) -> bool {
        is_paused(&self.tenure.borrow())
    }

    /// What is asked of the dead events, and was not taken up.
    pub(super) fn request(&self) -> Option<Uuid> {
        request(&self.tenure.borrow()).filter(|request| self.taken_up != Some(*request))
    }

    /// The task knows of a request.
    pub(super) fn take_up(&mut self, request: Uuid) {
        self.taken_up = Some(request);
    }

    /// The task does not know any more what is asked for.
    pub(super) fn forget_request(&mut self) {
        self.taken_up = None;
    }

    /// Waits until the consumer is to be given back, or to pause, or something is asked of its dead events.
    pub(super) fn asked(&self) -> impl Future<Output = ()> + Send + 'static {
        let (mut tenure, taken_up) = (self.tenure.clone(), self.taken_up);
        let is_asked = move |tenure: &Tenure| {
            is_leaving(tenure) || is_paused(tenure) || request(tenure).is_some_and(|id| taken_up != Some(id))
        };
        async move { drop(tenure.wait_for(is_asked).await) }
    }

    /// Waits until the consumer is to be given back, or the claim is another one than now.
    pub(super) fn left_or_lost(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut tenure = self.tenure.clone();
        let now = token(&tenure.borrow());
        async move { drop(tenure.wait_for(|tenure| is_leaving(tenure) || token(tenure) != now).await) }
    }

    /// Waits until the consumer may go on, or is to be given back, or something is asked of its dead events.
    pub(super) fn resumed(&self) -> impl Future<Output = ()> + Send + 'static {
        let (mut tenure, taken_up) = (self.tenure.clone(), self.taken_up);
        let is_over = move |tenure: &Tenure| {
            is_leaving(tenure) || !is_paused(tenure) || request(tenure).is_some_and(|id| taken_up != Some(id))
        };
        async move { drop(tenure.wait_for(is_over).await) }
    }

    /// Waits until a claim is worth nothing any more.
    pub(super) fn over(&self, claim: &Claim) -> impl Future<Output = ()> + Send + 'static {
        let (mut tenure, token) = (self.tenure.clone(), claim.token);
        async move {
            loop {
                let until = match &*tenure.borrow_and_update() {
                    Tenure::Held(lease) if lease.claim.token == token => lease.until,
                    _ => return,
                };
                if Instant::now() >= until {
                    return;
                }
                tokio::select! {
                    () = sleep_until(until) => {}
                    changed = tenure.changed() => if changed.is_err() {
                        sleep_until(until).await;
                        return;
                    },
                }
            }
        }
    }

    /// Lets somebody else have the consumer.
    pub(super) fn give_back(&mut self, claim: Claim) {
        self.spent = Some(claim.token);
        self.call(Call::GiveBack(claim));
    }

    /// Says that somebody else has taken the consumer, or that it looked like that.
    pub(super) fn lost(&mut self, claim: &Claim) {
        self.spent = Some(claim.token);
        self.call(Call::Lost(claim.clone()));
    }

    /// Says that this process cannot run the consumer.
    pub(super) fn unable(&mut self, consumer: &ConsumerId) {
        self.call(Call::Unable(consumer.clone()));
    }

    /// Has the one who keeps the leases look at the store.
    pub(super) fn look(&self) {
        self.call(Call::Look);
    }

    fn call(&self, call: Call) {
        // Without anybody to hear it, the lease ends by itself.
        let _ = self.calls.send(call);
    }
}

fn is_leaving(tenure: &Tenure) -> bool {
    matches!(tenure, Tenure::Held(lease) if lease.leaving)
}

fn token(tenure: &Tenure) -> Option<Uuid> {
    match tenure {
        Tenure::Held(lease) => Some(lease.claim.token),
        _ => None,
    }
}

fn request(tenure: &Tenure) -> Option<Uuid> {
    match tenure {
        Tenure::Held(lease) => lease.request,
        _ => None,
    }
}

fn is_paused(tenure: &Tenure) -> bool {
    matches!(tenure, Tenure::Held(lease) if lease.paused)
}
