//! Grouped appends: the appends that wait in a process are committed together.
//!
//! A commit costs a synchronisation of the disk, or a round trip, whatever is in it. While one group commits, the next one
//! gathers. The queue runs in a task of its own, which lives as long as something waits: a caller that goes away never
//! tears a commit.

use std::{
    collections::VecDeque,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Waker},
};

use tokio::{
    sync::{Notify, oneshot},
    task::yield_now,
    time::{Instant, timeout_at},
};

use super::{Append, AppendError, Appended, StoreError, returns::Returns};
use crate::metrics;

/// At most so many appends are committed together.
const MAX_APPENDS: usize = 512;
/// Once a group has so many bytes, it is not made larger.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// How often other tasks are let in while the group still grows: those that were woken by the group before are about to
/// append again.
const MAX_YIELDS: usize = 4;

const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const OVER: u8 = 2;

type Outcome = Result<Appended, AppendError>;

/// Commits groups.
pub(crate) trait GroupWriter: Send + Sync + 'static {
    /// The right to write, for instance a connection. The group is gathered once it is there.
    type Lease: Send;

    /// Waits for the right to write.
    fn lease(&self) -> impl Future<Output = Result<Self::Lease, StoreError>> + Send;

    /// Commits a group and answers each of its appends.
    fn commit(&self, lease: Self::Lease, group: Vec<Waiting>) -> impl Future<Output = ()> + Send;
}

/// An append whose turn has not come yet.
pub(crate) struct Waiting {
    append: Append,
    bytes: usize,
    deadline: Instant,
    turn: Arc<AtomicU8>,
    answer: oneshot::Sender<Outcome>,
    returns: Arc<Returns>,
    /// How many returns of the log had been found when it began to wait.
    since: u64,
}

impl Waiting {
    pub(crate) fn append(&self) -> &Append {
        &self.append
    }

    /// Begins with the append, now that nothing is left to wait for. `None` when its caller has gone, its deadline has passed,
    /// or it was decided on a log that went back.
    pub(crate) fn begin(self) -> Option<Begun> {
        if self.answer.is_closed() {
            return None;
        }
        let expired = (Instant::now() >= self.deadline).then_some(AppendError::Expired);
        let refusal = expired.or_else(|| self.returns.refusal(self.since));
        if !take_turn(&self.turn, if refusal.is_some() { OVER } else { BEGUN }) {
            return None;
        }
        if let Some(refusal) = refusal {
            // The caller may have gone; then nobody wants to know.
            let _ = self.answer.send(Err(refusal));
            return None;
        }
        let Self { append, bytes, deadline, turn, answer, returns, since } = self;
        Some(Begun { append, bytes, deadline, turn, answer, returns, since })
    }

    /// Answers without having begun.
    pub(crate) fn refuse(self, error: StoreError) {
        if take_turn(&self.turn, OVER) {
            let _ = self.answer.send(Err(error.into()));
        }
    }
}

/// An append that is seen through.
pub(crate) struct Begun {
    append: Append,
    bytes: usize,
    deadline: Instant,
    turn: Arc<AtomicU8>,
    answer: oneshot::Sender<Outcome>,
    returns: Arc<Returns>,
    /// How many returns of the log had been found when it began to wait.
    since: u64,
}

impl Begun {
    pub(crate) fn append(&self) -> &Append {
        &self.append
    }

    /// Waits on, because there was something to wait for after all, and nothing was done.
    pub(crate) fn wait_on(self) -> Waiting {
        let Self { append, bytes, deadline, turn, answer, returns, since } = self;
        turn.store(WAITING, Ordering::Release);
        Waiting { append, bytes, deadline, turn, answer, returns, since }
    }

    pub(crate) fn answer(self, outcome: Outcome) {
        if let Err(error) = &outcome {
            self.returns.note(self.since, error);
        }
        // The caller may have gone; then nobody wants to know.
        let _ = self.answer.send(outcome);
    }
}

