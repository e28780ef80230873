//! Versions of projectors, as an operator sees them: which one serves, which is being built, which is kept, and what to do with
//! the last.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;
use tokio::time::sleep;

use super::App;
use crate::{
    capability::NOBODY_READS,
    consumer::{ConsumerState, ConsumerStatus, Progress, Rebuild, VersionState, VersionStatus, told},
    message::Position,
    store::{ConsumerId, ConsumerRecord, NodeRecord, ServingVersion, StoreError, VersionRecord, ViewId},
};

/// How far behind the head of the log a version may be that is to serve: a consumer notes at least every thousandth position.
const NEAR: u64 = 1_000;
/// How many rows are deleted in one transaction.
const AT_ONCE: usize = 1_000;

/// A version of a projector.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectorVersion {
    /// The name of the projector within its bundle.
    pub projector: String,
    /// The version.
    pub version: u32,
    /// What it is for.
    pub state: VersionState,
    /// Whether processes run all of its consumers.
    pub is_live: bool,
    /// Up to where all of its consumers are done.
    pub position: Position,
    /// How many events of the log are behind that.
    pub lag: u64,
    /// How far the building is, of a version that is being built.
    pub rebuild: Option<Rebuild>,
    /// The stored names of the views that it writes.
    pub views: Vec<String>,
    /// Whether all of its consumers have been at the head of the log.
    is_built: bool,
}

