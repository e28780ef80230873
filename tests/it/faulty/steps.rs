//! The steps of what a program does with its store: the moments before a call and behind it. A program can be made to stay at one of
//! them, where whoever waits for that kills it, stops it, or lets others go first.

use std::{
    any::Any,
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use evento::{serde_json::value::RawValue, store::*};
use tokio::sync::watch;
use uuid::Uuid;

/// A moment: `append Stamp` is before the call, `append Stamp, done` behind it; and which time that is, from 1.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, evento::serde::Serialize, evento::serde::Deserialize,
)]
#[serde(crate = "evento::serde")]
pub struct Step(pub String, pub u32);

impl Step {
    pub fn new(name: impl Into<String>, time: u32) -> Self {
        Self(name.into(), time)
    }
}

/// The steps that were taken since somebody wanted to know.
#[derive(Default)]
pub struct Steps {
    noted: Mutex<Option<Noted>>,
    /// Everything stands still.
    stays: watch::Sender<bool>,
    goes_on: watch::Sender<bool>,
}

#[derive(Default)]
struct Noted {
    times: BTreeMap<String, u32>,
    taken: Vec<Step>,
    stays_at: Option<Step>,
    /// Nobody takes a further step.
    is_frozen: bool,
    /// Calls that have begun and not ended.
    in_flight: u32,
}

impl Steps {
    /// Notes steps from now on, counted anew, and stays at one of them, with all that goes on beside it.
    pub fn note(&self, stays_at: Option<Step>) {
        self.stays.send_replace(false);
        self.goes_on.send_replace(false);
        *self.noted() = Some(Noted { stays_at, ..Noted::default() });
    }

    /// The steps so far, in their order.
    pub fn taken(&self) -> Vec<Step> {
        self.noted().as_ref().map(|noted| noted.taken.clone()).unwrap_or_default()
    }

    /// How often a step was taken.
    pub fn count(&self, name: &str) -> usize {
        self.taken().iter().filter(|step| step.0 == name).count()
    }

    /// Waits until the program stays where it is to stay, and nothing is under way any more.
    pub async fn stays(&self) {
        let _ = self.stays.subscribe().wait_for(|stays| *stays).await;
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        if let Some(noted) = &mut *self.noted() {
            noted.is_frozen = false;
        }
        self.goes_on.send_replace(true);
    }

    /// The steps before a call and behind it.
    pub(super) async fn around<T>(&self, call: &str, calling: impl Future<Output = T>) -> T {
        self.take(call).await;
        self.behind(call, calling).await
    }

    /// The step behind a call that changes nothing which others could see.
    pub(super) async fn behind<T>(&self, call: &str, calling: impl Future<Output = T>) -> T {
        let under_way = UnderWay::new(self);
        let answer = calling.await;
        let frozen = self.pass(&format!("{call}, done"));
        drop(under_way);
        self.thaw(frozen).await;
        answer
    }

    /// A transaction whose calls are steps.
    pub(super) fn within(
        self: &Arc<Self>,
        inner: Box<dyn ConsumerTransaction>,
    ) -> Box<dyn ConsumerTransaction> {
        Box::new(Stepping { inner, steps: self.clone() })
    }

    async fn take(&self, name: &str) {
        let frozen = self.pass(name);
        self.tell();
        self.thaw(frozen).await;
    }

    /// Notes a step. Returns whether it is the last one for now.
    fn pass(&self, name: &str) -> bool {
        let mut noted = self.noted();
        let Some(noted) = &mut *noted else { return false };
        let time = noted.times.entry(name.to_owned()).or_default();
        *time += 1;
        let step = Step::new(name, *time);
        noted.is_frozen |= noted.stays_at.take_if(|at| *at == step).is_some();
        noted.taken.push(step);
        noted.is_frozen
    }

    /// Tells if everything stands still.
    fn tell(&self) {
        let stays = self.noted().as_ref().is_some_and(|noted| noted.is_frozen && noted.in_flight == 0);
        if stays {
            self.stays.send_replace(true);
        }
    }

    async fn thaw(&self, frozen: bool) {
        if frozen {
            let _ = self.goes_on.subscribe().wait_for(|goes_on| *goes_on).await;
        }
    }

