//! A process that reads: a consumer with a checkpoint, which notes what it sees in the transaction that moves it.

use std::{borrow::Cow, path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use evento_runtime::{
    message::Position,
    store::{
        Claim, ConsumerId, FirstStart, LogFilter, LogMark, LogPage, LogQuery, NodeId, SharedStore,
        StoreError, ViewId, ViewRow,
    },
};
use serde::{Deserialize, Serialize};
use tokio::{
    sync::watch,
    time::{interval, timeout},
};
use uuid::Uuid;

use crate::{
    calls::bounded,
    era::Era,
    journal::{Batch, Journal, Note},
    writer::{NAMES, words},
};

/// How long a reader that is at the head waits to be told of a new one.
const POLL: Duration = Duration::from_millis(100);
/// How long it waits after a failure.
const DELAY: Duration = Duration::from_millis(100);
/// How many events it takes at once.
const BATCH: usize = 64;

/// A row of what a reader has seen, written with its checkpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// The number of the claim under which it was written.
    pub(crate) epoch: u64,
    /// The checkpoint before.
    pub(crate) after: u64,
    /// The checkpoint with which it was written.
    pub(crate) scanned: u64,
    /// Positions and ids of the events.
    pub(crate) events: Vec<(u64, Uuid)>,
}

/// The consumer of a reader.
pub(crate) fn consumer(number: u32) -> ConsumerId {
    ConsumerId { component: "Reader".into(), version: number + 1, context: "*".into() }
}

/// Where a reader keeps what it has seen.
pub(crate) fn view(number: u32) -> ViewId {
    ViewId { view: "Seen".into(), version: number + 1 }
}

/// What a reader wants to see: every second one does not want all.
pub(crate) fn names(number: u32) -> Arc<[Cow<'static, str>]> {
    if number.is_multiple_of(2) { Arc::default() } else { Arc::from([Cow::Borrowed(NAMES[0])]) }
}

/// Why a reader does not go on.
enum Stop {
    Store(String, StoreError),
    Hung(String),
    Broken(anyhow::Error),
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        Self::Broken(error)
    }
}

pub(crate) struct Reader {
    store: SharedStore,
    journal: Journal,
    era: Era,
    number: u32,
    /// Gives no heartbeat, so that whoever claims last has the consumer.
    node: NodeId,
    end: watch::Receiver<bool>,
    claim: Option<Claim>,
    /// The last place to which this process has moved the checkpoint.
    saved: LogMark,
    /// The last place that this process has seen, which the log must still have after a failure.
    reached: LogMark,
}

impl Reader {
    pub(crate) fn new(
        store: SharedStore,
        folder: &Path,
        name: &str,
        number: u32,
        end: watch::Receiver<bool>,
    ) -> Result<Self> {
        let journal = Journal::create(folder, name)?;
        Ok(Self {
            store,
            journal,
            era: Era::of(folder),
            number,
            node: NodeId(Uuid::now_v7()),
            end,
            claim: None,
            saved: LogMark::START,
            reached: LogMark::START,
        })
    }

    /// Reads until told to end, and then up to the head.
    pub(crate) async fn run(mut self) -> Result<()> {
        let mut delay = interval(DELAY);
        loop {
            delay.reset();
            let (doing, error) = match self.own().await {
                Ok(head) => {
                    self.journal.note(&Note::Done { head })?;
                    break;
                }
                Err(Stop::Broken(error)) => return Err(error),
                Err(Stop::Hung(doing)) => {
                    self.journal.note(&Note::Hung { doing })?;
                    continue;
                }
                Err(Stop::Store(doing, error)) => (doing, error),
            };
            match error {
                StoreError::Fenced { .. } => {
                    self.journal.note(&Note::Fenced)?;
                    break;
                }
                // Whoever starts it anew finds the checkpoint of the copy.
                StoreError::LogWentBack { .. } => {
                    self.journal.note(&Note::WentBack)?;
                    break;
                }
                _ => {}
            }
            let transient = error.is_transient();
            let error = format!("{doing}: {}", words(&error));
            self.journal.note(&if transient {
                Note::Trouble { error }
            } else {
                Note::Permanent { error }
            })?;
            delay.tick().await;
        }
        self.store.close().await;
        Ok(())
    }

