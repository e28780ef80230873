//! Who is alive, by the clock of the machine.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use tokio::sync::watch;

use super::{
    SqliteStore,
    column::{text, uuid},
    error::corrupt,
    statement::rows,
};
use crate::store::{
    Claim, Heartbeat, LeaseStore, NodeId, NodeRecord, StoreError, millis, values::signed, wanted, wanted_json,
};

#[async_trait]
impl LeaseStore for SqliteStore {
    async fn heartbeat(&self, heartbeat: &Heartbeat) -> Result<bool, StoreError> {
        let (node, wanted) = (heartbeat.node.0.simple().to_string(), wanted_json(&heartbeat.wanted)?);
        let mut writing = self.inner.writer.acquire_before_others().await?;
        let told = |text: &'static str| {
            sqlx::query(text)
                .bind(node.as_str())
                .bind(millis(heartbeat.lease))
                .bind(wanted.as_str())
                .bind(heartbeat.report.as_str())
        };
        let doing = "telling that this process is alive";
        let (_, known) = writing.run(doing, || told(include_str!("sql/heartbeat.sql"))).await?;
        if known == 0 {
            writing.run(doing, || told(include_str!("sql/join_nodes.sql"))).await?;
            self.inner.tell_of_leases();
        }
        Ok(known > 0)
    }

    async fn nodes(&self) -> Result<Vec<NodeRecord>, StoreError> {
        let mut reading = self.inner.readers.acquire().await?;
        let statement = sqlx::query(include_str!("sql/nodes.sql"));
        let rows = rows(reading.connection()?, "reading who is alive", statement).await?;
        reading.done();
        let decoded = rows.iter().map(decode).collect::<Result<_, _>>();
        decoded.map_err(|reason| corrupt("a process", reason))
    }

    async fn release(&self, claim: &Claim) -> Result<(), StoreError> {
        let (consumer, token) = (&claim.consumer, claim.token.simple().to_string());
        let epoch = signed("epoch", claim.epoch)?;
        let mut writing = self.inner.writer.acquire_before_others().await?;
        let statement = || {
            sqlx::query(include_str!("sql/release.sql"))
                .bind(consumer.component.as_ref())
                .bind(consumer.version)
                .bind(consumer.context.as_ref())
                .bind(epoch)
                .bind(token.as_str())
        };
        writing.run("giving a consumer back", statement).await?;
        drop(writing);
        self.inner.tell_of_leases();
        Ok(())
    }

    async fn leave(&self, node: NodeId) -> Result<(), StoreError> {
        let node = node.0.simple().to_string();
        let mut writing = self.inner.writer.acquire_before_others().await?;
        let statement = || sqlx::query(include_str!("sql/leave.sql")).bind(node.as_str());
        writing.run("giving all consumers back", statement).await?;
        drop(writing);
        self.inner.tell_of_leases();
        Ok(())
    }

    fn watch_leases(&self) -> watch::Receiver<u64> {
        self.inner.leases.subscribe()
    }

    fn waits_for_transactions(&self) -> bool {
        true
    }
}

fn decode(row: &SqliteRow) -> Result<NodeRecord, String> {
    Ok(NodeRecord {
        node: NodeId(uuid(row, 0)?),
        wanted: wanted(text(row, 1)?)?,
        report: text(row, 2)?.to_owned(),
    })
}
