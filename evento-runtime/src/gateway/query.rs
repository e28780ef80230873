//! Answering queries.

use std::any::Any;

use tokio::time::{Instant, timeout_at};

use super::Gateway;
use crate::{
    capability::{Access, OutgoingQuery, Reading, Scope, Tables, seed},
    clock,
    handler::{AccessSlot, CallFailure, Incoming, Invocation, MessageRef, Outcome, Uses},
    interceptor,
    outcome::{FailedQuery, QueryError, Refusal},
    registry::QueryRoute,
    store::StoreError,
};

impl Gateway {
    pub(super) async fn answer(&self, query: OutgoingQuery) -> Result<Box<dyn Any + Send>, QueryError> {
        let OutgoingQuery { message, deadline, nested, after } = query;
        let deadline = deadline.unwrap_or_else(|| clock::deadline(self.options.deadline));
        let name = || message.name.clone().into_owned();
        let refused = |refusal| QueryError::Refused { query: name(), refusal };
        let route =
            self.registry.query(&message.name).ok_or_else(|| QueryError::NotHandled { query: name() })?;
        if deadline <= Instant::now() {
            return Err(refused(Refusal::DeadlinePassed));
        }
        // Whoever waits for a projector takes nobody's place.
        let pinned = self.read_after(&message.name, route, &after, deadline).await?;
        let _place = match nested {
            true => None,
            false => Some(self.in_flight.enter(deadline).await.map_err(refused)?),
        };
        let bus = self.this.upgrade().ok_or_else(|| refused(Refusal::ShuttingDown))?;
        let component = route.projection.meta.name;
        let mut scope =
            Scope::new(bus, seed(message.id, &route.projection.name), message.id, message.correlation_id);
        scope.metadata = message.metadata.clone();
        scope.deadline = Some(deadline);

        let wants_connection = route.handler.params.iter().any(|uses| matches!(uses, Uses::Connection(_)));
        let connection = match wants_connection {
            true => {
                let lending = timeout_at(deadline, self.environment.store.read_connection());
                Some(lending.await.map_err(|_elapsed| StoreError::unanswered())??)
            }
            false => None,
        };
        let reading = Reading { serving: self.serving.clone(), pinned };
        let tables = self.tables(route, &reading).await?;
        let mut access =
            Access::read(self.environment.store.clone(), reading, connection, self.views.clone());
        let incoming = Incoming::new(MessageRef::Query(&message));
        let mut invocation = Invocation::new(&incoming, Some(&scope));
        invocation.instance = Some(&**route.projection.instance);
        invocation.access = AccessSlot::Exclusive(&mut access);
        invocation.tables = Some(&tables);
        let called = self.environment.called(route.projection.meta, route.handler, 0);
        match interceptor::call(called, invocation, deadline).await {
            Ok(Outcome::Answer(answer)) => Ok(answer),
            Ok(_) => Err(QueryError::WrongAnswer {
                query: route.handler.payload.map_or("?", |payload| payload.name),
            }),
            Err(CallFailure::Panicked(text)) => Err(QueryError::Panicked {
                handler: format!("{component}::{}", route.handler.name),
                message: text,
            }),
            Err(CallFailure::Failed(error)) => Err(QueryError::Failed(FailedQuery::new(name(), error))),
            Err(CallFailure::TimedOut) => Err(QueryError::DeadlinePassed { query: name() }),
        }
    }

    /// The tables that a projection reads: those of the version that serves, and of several projectors those of the oldest one,
    /// until all are built.
    async fn tables(&self, route: &QueryRoute, reading: &Reading) -> Result<Tables, StoreError> {
        let mut version = None;
        for projector in route.tables.iter().filter_map(|read| self.projectors.get(read.name)) {
            let serving = reading.version(&projector.name, projector.version).await?;
            version = Some(version.map_or(serving, |version: u32| version.min(serving)));
        }
        Ok(Tables::of_version(version.unwrap_or_default()))
    }
}