    async fn call<T>(
        &self,
        doing: &str,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, Stop> {
        match bounded(call).await {
            Some(answer) => answer.map_err(|error| Stop::Store(doing.to_owned(), error)),
            None => Err(Stop::Hung(doing.to_owned())),
        }
    }

    /// The consumer, claimed once: what another process has claimed since is that one's.
    async fn claim(&mut self) -> Result<Claim, Stop> {
        let id = consumer(self.number);
        let store = Arc::clone(&self.store);
        let record = self.call("looking for the consumer", store.consumer(&id)).await?;
        let claim = match (&self.claim, record) {
            (Some(_), None) => return Err(self.went_back()),
            (Some(claim), Some(record))
                if record.epoch < claim.epoch
                    || (record.epoch == claim.epoch && record.token != claim.token)
                    || record.checkpoint < self.saved.position =>
            {
                return Err(self.went_back());
            }
            (None, None) => {
                let created = store.create_consumer(&id, FirstStart::Beginning, 1);
                if let Some(created) = self.call("creating the consumer", created).await? {
                    let commit = created.transaction.commit(created.checkpoint.into());
                    self.call("committing the consumer", commit).await?;
                }
                self.newest(&id).await?
            }
            (None, Some(_)) => self.newest(&id).await?,
            (Some(claim), Some(record)) if record.epoch == claim.epoch => {
                Claim { checkpoint: record.checkpoint, ..claim.clone() }
            }
            (Some(_), Some(_)) => {
                let fenced = StoreError::Fenced { consumer: id.to_string() };
                return Err(Stop::Store("going on".to_owned(), fenced));
            }
        };
        let era = self.era.now()?;
        let note = Note::Claimed { epoch: claim.epoch, checkpoint: claim.checkpoint.0, era };
        self.journal.note(&note)?;
        self.claim = Some(claim.clone());
        Ok(claim)
    }

    /// What is found is less than this process knows to be there.
    fn went_back(&self) -> Stop {
        let (seen, found) = (self.saved.position, Position::START);
        Stop::Store("going on".to_owned(), StoreError::LogWentBack { seen, found })
    }

    async fn newest(&self, id: &ConsumerId) -> Result<Claim, Stop> {
        let claim = self.call("claiming the consumer", self.store.claim(id, 1, self.node)).await?;
        Ok(claim.context("a consumer that was just there is gone")?)
    }

    /// Goes on from the checkpoint. Returns the head when that is reached and nothing more will come.
    async fn own(&mut self) -> Result<u64, Stop> {
        let claim = self.claim().await?;
        let (after, until) = (self.reached, Some(self.reached.position));
        let seen = LogQuery { after, until, max_events: 1, ..LogQuery::default() };
        self.call("recognising the log", self.store.read_log(&seen)).await?;
        let mut heads = self.store.watch_head();
        let mut place = if claim.checkpoint == self.saved.position {
            self.saved
        } else {
            LogMark::from(claim.checkpoint)
        };
        loop {
            heads.borrow_and_update();
            let ending = *self.end.borrow();
            let era = self.era.now()?;
            let query = LogQuery {
                after: place,
                until: None,
                filter: LogFilter { names: names(self.number), ..LogFilter::default() },
                max_events: BATCH,
                max_bytes: usize::MAX,
            };
            let page = self.call("reading the log", self.store.read_log(&query)).await?;
            self.reached = page.scanned;
            if page.scanned.position > place.position {
                place = self.take(&claim, place, page, era).await?;
                self.saved = place;
            } else if ending {
                return Ok(place.position.0);
            } else {
                let more = async {
                    tokio::select! {
                        _ = heads.changed() => {}
                        _ = self.end.changed() => {}
                    }
                };
                // A hint that does not come is no news.
                let _ = timeout(POLL, more).await;
            }
        }
    }

    /// Notes what was read, in the own file and then in the store, and moves the checkpoint.
    async fn take(&self, claim: &Claim, after: LogMark, page: LogPage, era: u8) -> Result<LogMark, Stop> {
        let events: Vec<_> = page.events.iter().map(|event| (event.position.0, event.message.id.0)).collect();
        let (after, scanned) = (after.position.0, page.scanned.position.0);
        let batch = Batch { after, scanned, events: events.clone(), era };
        self.journal.note(&Note::Read(batch))?;
        let mut transaction = self.call("beginning a transaction", self.store.begin(claim)).await?;
        if !events.is_empty() {
            let seen = Seen { epoch: claim.epoch, after, scanned, events };
            let body = serde_json::value::to_raw_value(&seen).context("numbers and ids are JSON")?;
            let row = ViewRow { id: Uuid::now_v7().to_string(), body, indexes: Vec::new() };
            let view = view(self.number);
            let put = transaction.put_view_row(&view, row);
            self.call("noting what was seen", put).await?;
        }
        self.call("moving the checkpoint", transaction.commit(page.scanned)).await?;
        self.journal.note(&Note::Committed { checkpoint: scanned })?;
        Ok(page.scanned)
    }
}
