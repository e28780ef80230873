//! Versions of the code: an older program does not take over from a newer one, and live sagas are continued by the versions
//! that adopt them.

use std::{collections::HashSet, fmt};

use thiserror::Error;

use super::{
    ConsumerSpec, ConsumerTask,
    failure::{Interruption, is_fault_of_events},
};
use crate::{
    component::{ComponentBody, ComponentKind},
    environment::Environment,
    error::Error,
    store::{Claim, ConsumerId, SagaCount, SagaRecord, StoreError},
};

/// How many sagas are adopted in one transaction.
const PAGE: usize = 100;

/// How many sagas live in a version that nobody continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveVersion {
    /// The version of the code that saved them.
    pub version: u32,
    /// How many there are.
    pub live: u64,
}

impl fmt::Display for LiveVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, live } = self;
        write!(f, "{live} of version {version}")
    }
}

/// Why this version of the code does not go on with what is in the store.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VersionError {
    /// A later version has run since.
    #[error(
        "consumer `{consumer}` was run by version {found} of its code, and this program has version {running}: an older \
         program does not take over from a newer one; start version {found} or a later one"
    )]
    Newer {
        /// Which consumer.
        consumer: ConsumerId,
        /// The version that ran last.
        found: u32,
        /// The version of this program.
        running: u32,
    },
    /// There are live sagas that this version does not adopt.
    #[error(
        "saga `{saga}` has live sagas that version {running} does not adopt ({}): write `#[saga(version = {running}, \
         adopts = {})]` to go on with them, or run the version that started them until they have ended",
        list(.live),
        .live.first().map_or(1, |first| first.version)
    )]
    NotAdopted {
        /// The stored name of the saga.
        saga: String,
        /// The version of this program.
        running: u32,
        /// The live sagas, oldest version first.
        live: Vec<LiveVersion>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn list(live: &[LiveVersion]) -> String {
    live.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Whether these consumers may go on with what is in the store.
pub(crate) async fn check_versions(
    specs: &[ConsumerSpec],
    environment: &Environment,
) -> Result<(), VersionError> {
    let store = &environment.store;
    let records = store.consumers().await?;
    let counts = match specs.iter().any(|spec| spec.meta.kind == ComponentKind::Saga) {
        true => store.count_sagas().await?,
        false => Vec::new(),
    };
    for spec in specs {
        let running = spec.meta.version;
        let recorded = records.iter().filter(|record| record.consumer == spec.id);
        let saved = counts.iter().filter(|count| *count.saga == *spec.sagas);
        let versions = recorded.map(|record| record.code_version);
        let versions = versions.chain(saved.map(|count| count.code_version));
        if let Some(found) = versions.max().filter(|found| *found > running) {
            return Err(VersionError::Newer { consumer: spec.id.clone(), found, running });
        }
        let live = not_adopted(spec, &counts);
        if !live.is_empty() {
            return Err(VersionError::NotAdopted { saga: spec.sagas.to_string(), running, live });
        }
    }
    Ok(())
}

fn not_adopted(spec: &ConsumerSpec, counts: &[SagaCount]) -> Vec<LiveVersion> {
    let ComponentBody::Saga(body) = &spec.meta.body else { return Vec::new() };
    let of_others = counts
        .iter()
        .filter(|count| *count.saga == *spec.sagas && !body.continues(spec.meta.version, count.code_version));
    of_others.map(|count| LiveVersion { version: count.code_version, live: count.live }).collect()
}

impl ConsumerTask {
    /// Makes the live sagas of older versions those of this one, so that events find them by the associations that this
    /// version gives them. One whose state cannot be decoded stays as it is, and what comes for it is put aside.
    pub(super) async fn take_up_sagas(&mut self, claim: &Claim) -> Result<(), Interruption> {
        self.timers.look_again();
        if self.spec.meta.kind != ComponentKind::Saga {
            return Ok(());
        }
        let store = self.spec.environment.store.clone();
        let counts = store.count_sagas().await?;
        let older = |count: &SagaCount| {
            *count.saga == *self.spec.sagas && count.code_version < self.spec.meta.version
        };
        if !counts.iter().any(older) {
            return Ok(());
        }
        let mut after = None;
        loop {
            let page = store.list_sagas(&self.spec.sagas, after, PAGE).await?;
            let is_end = page.len() < PAGE;
            after = page.last().map(|record| record.id);
            self.adopt(claim, &page).await?;
            if is_end {
                return Ok(());
            }
            if self.stopping() {
                // No event may be delivered before all are adopted: those that are not would not be found by it.
                return Err(Interruption::Asked);
            }
        }
    }

    async fn adopt(&mut self, claim: &Claim, page: &[SagaRecord]) -> Result<(), Interruption> {
        let mut left_alone = HashSet::new();
        'whole: loop {
            let mut transaction = self.open(claim).await?;
            let mut adopted = 0_u32;
            for record in page {
                if record.code_version >= self.spec.meta.version || left_alone.contains(&record.id) {
                    continue;
                }
                let error = match self.adopted(record) {
                    Ok(adopted) => match transaction.put_saga(adopted).await {
                        Ok(()) => None,
                        Err(error) if is_fault_of_events(&error) => Some(error.into()),
                        Err(error) => return Err(error.into()),
                    },
                    Err(error) => Some(error),
                };
                if let Some(error) = error {
                    tracing::warn!(consumer = %self.spec.id, saga = %record.id, error = %format_args!("{error:#}"), "a saga of an older version cannot be adopted");
                    left_alone.insert(record.id);
                    // What a database refused may have spoilt the transaction.
                    continue 'whole;
                }
                adopted += 1;
            }
            if adopted > 0 {
                self.commit(transaction, claim.checkpoint.into()).await?;
                tracing::info!(consumer = %self.spec.id, adopted, "sagas of older versions are continued");
            }
            return Ok(());
        }
    }

    /// A saga of an older version as this one would have saved it.
    fn adopted(&self, record: &SagaRecord) -> Result<SagaRecord, Error> {
        let body = self.body()?;
        let state = self.decode(body, record)?;
        let (state, associations) = self.written(body, record.id, &state)?;
        Ok(SagaRecord { code_version: self.spec.meta.version, state, associations, ..record.clone() })
    }
}
