//! Commands.

use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use bench_harness::{
    Request, Sample, Store,
    drive::{self, Plan, Sender},
};
use cqrs_es::{
    AggregateContext, AggregateError, CqrsFramework, EventStore,
    mem_store::MemStore,
    persist::{PersistedEventRepository, PersistedEventStore},
};
use postgres_es::PostgresEventRepository;
use sqlite_es::SqliteEventRepository;

use crate::{
    account::{Account, Deposit, REFERENCE},
    stores,
};

struct Teller<S: EventStore<Account>> {
    bank: Arc<CqrsFramework<Account, S>>,
}

impl<S> Sender for Teller<S>
where
    S: EventStore<Account> + 'static,
    S::AC: AggregateContext<Account> + Send,
{
    async fn deposit(&mut self, number: usize, amount: u32) -> Result<u64> {
        let account = format!("account-{number:06}");
        let mut retries = 0;
        loop {
            let command = Deposit { account: account.clone(), amount, reference: REFERENCE.to_owned() };
            match self.bank.execute(&account, command).await {
                Ok(()) => return Ok(retries),
                Err(AggregateError::AggregateConflict) => retries += 1,
                Err(error) => return Err(anyhow!("{error}: {error:?}")),
            }
        }
    }
}

/// Aggregates are kept as rows of their own beside the events, so that none is replayed: the fastest way that cqrs-es has.
fn persisted<R: PersistedEventRepository>(repository: R) -> PersistedEventStore<R, Account> {
    PersistedEventStore::new_aggregate_store(repository)
}

async fn drive<S>(store: S, plan: Plan) -> Result<Sample>
where
    S: EventStore<Account> + 'static,
    S::AC: AggregateContext<Account> + Send,
{
    let bank = Arc::new(CqrsFramework::new(store, Vec::new(), ()));
    let tellers = (0..plan.tasks).map(|_| Teller { bank: Arc::clone(&bank) }).collect();
    drive::commands(tellers, plan).await
}

pub(crate) async fn run(request: &Request, plan: Plan) -> Result<Sample> {
    match request.store {
        Store::Memory => drive(MemStore::default(), plan).await,
        Store::SqliteFull | Store::SqliteNormal => {
            let pool = stores::sqlite(request).await?;
            drive(persisted(SqliteEventRepository::new(pool)), plan).await
        }
        Store::Postgres => {
            let pool = stores::postgres(request, plan.tasks).await?;
            drive(persisted(PostgresEventRepository::new(pool)), plan).await
        }
        Store::Mariadb => bail!("MariaDB is not measured yet"),
    }
}
