//! Asking whoever runs a consumer, in this process or another, and waiting for the answer.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::DeadEventError;
use crate::{
    bundle::App,
    consumer::{Answer, Asked},
    store::{ConsumerId, DeadEventRequest, RequestAnswer, RequestKind, StoreError},
};

/// How soon to ask what became of a request, and how often when that takes long.
const FIRST_LOOK: Duration = Duration::from_millis(5);
const LAST_LOOK: Duration = Duration::from_millis(100);

impl App {
    /// Asks whoever runs a consumer, and waits for the answer; `None` when there is none in time.
    pub(super) async fn ask(
        &self,
        consumer: &ConsumerId,
        kind: RequestKind,
        asked: &Asked,
        deadline: Instant,
    ) -> Result<Option<Answer>, DeadEventError> {
        let store = &self.environment.store;
        let body = serde_json::to_string(asked).map_err(|error| StoreError::Failed {
            reason: format!("encoding a request: {error}"),
            source: Some(error.into()),
        })?;
        let (id, at) = (self.environment.ids.next(), self.environment.clock.now());
        let request = DeadEventRequest { id, consumer: consumer.clone(), kind, body, at, answer: None };
        if !store.ask(&request).await? {
            let Some(record) = store.consumer(consumer).await? else {
                return Err(self.unknown(&consumer.into()).into());
            };
            // A store that has asked twice because it had not heard the first answer finds the first request.
            if record.request != Some(id) && store.request(consumer, id).await?.is_none() {
                return Err(self.busy(consumer, kind, record.request).await?);
            }
        }
        tracing::info!(consumer = %consumer, request = %id, what = kind.as_str(), "something is asked of dead events");
        self.looking.look();
        let mut look = FIRST_LOOK;
        loop {
            let found = store.request(consumer, id).await?;
            if let Some(RequestAnswer { body, .. }) = found.and_then(|request| request.answer) {
                let answer = serde_json::from_str(&body).map_err(|error| DeadEventError::NotUnderstood {
                    consumer: consumer.clone(),
                    error: format!("its answer cannot be read: {error}"),
                })?;
                return Ok(Some(answer));
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            sleep(look.min(deadline.saturating_duration_since(Instant::now()))).await;
            look = (look * 2).min(LAST_LOOK);
        }
    }

    async fn busy(
        &self,
        consumer: &ConsumerId,
        kind: RequestKind,
        open: Option<Uuid>,
    ) -> Result<DeadEventError, StoreError> {
        let open = match open {
            Some(open) => self.environment.store.request(consumer, open).await?,
            None => None,
        };
        let now = self.environment.clock.now();
        let (kind, since) = open.map_or((kind, Duration::ZERO), |open| (open.kind, now.since(open.at)));
        Ok(DeadEventError::Busy { consumer: consumer.clone(), kind, since })
    }
}
