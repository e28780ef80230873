//! What is under way of an observer: attempts at events of different keys, all at once.
//!
//! They are futures within the consumer's own task, not tasks of their own. So when the lease is over, dropping the flight drops
//! all of them at that moment, and nothing is left that could act on behalf of a consumer which somebody else has by now; a task
//! that is aborted goes on up to its next `await`, on another thread. The price: handlers of one consumer share one thread. They
//! wait for others most of the time; one that computes for long belongs on `spawn_blocking`, as anywhere in async code.
//!
//! Futures that nobody polls stand still, with everything that they have: a connection, a lock, the place of an executor. So
//! whatever the consumer itself waits for, it waits for it [beside](Flight::beside) them.

use std::{collections::VecDeque, pin::pin, sync::Arc};

use futures_core::future::BoxFuture;
use futures_util::{
    future::poll_immediate,
    stream::{FuturesUnordered, StreamExt},
};
use tokio::sync::watch;

use super::{
    ConsumerSpec,
    build::Handling,
    executor::Executor,
    failure::Failure,
    react::forget_rejections,
    spec::incoming,
    window::{Open, Window},
};
use crate::{
    clock,
    component::HandlerMeta,
    interceptor,
    message::{Position, StoredEvent},
    store::StoreError,
};

/// The attempts that are under way, and the window of the log that they are about.
pub(super) struct Flight {
    pub(super) window: Window,
    legs: FuturesUnordered<BoxFuture<'static, Landing>>,
    /// How many are under way, by lane.
    aloft: Vec<usize>,
    /// Those that have ended, and of which nobody has taken note.
    landed: VecDeque<Landing>,
    /// Whether nothing may begin any more.
    grounded: watch::Sender<bool>,
}

/// The end of an attempt.
pub(super) struct Landing {
    pub(super) position: Position,
    lane: usize,
    pub(super) ended: Ended,
}

/// How an attempt ended.
pub(super) enum Ended {
    Succeeded,
    Failed(Failure),
    /// It failed, and what was rejected in it could not be forgotten.
    Unforgotten(StoreError),
    /// It was not begun.
    Grounded,
}

impl Flight {
    /// Nothing of a window is under way.
    pub(super) fn new(window: Window, executors: &[Executor]) -> Self {
        Self {
            window,
            legs: FuturesUnordered::new(),
            aloft: vec![0; executors.len()],
            landed: VecDeque::new(),
            grounded: watch::Sender::new(false),
        }
    }

    /// What is left when nothing is under way. What is, is dropped.
    pub(super) fn into_window(self) -> Window {
        self.window
    }

    /// Begins attempts at what may be tried, the first events first, in each lane at most as many as its executor runs at once.
    pub(super) fn start(&mut self, spec: &Arc<ConsumerSpec>, handling: impl Fn(Position) -> Handling) {
        for (lane, executor) in spec.executors.lanes().iter().enumerate() {
            while self.aloft[lane] < executor.bound()
                && let Some(open) = self.window.take(lane)
            {
                self.aloft[lane] += 1;
                let handling = handling(open.event.position);
                let grounded = self.grounded.subscribe();
                self.legs.push(Box::pin(leg(spec.clone(), open, executor.clone(), handling, grounded)));
            }
        }
    }

    /// Whether nothing is under way, nor could be.
    pub(super) fn is_still(&self) -> bool {
        self.legs.is_empty() && self.landed.is_empty() && self.window.is_still()
    }

    /// Does something else while everything goes on that is under way.
    pub(super) async fn beside<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                Some(landing) = self.legs.next(), if !self.legs.is_empty() => self.landed.push_back(landing),
            }
        }
    }

    /// Waits until an attempt has ended, for ever if none is under way.
    pub(super) async fn landing(&mut self) {
        match self.legs.next().await {
            Some(landing) => self.landed.push_back(landing),
            None => std::future::pending().await,
        }
    }

    /// Takes note of all that have ended by now.
    pub(super) async fn gather(&mut self) {
        while let Some(Some(landing)) = poll_immediate(self.legs.next()).await {
            self.landed.push_back(landing);
        }
    }

    /// An attempt that has ended.
    pub(super) fn landed(&mut self) -> Option<Landing> {
        let landing = self.landed.pop_front()?;
        self.aloft[landing.lane] -= 1;
        Some(landing)
    }

    /// Whether there is none of these.
    pub(super) fn nothing_landed(&self) -> bool {
        self.landed.is_empty()
    }

    /// Nothing begins any more. What has begun goes on: [`last_landing`](Self::last_landing) waits for it.
    pub(super) fn ground(&mut self) {
        self.grounded.send_replace(true);
    }

    /// The next attempt that ends; `None` when none is under way.
    pub(super) async fn last_landing(&mut self) -> Option<Landing> {
        if self.landed.is_empty() && !self.legs.is_empty() {
            self.landing().await;
        }
        self.landed()
    }

    /// Attempts may begin again.
    pub(super) fn take_off(&mut self) {
        self.grounded.send_replace(false);
    }
}

/// Waits for a place of the executor, and makes an attempt.
async fn leg(
    spec: Arc<ConsumerSpec>,
    Open { event, handler, lane, attempt, .. }: Open,
    executor: Executor,
    handling: Handling,
    mut grounded: watch::Receiver<bool>,
) -> Landing {
    let landing = |ended| Landing { position: event.position, lane, ended };
    let place = tokio::select! {
        biased;
        _ = grounded.wait_for(|grounded| *grounded) => return landing(Ended::Grounded),
        place = executor.place() => place,
    };
    let attempted = self::attempt(&spec, handler, &event, attempt, handling).await;
    // Whoever waits for the store has no place.
    drop(place);
    let Err(failure) = attempted else { return landing(Ended::Succeeded) };
    // What was rejected in an attempt that failed is asked anew by the next one, whenever that is.
    match forget_rejections(&spec, spec.seed(event.message.id)).await {
        Ok(_) => landing(Ended::Failed(failure)),
        Err(error) => landing(Ended::Unforgotten(error)),
    }
}

/// Makes an attempt at an event. What it has sent before, in an attempt that failed or by a process that died, the ledger knows.
pub(super) async fn attempt(
    spec: &ConsumerSpec,
    handler: &'static HandlerMeta,
    event: &StoredEvent,
    attempt: u32,
    handling: Handling,
) -> Result<(), Failure> {
    let deadline = clock::deadline(spec.options.handler_time);
    let mut scope = spec.scope(event, spec.seed(event.message.id), deadline);
    scope.suppresses = handling.suppresses;
    let incoming = incoming(event);
    let mut invocation = spec.invocation(&incoming, Some(&scope));
    invocation.replay = handling.replay;
    interceptor::call(spec.called(handler, attempt), invocation, deadline).await?;
    Ok(())
}
