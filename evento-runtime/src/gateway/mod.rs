//! The message gateway: carries commands and queries to their handlers, strictly by the name of their payload.

mod after;
mod in_flight;
mod query;

use std::{
    any::Any,
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};

use futures_core::future::BoxFuture;
use tokio::time::Instant;
use tracing::{Instrument, debug_span};
use uuid::Uuid;

pub(crate) use self::after::{Follow, Followed, Here, Projector, Projectors};
use self::in_flight::InFlight;
use crate::{
    capability::{Bus, OutgoingCommand, OutgoingQuery, Serving, ViewIds},
    clock,
    command::{AggregateOptions, Aggregates, Services, Task},
    environment::Environment,
    message::{CommandMessage, QueryMessage, Timestamp},
    metrics::CommandOutcome,
    outcome::{QueryError, Receipt, Refusal, SendError},
    payload::PayloadMeta,
    registry::{CommandRoute, Registry},
};

/// How the gateway is bounded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GatewayOptions {
    /// How long a sender waits that says nothing.
    pub(crate) deadline: Duration,
    /// How many messages from outside may be in flight.
    pub(crate) in_flight: usize,
    /// How many may wait for a place.
    pub(crate) waiting: usize,
    pub(crate) aggregates: AggregateOptions,
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(30),
            in_flight: 512,
            waiting: 4_096,
            aggregates: AggregateOptions::default(),
        }
    }
}

/// The gateway of one process.
pub(crate) struct Gateway {
    environment: Environment,
    registry: Registry,
    options: GatewayOptions,
    in_flight: InFlight,
    aggregates: Aggregates,
    services: Services,
    views: ViewIds,
    serving: Serving,
    projectors: Projectors,
    /// Those who know how far the consumers are, once there are any.
    followed: OnceLock<Box<dyn Followed>>,
    this: Weak<Self>,
}

impl Gateway {
    pub(crate) fn new(
        environment: Environment,
        registry: Registry,
        views: ViewIds,
        serving: Serving,
        projectors: Projectors,
        options: GatewayOptions,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            in_flight: InFlight::new(options.in_flight, options.waiting),
            aggregates: Aggregates::new(environment.clone(), options.aggregates),
            services: Services::new(environment.clone()),
            environment,
            registry,
            options,
            views,
            serving,
            projectors,
            followed: OnceLock::new(),
            this: this.clone(),
        })
    }

    /// Says who knows how far the consumers are.
    pub(crate) fn follow(&self, followed: impl Followed) {
        // There is one application for each gateway.
        let _ = self.followed.set(Box::new(followed));
    }

    /// Lets in no message from outside any more, and waits for those that are in flight. Returns how many are left.
    pub(crate) async fn drain(&self, deadline: Instant) -> usize {
        self.in_flight.drain(deadline).await
    }

    /// How many messages from outside are in flight.
    #[cfg(feature = "testing")]
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.count()
    }

    async fn handle(&self, command: OutgoingCommand) -> Result<Receipt, SendError> {
        let deadline = command.deadline.unwrap_or_else(|| clock::deadline(self.options.deadline));
        let not_handled = || SendError::NotHandled { command: command.message.name.clone().into_owned() };
        let route = self.registry.command(&command.message.name).ok_or_else(not_handled)?;
        let (CommandRoute::Aggregate { payload, .. } | CommandRoute::Service { payload, .. }) = route;
        let outcome = self.carry(command, route, payload, deadline).await;
        self.environment.metrics.command(payload.name, kind_of(&outcome));
        outcome
    }

    async fn carry(
        &self,
        command: OutgoingCommand,
        route: &CommandRoute,
        payload: &'static PayloadMeta,
        deadline: Instant,
    ) -> Result<Receipt, SendError> {
        let refused = |refusal| SendError::Refused { command: payload.name, refusal };
        if deadline <= Instant::now() {
            return Err(refused(Refusal::DeadlinePassed));
        }
        let _place = match command.nested {
            true => None,
            false => Some(self.in_flight.enter(deadline).await.map_err(refused)?),
        };
        let OutgoingCommand { message, target, origin, cause, deadline: _, nested: _, held } = command;
        let task = Task { message, payload, target, origin, cause, deadline, held };
        match route {
            CommandRoute::Aggregate { aggregate, handlers, .. } => {
                self.aggregates.handle(aggregate, *handlers, &task).await
            }
            CommandRoute::Service { service, handler, .. } => match self.this.upgrade() {
                Some(bus) => self.services.handle(service, handler, &task, bus).await,
                None => Err(refused(Refusal::ShuttingDown)),
            },
        }
    }
}

/// What is counted of how a command ended.
fn kind_of(outcome: &Result<Receipt, SendError>) -> CommandOutcome {
    match outcome {
        Ok(receipt) if receipt.is_repeated() => CommandOutcome::Duplicate,
        Ok(_) => CommandOutcome::Accepted,
        Err(SendError::Rejected(rejection)) if rejection.is_recorded() => CommandOutcome::Duplicate,
        Err(
            SendError::Rejected(_)
            | SendError::NotFound { .. }
            | SendError::AlreadyExists { .. }
            | SendError::Deleted { .. },
        ) => CommandOutcome::Rejected,
        Err(SendError::Refused { .. }) => CommandOutcome::Refused,
        Err(SendError::Conflict { .. }) => CommandOutcome::Conflict,
        Err(SendError::OutcomeUnknown { .. }) => CommandOutcome::Unknown,
        Err(_) => CommandOutcome::Failed,
    }
}

impl Bus for Gateway {
    fn fresh_id(&self) -> Uuid {
        self.environment.ids.next()
    }

    fn now(&self) -> Timestamp {
        self.environment.clock.now()
    }

    fn send(&self, command: OutgoingCommand) -> BoxFuture<'_, Result<Receipt, SendError>> {
        let CommandMessage { name, id, correlation_id, .. } = &command.message;
        let span = debug_span!("command", %name, %id, correlation = %correlation_id);
        Box::pin(self.handle(command).instrument(span))
    }

    fn ask(&self, query: OutgoingQuery) -> BoxFuture<'_, Result<Box<dyn Any + Send>, QueryError>> {
        let QueryMessage { name, correlation_id, .. } = &query.message;
        let span = debug_span!("query", %name, correlation = %correlation_id);
        Box::pin(self.answer(query).instrument(span))
    }
}
