//! Which version of each projector is read, as far as this process knows.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{spawn, time::Instant};

use crate::store::{SharedStore, StoreError};

/// What is older than this is looked up again, without anybody waiting for it.
const FRESH: Duration = Duration::from_millis(500);
/// Nobody goes by what is older than this.
const TRUSTED: Duration = Duration::from_secs(1);
/// When a version has not served for so long, no query reads it any more that does not take long itself.
pub(crate) const NOBODY_READS: Duration = Duration::from_secs(2);

/// Which version of each projector is read. What this process switches it knows at once, what others switch within a second.
/// A busy process asks the store twice a second, and an idle one not at all. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Serving(Arc<Inner>);

struct Inner {
    store: SharedStore,
    known: Mutex<Known>,
    /// Held by the one who asks the store.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    versions: HashMap<String, u32>,
    /// Before it was asked for.
    asked_at: Option<Instant>,
    /// Counts how often it turned out to be old.
    changes: u64,
}

impl Known {
    fn is_younger(&self, than: Duration) -> bool {
        self.asked_at.is_some_and(|at| at.elapsed() < than)
    }
}

impl Serving {
    pub(crate) fn new(store: SharedStore) -> Self {
        Self(Arc::new(Inner { store, known: Mutex::default(), asking: tokio::sync::Mutex::default() }))
    }

    /// The version of a projector that is read; `own` when the store knows of none.
    pub(crate) async fn version(&self, projector: &str, own: u32) -> Result<u32, StoreError> {
        let (is_fresh, is_trusted) = {
            let known = self.0.known();
            (known.is_younger(FRESH), known.is_younger(TRUSTED))
        };
        if !is_trusted {
            self.0.ask(|known| known.is_younger(TRUSTED)).await?;
        } else if !is_fresh {
            self.refresh();
        }
        Ok(self.0.known().versions.get(projector).copied().unwrap_or(own))
    }

    /// Asks the store now.
    pub(crate) async fn look(&self) -> Result<(), StoreError> {
        let now = Instant::now();
        self.0.ask(|known| known.asked_at.is_some_and(|at| at >= now)).await
    }

    /// Says that something was switched: from now on, everybody waits until the store was asked again.
    pub(crate) fn changed(&self) {
        let mut known = self.0.known();
        (known.asked_at, known.changes) = (None, known.changes + 1);
    }

    fn refresh(&self) {
        if self.0.asking.try_lock().is_err() {
            return;
        }
        let inner = self.0.clone();
        spawn(async move {
            // Whoever trusts nothing any more is told of the error.
            let _ = inner.ask(|known| known.is_younger(FRESH)).await;
        });
    }
}

impl Inner {
    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing that can panic stands between two changes that belong together.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the store, unless somebody else has asked meanwhile.
    async fn ask(&self, is_enough: impl Fn(&Known) -> bool + Send) -> Result<(), StoreError> {
        let _asking = self.asking.lock().await;
        loop {
            let changes = {
                let known = self.known();
                if is_enough(&known) {
                    return Ok(());
                }
                known.changes
            };
            let asked_at = Instant::now();
            let serving = self.store.serving_versions().await?;
            let mut known = self.known();
            // An answer that was on its way during a switch may be older than it.
            if known.changes == changes {
                known.versions =
                    serving.into_iter().map(|one| (one.component.into_owned(), one.serving)).collect();
                known.asked_at = Some(asked_at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        memory::MemoryStore,
        store::{CheckpointStore, ConsumerId, FirstStart, ProjectorVersionStore},
    };

    async fn with_versions(store: &MemoryStore) -> Serving {
        for version in [1, 2] {
            let id = ConsumerId { component: "P".into(), version, context: "*".into() };
            store.introduce_version(&id, &[], version).await.expect("it is noted");
            let new = store.create_consumer(&id, FirstStart::Beginning, version).await;
            let new = new.expect("no error").expect("a consumer");
            new.transaction.commit(new.checkpoint.into()).await.expect("it is created");
        }
        Serving::new(Arc::new(store.clone()))
    }

    async fn read(serving: &Serving) -> u32 {
        serving.version("P", 7).await.expect("the store answers")
    }

    /// As if what is known had been asked for so long ago.
    fn grow_old(serving: &Serving, by: Duration) {
        let then = Instant::now().checked_sub(by);
        serving.0.known().asked_at = Some(then.expect("the machine runs for longer"));
    }

    #[tokio::test]
    async fn what_others_switch_is_known_within_a_second() {
        let store = MemoryStore::new();
        let serving = with_versions(&store).await;
        assert_eq!(read(&serving).await, 1);
        assert_eq!(serving.version("Q", 7).await.expect("the store answers"), 7, "nobody has noted it");
        assert!(store.serve_version("P", 2).await.expect("no error"));
        assert!(serving.0.known().is_younger(TRUSTED), "the store is not asked each time");
        grow_old(&serving, TRUSTED);
        assert_eq!(read(&serving).await, 2, "nobody goes by what is too old");
    }

    #[tokio::test]
    async fn whoever_asks_often_never_waits() {
        let store = MemoryStore::new();
        let serving = with_versions(&store).await;
        assert_eq!(read(&serving).await, 1);
        assert!(store.serve_version("P", 2).await.expect("no error"));
        grow_old(&serving, FRESH);
        read(&serving).await;
        while serving.0.known().versions["P"] == 1 {
            tokio::task::yield_now().await;
        }
        assert_eq!(read(&serving).await, 2, "it was asked for beside");
    }

    #[tokio::test]
    async fn what_this_process_switches_is_known_at_once() {
        let store = MemoryStore::new();
        let serving = with_versions(&store).await;
        assert_eq!(read(&serving).await, 1);
        assert!(store.serve_version("P", 2).await.expect("no error"));
        serving.changed();
        assert_eq!(read(&serving).await, 2);
        assert!(store.serve_version("P", 1).await.expect("no error"));
        serving.look().await.expect("the store answers");
        assert_eq!(read(&serving).await, 1, "whoever looks sees what is there");
    }
}