    fn noted(&self) -> MutexGuard<'_, Option<Noted>> {
        self.noted.lock().expect("not poisoned")
    }
}

/// A call that has begun, until it has ended or is given up.
struct UnderWay<'a>(&'a Steps);

impl<'a> UnderWay<'a> {
    fn new(steps: &'a Steps) -> Self {
        if let Some(noted) = &mut *steps.noted() {
            noted.in_flight += 1;
        }
        Self(steps)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        // One that began before the steps were noted was not counted.
        if let Some(noted) = &mut *self.0.noted() {
            noted.in_flight = noted.in_flight.saturating_sub(1);
        }
        self.0.tell();
    }
}

struct Stepping {
    inner: Box<dyn ConsumerTransaction>,
    steps: Arc<Steps>,
}

impl TransactionConnection for Stepping {
    fn connection(&mut self) -> Option<&mut (dyn Any + Send)> {
        self.inner.connection()
    }
}

#[async_trait]
impl ConsumerTransaction for Stepping {
    async fn view_row(&mut self, view: &ViewId, id: &str) -> Result<Option<Box<RawValue>>, StoreError> {
        self.inner.view_row(view, id).await
    }

    async fn find_view_rows(
        &mut self,
        view: &ViewId,
        matching: &ViewMatch,
        page: Page,
    ) -> Result<Vec<Box<RawValue>>, StoreError> {
        self.inner.find_view_rows(view, matching, page).await
    }

    async fn put_view_row(&mut self, view: &ViewId, row: ViewRow) -> Result<(), StoreError> {
        self.steps.behind("put_view_row", self.inner.put_view_row(view, row)).await
    }

    async fn put_view_rows(&mut self, view: &ViewId, rows: Vec<ViewRow>) -> Result<(), StoreError> {
        self.steps.behind("put_view_rows", self.inner.put_view_rows(view, rows)).await
    }

    fn check_view_row(&self, view: &ViewId, row: &ViewRow) -> Result<(), StoreError> {
        self.inner.check_view_row(view, row)
    }

    async fn delete_view_row(&mut self, view: &ViewId, id: &str) -> Result<bool, StoreError> {
        self.inner.delete_view_row(view, id).await
    }

    async fn put_saga(&mut self, record: SagaRecord) -> Result<(), StoreError> {
        self.steps.behind("put_saga", self.inner.put_saga(record)).await
    }

    async fn delete_saga(&mut self, saga: &str, id: SagaId) -> Result<bool, StoreError> {
        self.steps.behind("delete_saga", self.inner.delete_saga(saga, id)).await
    }

    async fn put_timer(&mut self, timer: TimerRecord) -> Result<(), StoreError> {
        self.steps.behind("put_timer", self.inner.put_timer(timer)).await
    }

    async fn delete_timer(&mut self, saga: &str, id: SagaId, key: &str) -> Result<(), StoreError> {
        self.steps.behind("delete_timer", self.inner.delete_timer(saga, id, key)).await
    }

    async fn put_unmatched(&mut self, event: UnmatchedEvent) -> Result<(), StoreError> {
        self.inner.put_unmatched(event).await
    }

    async fn park(&mut self, event: DeadEvent) -> Result<(), StoreError> {
        self.steps.behind("park", self.inner.park(event)).await
    }

    async fn unpark(&mut self, place: &DeadEventPlace) -> Result<bool, StoreError> {
        self.steps.around("unpark", self.inner.unpark(place)).await
    }

    async fn answer(&mut self, request: Uuid, answer: RequestAnswer) -> Result<(), StoreError> {
        self.inner.answer(request, answer).await
    }

    async fn serve_built(
        &mut self,
        contexts: &[std::borrow::Cow<'static, str>],
        position: evento::message::Position,
    ) -> Result<bool, StoreError> {
        self.inner.serve_built(contexts, position).await
    }

    async fn commit(self: Box<Self>, checkpoint: LogMark) -> Result<(), StoreError> {
        let Self { inner, steps } = *self;
        steps.around("commit", inner.commit(checkpoint)).await
    }
}
