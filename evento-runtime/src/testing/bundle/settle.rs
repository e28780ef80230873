//! Waiting until an application is at rest, and letting time pass.

use std::{fmt, future::IntoFuture, sync::Arc, time::Duration};

use futures_core::future::BoxFuture;
use thiserror::Error;
use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    bundle::{App, ConsumerName, ControlError, DeadEventError, ParkedEvent, Rest, Restless},
    clock::{self, Clock, ManualClock},
    consumer::ConsumerState,
    message::{Position, Timestamp},
    store::{ConsumerId, StoreError},
};

/// How long to wait, of the time of the machine, when nothing else is said.
const WITHIN: Duration = Duration::from_secs(10);
/// How often to look.
const LOOK: Duration = Duration::from_millis(1);
/// How many of the events that were put aside are told.
const PARKED: usize = 10;

/// Why an application is not at rest.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SettleError {
    /// There was still something to do when the time was over, or somebody who does nothing until he is let go on.
    #[error(
        "the application is not at rest after {waited:?}: {}{}{}",
        told(.behind),
        told(.due),
        match .in_flight { 0 => String::new(), count => format!("\n  {count} messages are in flight") }
    )]
    NotAtRest {
        /// How long was waited.
        waited: Duration,
        /// The consumers that have something to do.
        behind: Vec<Behind>,
        /// The deadlines that are due.
        due: Vec<DueDeadline>,
        /// How many messages from outside are in flight.
        in_flight: usize,
    },
    /// It is at rest, but consumers have put events aside. The first of these.
    #[error("events were put aside: {}", .0.iter().map(parked).collect::<String>())]
    Parked(Vec<ParkedEvent>),
    /// A consumer goes on although it was paused.
    #[error("consumer `{consumer}` does not pause: it is {state:?} after {waited:?}")]
    NotPaused {
        /// Which consumer.
        consumer: ConsumerId,
        /// What it is doing.
        state: ConsumerState,
        /// How long was waited.
        waited: Duration,
    },
    /// It is not clear which consumer is meant.
    #[error(transparent)]
    Consumer(#[from] ControlError),
    /// What was put aside cannot be told.
    #[error(transparent)]
    DeadEvents(#[from] DeadEventError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A consumer that has something to do.
#[derive(Clone, Debug)]
pub struct Behind {
    /// Which consumer.
    pub consumer: ConsumerId,
    /// Up to where it is done.
    pub position: Position,
    /// The head of the log.
    pub head: Position,
    /// What it is doing.
    pub state: ConsumerState,
    /// Its last error.
    pub last_error: Option<Arc<str>>,
    /// The event that it has to handle next, with its place.
    pub next: Option<(Position, String)>,
}

impl fmt::Display for Behind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { consumer, position, head, state, last_error, next } = self;
        write!(f, "consumer `{consumer}` is at {position} of {head} ({state:?})")?;
        if let Some((position, event)) = next {
            write!(f, ", next is `{event}` at {position}")?;
        }
        if let Some(error) = last_error {
            write!(f, ": {error}")?;
        }
        if *state == ConsumerState::Paused {
            f.write_str("; resume it, or say `.except(..)`")?;
        }
        Ok(())
    }
}

/// A deadline that is due, and that its saga has not handled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDeadline {
    /// Under which name the saga is kept.
    pub saga: String,
    /// The stored name of the deadline.
    pub deadline: String,
    /// When it was due.
    pub due: Timestamp,
}

impl fmt::Display for DueDeadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { saga, deadline, due } = self;
        write!(f, "deadline `{deadline}` of `{saga}` is due since {}", due.as_millis())
    }
}

fn told(what: &[impl fmt::Display]) -> String {
    what.iter().map(|one| format!("\n  {one}")).collect()
}

fn parked(event: &ParkedEvent) -> String {
    let name = event.message.as_ref().map_or("an event that is gone", |message| &message.name);
    let error = event.error.as_deref().unwrap_or("waits behind another one of its key");
    format!("\n  consumer `{}`: `{name}` at {}: {error}", event.id.consumer, event.id.position)
}

/// What is waited for, and for how long.
#[derive(Clone, Debug)]
pub(in crate::testing) struct Patience {
    within: Duration,
    allows_parked: bool,
    except: Vec<ConsumerName>,
}

impl Patience {
    /// Nothing is let pass.
    pub(in crate::testing) const STRICT: Self =
        Self { within: WITHIN, allows_parked: false, except: Vec::new() };

    /// Waits until an application is at rest. Returns the head of the log.
    pub(in crate::testing) async fn settle(&self, app: &App) -> Result<Position, SettleError> {
        let except = self.except(app)?;
        let head = self.rest(app, &except, clock::deadline(self.within)).await?;
        self.check_parked(app).await?;
        Ok(head)
    }