/// Why nothing was done with a version.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VersionsError {
    /// The bundle has no such projector.
    #[error("there is no projector `{name}` in this bundle: there are {}", list(.known))]
    Unknown {
        /// What was given.
        name: String,
        /// The projectors of the bundle.
        known: Vec<String>,
    },
    /// The projector has no such version.
    #[error("`{projector}` has no version {version}: there are {}", list(.known))]
    NoVersion {
        /// The projector.
        projector: String,
        /// What was given.
        version: u32,
        /// The versions that there are.
        known: Vec<u32>,
    },
    /// The version lacks too much to serve.
    #[error(
        "version {version} of `{projector}` cannot serve: it is at {position}, {behind} events behind the head of the log; start a \
         process with it, and try again when it has caught up"
    )]
    Behind {
        /// The projector.
        projector: String,
        /// The version.
        version: u32,
        /// Up to where it is done.
        position: Position,
        /// How many events of the log are behind that.
        behind: u64,
    },
    /// The version serves, so it cannot be dropped.
    #[error(
        "version {version} of `{projector}` is the one that is read: let another one serve before you drop it"
    )]
    Serves {
        /// The projector.
        projector: String,
        /// The version.
        version: u32,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn list<T: std::fmt::Display>(known: &[T]) -> String {
    let named: Vec<_> = known.iter().map(|one| format!("`{one}`")).collect();
    if named.is_empty() { "none".to_owned() } else { named.join(", ") }
}

/// What the store and its processes say of all versions.
struct Seen {
    head: Position,
    records: Vec<ConsumerRecord>,
    nodes: Vec<NodeRecord>,
    serving: Vec<ServingVersion>,
}

impl Seen {
    fn serving(&self, projector: &str) -> Option<&ServingVersion> {
        self.serving.iter().find(|one| one.component == projector)
    }

    fn of<'s>(&'s self, projector: &'s str, version: u32) -> impl Iterator<Item = &'s ConsumerRecord> {
        let is_of = move |id: &ConsumerId| id.component == projector && id.version == version;
        self.records.iter().filter(move |record| is_of(&record.consumer))
    }

    fn is_live(&self, projector: &str, version: u32) -> bool {
        let mut records = self.of(projector, version).peekable();
        records.peek().is_some() && records.all(|record| record.owner.is_some())
    }

    /// Where a consumer is, and how fast it gets on, as its process has told.
    fn place(&self, record: &ConsumerRecord) -> (Position, f64) {
        let owner = self.nodes.iter().find(|node| Some(node.node) == record.owner);
        let told = owner.and_then(|node| told(node, record));
        told.map_or((record.checkpoint, 0.0), |(progress, rate)| {
            (progress.position.max(record.checkpoint), rate)
        })
    }
}

impl App {
    /// The versions of a projector that there are, whichever process runs them, or none. The name is that of the component
    /// (`Accounts`), or the stored one with the bundle in front (`bank/Accounts`).
    ///
    /// # Errors
    /// [`VersionsError::Unknown`] when the bundle has no such projector.
    pub async fn versions(&self, projector: &str) -> Result<Vec<ProjectorVersion>, VersionsError> {
        let projector = self.projector(projector)?;
        Ok(self.all_versions(&projector).await?)
    }

    /// Lets a version of a projector serve that does not, from now on, in all processes: usually the one before, when the one that
    /// serves turns out to be wrong. The other one is kept and goes on as long as a process runs it, but does not serve
    /// again by itself. Queries read the other version within a second.
    ///
    /// # Errors
    /// [`VersionsError::Behind`] for a version that lacks more than a thousand events, or was never built;
    /// [`VersionsError::NoVersion`] and [`VersionsError::Unknown`] for what is not there.
    pub async fn activate(&self, projector: &str, version: u32) -> Result<(), VersionsError> {
        let projector = self.projector(projector)?;
        let found = self.version(&projector, version).await?;
        let behind = || {
            let (projector, position, behind) = (projector.clone(), found.position, found.lag);
            VersionsError::Behind { projector, version, position, behind }
        };
        if matches!(found.state, VersionState::Serving | VersionState::Frozen) {
            return Ok(());
        }
        if !found.is_built || found.lag > NEAR {
            return Err(behind());
        }
        let serves = self.environment.store.serve_version(&projector, version).await?;
        self.serving.changed();
        if !serves {
            return Err(self.no_version(&projector, version).await?);
        }
        tracing::warn!(projector, version, "somebody has let another version serve");
        Ok(())
    }

    /// Drops a version of a projector that does not serve: its rows, its checkpoints, and the events that it has put aside. A
    /// process that still runs it stops doing so; started again, it builds the version anew, so stop it before. It takes some
    /// seconds, so that nobody reads rows that are being deleted, and goes on where it was when it is called again after an
    /// interruption.
    ///
    /// Tables of the projector's own are left alone: drop `todo_v1` when the version is gone.
    ///
    /// # Errors
    /// [`VersionsError::Serves`] for the version that is read; [`VersionsError::NoVersion`] and [`VersionsError::Unknown`] for
    /// what is not there.
    pub async fn drop_version(&self, projector: &str, version: u32) -> Result<(), VersionsError> {
        let projector = self.projector(projector)?;
        let found = self.version(&projector, version).await?;
        let store = &self.environment.store;
        if !store.retire_version(&projector, version).await? {
            return Err(VersionsError::Serves { projector, version });
        }
        // It cannot serve any more, but other processes may not have heard yet that it does not.
        sleep(NOBODY_READS).await;
        for view in found.views {
            let view = ViewId { view: view.into(), version };
            while store.delete_view_rows(&view, AT_ONCE).await? {
                tracing::debug!(%view, "rows of a version that is dropped are deleted");
            }
        }
        store.forget_version(&projector, version).await?;
        tracing::warn!(projector, version, "a version was dropped");
        self.looking.look();
        Ok(())
    }

    /// Says of each projector's consumer what its version is for.
    pub(super) async fn tell_versions(&self, status: &mut [ConsumerStatus]) -> Result<(), StoreError> {
        if !status.iter().any(|one| one.consumer.version > 0) {
            return Ok(());
        }
        let seen = self.look_at_versions().await?;
        for one in status.iter_mut().filter(|one| one.consumer.version > 0) {
            let (projector, version) = (&*one.consumer.component, one.consumer.version);
            let Some(&ServingVersion { serving, newest, .. }) = seen.serving(projector) else { continue };
            let is_frozen = !seen.is_live(projector, serving);
            let state = match version {
                _ if version == serving && is_frozen => VersionState::Frozen,
                _ if version == serving => VersionState::Serving,
                _ if version > newest => VersionState::Rebuilding,
                _ => VersionState::Kept,
            };
            let head = Position(one.position.0 + one.lag);
            let rebuild =
                (state == VersionState::Rebuilding).then(|| Rebuild::new(one.position, head, one.rate));
            one.version = Some(VersionStatus { state, serving, is_frozen, rebuild });
        }
        Ok(())
    }

    async fn look_at_versions(&self) -> Result<Seen, StoreError> {
        let store = &self.environment.store;
        let serving = store.serving_versions().await?;
        let (mut records, nodes) = (store.consumers().await?, store.nodes().await?);
        // A version may have been bound to other contexts, whose consumers nobody runs any more.
        records.retain(|ConsumerRecord { consumer, .. }| {
            let is_of =
                |id: &&ConsumerId| (&id.component, id.version) == (&consumer.component, consumer.version);
            let mut own = self.consumer_ids().filter(is_of).peekable();
            own.peek().is_none() || own.any(|id| id == consumer)
        });
        Ok(Seen { head: store.head().await?, records, nodes, serving })
    }

    async fn all_versions(&self, projector: &str) -> Result<Vec<ProjectorVersion>, StoreError> {
        let seen = self.look_at_versions().await?;
        let mut noted: BTreeMap<u32, Vec<VersionRecord>> = BTreeMap::new();
        for record in self.environment.store.versions(projector).await? {
            noted.entry(record.consumer.version).or_default().push(record);
        }
        Ok(noted
            .into_iter()
            .map(|(version, noted)| self.seen_version(&seen, projector, version, &noted))
            .collect())
    }

    fn seen_version(
        &self,
        seen: &Seen,
        projector: &str,
        version: u32,
        noted: &[VersionRecord],
    ) -> ProjectorVersion {
        let here = |id: &ConsumerId| {
            let running = self.consumers.iter().find(|running| running.id == *id)?;
            let Progress { state, position, pace, .. } = running.progress.borrow().clone();
            (state != ConsumerState::NotOwned).then(|| (position, pace.rate()))
        };
        let place = |record: &ConsumerRecord| match (record.owner == Some(self.node), here(&record.consumer))
        {
            (true, Some((position, rate))) => (position.max(record.checkpoint), rate),
            _ => seen.place(record),
        };
        let places: Vec<_> = seen.of(projector, version).map(place).collect();
        let position = places.iter().map(|(position, _)| *position).min().unwrap_or(Position::START);
        // What all have passed moves as fast as the slowest of them.
        let rate = places.iter().map(|(_, rate)| *rate).fold(f64::INFINITY, f64::min);
        let rate = if rate.is_finite() { rate } else { 0.0 };
        // A version may be bound to other contexts than when it was noted first.
        let mut of_consumers =
            noted.iter().filter(|one| seen.records.iter().any(|record| record.consumer == one.consumer));
        let is_built = of_consumers.all(|one| one.built);
        let (serving, newest) = seen.serving(projector).map_or((0, 0), |one| (one.serving, one.newest));
        let is_live = seen.is_live(projector, version);
        let state = match version {
            _ if version == serving && is_live => VersionState::Serving,
            _ if version == serving => VersionState::Frozen,
            _ if version > newest || (!is_built && is_live) => VersionState::Rebuilding,
            _ => VersionState::Kept,
        };
        let views: BTreeSet<_> = noted.iter().flat_map(|one| &one.views).cloned().collect();
        ProjectorVersion {
            projector: projector.to_owned(),
            version,
            state,
            is_live,
            position,
            lag: seen.head.0.saturating_sub(position.0),
            rebuild: (state == VersionState::Rebuilding).then(|| Rebuild::new(position, seen.head, rate)),
            views: views.into_iter().collect(),
            is_built: is_built && !places.is_empty(),
        }
    }

    async fn version(&self, projector: &str, version: u32) -> Result<ProjectorVersion, VersionsError> {
        let mut found = self.all_versions(projector).await?;
        match found.iter().position(|one| one.version == version) {
            Some(index) => Ok(found.swap_remove(index)),
            None => Err(self.no_version(projector, version).await?),
        }
    }

    async fn no_version(&self, projector: &str, version: u32) -> Result<VersionsError, StoreError> {
        let known = self.all_versions(projector).await?.iter().map(|one| one.version).collect();
        Ok(VersionsError::NoVersion { projector: projector.to_owned(), version, known })
    }

    /// The stored name of a projector of the bundle.
    fn projector(&self, name: &str) -> Result<String, VersionsError> {
        let projectors = self.consumer_ids().filter(|id| id.version > 0);
        let known: BTreeSet<_> = projectors.map(|id| id.component.to_string()).collect();
        let is_meant = |id: &&String| {
            let short = id.split_once('/').map_or(&***id, |(_, short)| short);
            name == short || name == id.as_str()
        };
        match known.iter().find(is_meant) {
            Some(found) => Ok(found.clone()),
            None => Err(VersionsError::Unknown { name: name.to_owned(), known: known.into_iter().collect() }),
        }
    }
}
