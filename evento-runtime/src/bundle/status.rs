//! What every consumer is doing, whichever process runs it.

use std::{collections::HashMap, time::Duration};

use super::{App, app::Running};
use crate::{
    consumer::{ConsumerState, ConsumerStatus, Progress, told},
    message::Position,
    store::{ConsumerRecord, LogQuery, NodeRecord, StoreError},
};

/// How many dead events are counted of a consumer that nobody runs.
const MOST_COUNTED: usize = 10_000;

impl App {
    /// What each consumer is doing, also those that other processes run: of these, it is what they told last, at most a third of a
    /// lease ago. The lag is that behind the head of the log now. Of a consumer that nobody runs, at most 10,000 events that were put
    /// aside are counted.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn status(&self) -> Result<Vec<ConsumerStatus>, StoreError> {
        let mut status = self.observe().await?;
        let mut ages: HashMap<Position, Duration> = HashMap::new();
        for one in status.iter_mut().filter(|one| one.lag > 0) {
            one.lag_time = match ages.get(&one.position) {
                Some(age) => *age,
                None => self.age_behind(one.position).await?,
            };
            ages.insert(one.position, one.lag_time);
        }
        self.tell_versions(&mut status).await?;
        for one in status.iter_mut().filter(|one| one.owner.is_none()) {
            let store = &self.environment.store;
            one.parked = store.dead_events(&one.consumer, Position::START, MOST_COUNTED).await?.len() as u64;
        }
        Ok(status)
    }

    /// The same without what takes longer to find out.
    pub(super) async fn observe(&self) -> Result<Vec<ConsumerStatus>, StoreError> {
        let store = &self.environment.store;
        let head = store.head().await?;
        let nodes = store.nodes().await?;
        let records = store.consumers().await?;
        let records: HashMap<_, _> =
            records.into_iter().map(|record| (record.consumer.clone(), record)).collect();
        let seen = |running: &Running| self.seen(running, records.get(&running.id), &nodes, head);
        Ok(self.consumers.iter().map(seen).collect())
    }

    fn seen(
        &self,
        running: &Running,
        record: Option<&ConsumerRecord>,
        nodes: &[NodeRecord],
        head: Position,
    ) -> ConsumerStatus {
        let here = running.progress.borrow().clone();
        let owner = record.and_then(|record| record.owner);
        let checkpoint = record.map_or(Position::START, |record| record.checkpoint);
        // What this process knows of it counts while it runs it, and what it has stopped for. When it was taken away, it
        // does not know of that yet.
        let is_here = owner == Some(self.node) || owner.is_none() && here.state != ConsumerState::NotOwned;
        let is_outdated = record.is_some_and(|record| here.is_outdated(record));
        let elsewhere = || {
            let node = nodes.iter().find(|node| Some(node.node) == owner)?;
            told(node, record?)
        };
        let unknown = |state| (Progress { state, position: checkpoint, ..Progress::default() }, 0.0);
        let (progress, rate) = if is_here {
            let rate = here.pace.rate();
            let state = match here.state {
                // It was put elsewhere, and its task has yet to find out.
                ConsumerState::Running if is_outdated => ConsumerState::CatchingUp,
                state => state,
            };
            (Progress { state, ..here }, rate)
        } else if owner.is_some() {
            elsewhere().unwrap_or_else(|| unknown(ConsumerState::CatchingUp))
        } else {
            let is_paused = record.is_some_and(|record| record.paused);
            let (mut unknown, rate) =
                unknown(if is_paused { ConsumerState::Paused } else { ConsumerState::NotOwned });
            unknown.last_error = record.and_then(|record| record.pause_reason.as_deref()).map(Into::into);
            (unknown, rate)
        };
        let Progress { state, position, last_error, parked, unmatched, begun_already, .. } = progress;
        let position = match (is_here, is_outdated) {
            (true, false) => position,
            (true, true) => checkpoint,
            (false, _) => position.max(checkpoint),
        };
        ConsumerStatus {
            consumer: running.id.clone(),
            state,
            owner,
            is_owned_here: owner == Some(self.node),
            position,
            lag: head.0.saturating_sub(position.0),
            lag_time: Duration::ZERO,
            rate,
            last_error,
            parked,
            replaying: record.is_some_and(|record| record.request.is_some()),
            version: None,
            unmatched,
            begun_already,
        }
    }

    /// How long ago the first event behind a position was recorded.
    async fn age_behind(&self, position: Position) -> Result<Duration, StoreError> {
        let query = LogQuery { after: position.into(), max_events: 1, ..LogQuery::default() };
        let page = self.environment.store.read_log(&query).await?;
        let now = self.environment.clock.now().as_millis();
        let age =
            page.events.first().map_or(0, |event| now.saturating_sub(event.message.timestamp.as_millis()));
        Ok(Duration::from_millis(u64::try_from(age).unwrap_or_default()))
    }
}