    /// The same, and lets time pass.
    async fn advance(&self, app: &App, clock: &ManualClock, by: Duration) -> Result<Position, SettleError> {
        let (deadline, except) = (clock::deadline(self.within), self.except(app)?);
        self.rest(app, &except, deadline).await?;
        let until = clock.now() + by;
        while let Some(due) = app.next_deadline(clock.now()).await?.filter(|due| *due <= until) {
            clock.set(due);
            self.rest(app, &except, deadline).await?;
        }
        clock.set(until);
        let head = self.rest(app, &except, deadline).await?;
        self.check_parked(app).await?;
        Ok(head)
    }

    fn except(&self, app: &App) -> Result<Vec<ConsumerId>, ControlError> {
        self.except.iter().map(|name| app.named(name)).collect()
    }

    async fn rest(
        &self,
        app: &App,
        except: &[ConsumerId],
        deadline: Instant,
    ) -> Result<Position, SettleError> {
        let began = Instant::now();
        loop {
            // A store that does not answer must not keep a test for ever.
            let unanswered = |_elapsed| StoreError::unanswered();
            let rest =
                timeout_at(deadline.max(began + WITHIN), app.rest(except)).await.map_err(unanswered)??;
            if rest.is_complete() {
                return Ok(rest.head);
            }
            if rest.is_stuck() || Instant::now() >= deadline {
                return Err(not_at_rest(app, rest.obstacles(), began.elapsed()).await?);
            }
            sleep(LOOK).await;
        }
    }

    async fn check_parked(&self, app: &App) -> Result<(), SettleError> {
        if self.allows_parked {
            return Ok(());
        }
        let parked = app.dead_events().list(None, PARKED).await?;
        if parked.is_empty() { Ok(()) } else { Err(SettleError::Parked(parked)) }
    }
}

/// Pauses a consumer, and waits until it does nothing any more.
pub(super) async fn pause(app: &App, consumer: ConsumerName) -> Result<(), SettleError> {
    let id = app.named(&consumer)?;
    app.pause(consumer).await?;
    let began = Instant::now();
    loop {
        let status = app.status().await?.into_iter().find(|one| one.consumer == id);
        let Some(state) = status.map(|one| one.state).filter(|state| *state != ConsumerState::Paused) else {
            return Ok(());
        };
        let waited = began.elapsed();
        if waited >= WITHIN {
            return Err(SettleError::NotPaused { consumer: id, state, waited });
        }
        sleep(LOOK).await;
    }
}

/// Says what is not at rest.
async fn not_at_rest(app: &App, rest: Rest, waited: Duration) -> Result<SettleError, StoreError> {
    let mut behind = Vec::new();
    for Restless { status, .. } in rest.restless {
        let next = app.next_event(&status.consumer, status.position).await?;
        behind.push(Behind {
            consumer: status.consumer,
            position: status.position,
            head: rest.head,
            state: status.state,
            last_error: status.last_error,
            next,
        });
    }
    let due = rest.due.into_iter().map(|timer| DueDeadline {
        saga: timer.saga.into_owned(),
        deadline: timer.message.name.into_owned(),
        due: timer.message.due,
    });
    Ok(SettleError::NotAtRest { waited, behind, due: due.collect(), in_flight: rest.in_flight })
}

/// Waits until an application is at rest, when it is awaited; see [`TestBundle::settle`](super::TestBundle::settle) and
/// [`TestBundle::advance`](super::TestBundle::advance).
///
/// A consumer that is paused and has something to do, be it a deadline, is an error at once, whatever else goes on; an event that was put aside
/// is one as soon as all is at rest, and everything else is one when the time is over, with who is behind and why.
#[must_use = "nothing is waited for until it is awaited"]
pub struct Settling<'a> {
    app: &'a App,
    clock: &'a ManualClock,
    by: Option<Duration>,
    patience: Patience,
}

impl<'a> Settling<'a> {
    pub(super) fn new(app: &'a App, clock: &'a ManualClock, by: Option<Duration>) -> Self {
        Self { app, clock, by, patience: Patience::STRICT }
    }

    /// How long to wait, of the time of the machine, in place of 10 s: for all of it together, however many deadlines
    /// [`advance`](super::TestBundle::advance) comes to.
    pub fn within(mut self, time: Duration) -> Self {
        self.patience.within = time;
        self
    }

    /// Events that were put aside are no error, and nobody waits for what waits behind them.
    pub fn parked_allowed(mut self) -> Self {
        self.patience.allows_parked = true;
        self
    }

    /// A consumer may be where it is, for instance because the test has paused it.
    pub fn except(mut self, consumer: impl Into<ConsumerName>) -> Self {
        self.patience.except.push(consumer.into());
        self
    }
}

impl<'a> IntoFuture for Settling<'a> {
    type Output = Result<Position, SettleError>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            match self.by {
                None => self.patience.settle(self.app).await,
                Some(by) => self.patience.advance(self.app, self.clock, by).await,
            }
        })
    }
}