fn take_turn(turn: &AtomicU8, to: u8) -> bool {
    turn.compare_exchange(WAITING, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// How many appends the last group had.
    last: usize,
    running: bool,
    closed: bool,
}

impl Queue {
    /// How many appends wait, and how often others are to be let in before the group is taken. Whoever appends alone would
    /// wait for nobody, and letting others in wakes a thread.
    fn gathered(&self) -> (usize, usize) {
        (self.waiting.len(), if self.is_alone() { 0 } else { MAX_YIELDS })
    }

    fn is_alone(&self) -> bool {
        self.waiting.len() <= 1 && self.last <= 1
    }

    fn take_group(&mut self) -> Vec<Waiting> {
        let mut bytes = 0_usize;
        let mut group = Vec::with_capacity(self.waiting.len().min(MAX_APPENDS));
        while group.len() < MAX_APPENDS
            && let Some(next) =
                self.waiting.pop_front_if(|next| group.is_empty() || bytes + next.bytes <= MAX_BYTES)
        {
            bytes += next.bytes;
            group.push(next);
        }
        self.last = group.len();
        group
    }
}

/// The queue in front of a [`GroupWriter`].
pub(crate) struct GroupCommitter<W> {
    writer: W,
    queue: Mutex<Queue>,
    returns: Arc<Returns>,
    idle: Notify,
}

impl<W: GroupWriter> GroupCommitter<W> {
    pub(crate) fn new(writer: W) -> Arc<Self> {
        Arc::new(Self { writer, queue: Mutex::default(), returns: Arc::default(), idle: Notify::new() })
    }

    /// What commits groups, for what is written beside them.
    pub(crate) fn writer(&self) -> &W {
        &self.writer
    }

    /// Appends with the next group. `bytes` is the size of the append.
    pub(crate) async fn append(self: &Arc<Self>, append: Append, bytes: usize, deadline: Instant) -> Outcome {
        if Instant::now() >= deadline {
            return Err(AppendError::Expired);
        }
        let turn = Arc::new(AtomicU8::new(WAITING));
        let (answer, mut outcome) = oneshot::channel();
        {
            let mut queue = self.queue();
            if queue.closed {
                return Err(closed().into());
            }
            let (returns, since) = (Arc::clone(&self.returns), self.returns.count());
            let turn = Arc::clone(&turn);
            queue.waiting.push_back(Waiting { append, bytes, deadline, turn, answer, returns, since });
            self.run(queue);
        }
        let answered = match timeout_at(deadline, &mut outcome).await {
            Ok(answered) => answered,
            // It stays in the queue, where its turn finds it over.
            Err(_) if take_turn(&turn, OVER) => return Err(AppendError::Expired),
            Err(_) => outcome.await,
        };
        if let Ok(Err(error)) = &answered {
            self.returns.hear(error);
        }
        answered.unwrap_or_else(|_| {
            let source = StoreError::Unavailable {
                reason: "the task that commits has ended with its runtime".to_owned(),
                source: None,
            };
            Err(if turn.load(Ordering::Acquire) == BEGUN {
                AppendError::Unknown { source }
            } else {
                source.into()
            })
        })
    }

    /// Takes no more appends, and waits until those that wait are answered.
    pub(crate) async fn close(self: &Arc<Self>) {
        loop {
            let idle = self.idle.notified();
            {
                let mut queue = self.queue();
                queue.closed = true;
                if queue.waiting.is_empty() && !queue.running {
                    return;
                }
                self.run(queue);
            }
            idle.await;
        }
    }

    /// Makes sure that a task commits. A runtime that is ending drops the task at once, which locks the queue, so the lock is
    /// given back before.
    fn run(self: &Arc<Self>, mut queue: MutexGuard<'_, Queue>) {
        let is_running = std::mem::replace(&mut queue.running, true);
        let is_alone = queue.is_alone();
        drop(queue);
        if is_running {
            return;
        }
        let mut running = Box::pin(Running { committer: Arc::clone(self), finished: false }.run());
        if !is_alone || begin(running.as_mut()) {
            tokio::spawn(running);
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // The queue is whole between any two statements that hold the lock.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets others in for as long as the group grows.
    async fn gather(&self) {
        let (mut gathered, yields) = self.queue().gathered();
        for _ in 0..yields {
            yield_now().await;
            let now = self.queue().waiting.len();
            if now == gathered {
                break;
            }
            gathered = now;
        }
    }

    fn refuse_all(&self, error: StoreError) {
        let waiting = std::mem::take(&mut self.queue().waiting);
        for (each, error) in waiting.into_iter().zip(error.for_many()) {
            each.refuse(error);
        }
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable { reason: "it is closed".to_owned(), source: None }
}

/// Does here what comes first, so that the statement of whoever appends alone is on its way before a thread wakes for the rest.
/// Returns whether there is a rest. Whoever is to be woken is the task that polls the rest, which it does at once.
fn begin(running: Pin<&mut impl Future<Output = ()>>) -> bool {
    let begin = AssertUnwindSafe(|| running.poll(&mut Context::from_waker(Waker::noop())).is_pending());
    // A panic has dropped what was running, which has told those who wait.
    catch_unwind(begin).unwrap_or(false)
}

/// The task that commits. When it ends, however that comes, the next append starts another one.
struct Running<W: GroupWriter> {
    committer: Arc<GroupCommitter<W>>,
    finished: bool,
}

impl<W: GroupWriter> Running<W> {
    async fn run(mut self) {
        loop {
            {
                let mut queue = self.committer.queue();
                if queue.waiting.is_empty() {
                    // Under the lock, so that an append either is seen here or sees that nobody runs.
                    queue.running = false;
                    self.finished = true;
                    break;
                }
            }
            let lease = match self.committer.writer.lease().await {
                Ok(lease) => lease,
                Err(error) => {
                    self.committer.refuse_all(error);
                    continue;
                }
            };
            self.committer.gather().await;
            let group = self.committer.queue().take_group();
            metrics::grouped(group.len());
            self.committer.writer.commit(lease, group).await;
        }
    }
}

impl<W: GroupWriter> Drop for Running<W> {
    fn drop(&mut self) {
        if !self.finished {
            // The runtime went away, or the writer panicked: those who wait must not wait for ever.
            let mut queue = self.committer.queue();
            queue.running = false;
            queue.waiting.clear();
        }
        self.committer.idle.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread, time::Duration};

    use uuid::Uuid;

    use super::*;
    use crate::{
        message::{CommandId, Position, StreamId, Timestamp},
        store::{Expected, Recording},
    };

    /// Accepts everything and stores nothing.
    struct Nowhere;

    impl GroupWriter for Nowhere {
        type Lease = ();

        async fn lease(&self) -> Result<(), StoreError> {
            Ok(())
        }

        async fn commit(&self, (): (), group: Vec<Waiting>) {
            for begun in group.into_iter().filter_map(Waiting::begin) {
                begun.answer(Ok(Appended { first: Position(1), first_version: 1, count: 0 }));
            }
        }
    }

    /// Panics as soon as it is to commit, or once it was woken in the task that commits.
    struct Broken {
        at_once: bool,
    }

    impl GroupWriter for Broken {
        type Lease = ();

        async fn lease(&self) -> Result<(), StoreError> {
            Ok(())
        }

        async fn commit(&self, (): (), group: Vec<Waiting>) {
            let _begun: Vec<Begun> = group.into_iter().filter_map(Waiting::begin).collect();
            if !self.at_once {
                yield_now().await;
            }
            panic!("it is broken");
        }
    }

    /// Commits when it is let.
    #[derive(Default)]
    struct Held {
        entered: Notify,
        go: Notify,
    }

    impl GroupWriter for Held {
        type Lease = ();

        async fn lease(&self) -> Result<(), StoreError> {
            Ok(())
        }

        async fn commit(&self, (): (), group: Vec<Waiting>) {
            let begun: Vec<Begun> = group.into_iter().filter_map(Waiting::begin).collect();
            self.entered.notify_one();
            self.go.notified().await;
            for begun in begun {
                begun.answer(Ok(Appended { first: Position(1), first_version: 1, count: 0 }));
            }
        }
    }

    fn far() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[tokio::test]
    async fn whoever_appends_is_told_when_the_writer_panics() {
        for at_once in [true, false] {
            let committer = GroupCommitter::new(Broken { at_once });
            for _ in 0..2 {
                let answer = committer.append(append(), 1, far()).await;
                assert!(matches!(answer, Err(AppendError::Unknown { .. })), "{answer:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_caller_that_is_not_polled_any_more_keeps_nobody_waiting() {
        let committer = GroupCommitter::new(Held::default());
        let mut first = Box::pin(committer.append(append(), 1, far()));
        let begun = first.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(begun.is_pending());
        committer.writer().entered.notified().await;
        let second = tokio::spawn({
            let committer = Arc::clone(&committer);
            async move { committer.append(append(), 1, far()).await }
        });
        committer.writer().go.notify_one();
        committer.writer().entered.notified().await;
        committer.writer().go.notify_one();
        second.await.expect("no panic").expect("it is appended, though nobody polls the first one");
        first.await.expect("it was appended, too");
    }

    fn append() -> Append {
        let recording = Recording { name: String::new(), digest: 0, cause: None, at: Timestamp::default() };
        Append {
            stream: StreamId::new("Order", "a"),
            expected: Expected::Any,
            command: CommandId(Uuid::nil()),
            recording,
            events: Vec::new(),
            closes: false,
        }
    }

    #[test]
    fn a_runtime_ends_while_somebody_appends() {
        let (ended, ends) = mpsc::channel();
        thread::spawn(move || {
            for _ in 0..50 {
                let runtime =
                    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
                let runtime = runtime.expect("a runtime for tests");
                let committer = GroupCommitter::new(Nowhere);
                for _ in 0..4 {
                    let committer = Arc::clone(&committer);
                    runtime.spawn(async move {
                        loop {
                            let far = Instant::now() + Duration::from_secs(60);
                            // It may be over; what counts is that it is answered.
                            let _ = committer.append(append(), 1, far).await;
                            yield_now().await;
                        }
                    });
                }
                runtime.block_on(yield_now());
            }
            ended.send(()).expect("somebody waits");
        });
        ends.recv_timeout(Duration::from_secs(600)).expect("a runtime that never ends");
    }
}
