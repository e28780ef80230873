//! Who is alive, by the clock of the server.

use async_trait::async_trait;
use sqlx::postgres::PgRow;
use tokio::sync::watch;

use super::{
    PostgresStore,
    column::{text, uuid},
    error::corrupt,
};
use crate::store::{
    Claim, Heartbeat, LeaseStore, NodeId, NodeRecord, StoreError, millis, values::signed, wanted, wanted_json,
};

/// What other processes are told when somebody came, or gave something back.
pub(super) const LEASES: &str = "leases";

impl PostgresStore {
    /// Tells those who share consumers that there is something to look at. A hint: they find out by themselves a little later.
    pub(super) async fn tell_of_leases(&self) {
        self.inner.leases.send_modify(|count| *count += 1);
        let place = &self.inner.place;
        let Some(channel) = place.channel.as_deref() else { return };
        let tell = || place.statement(include_str!("sql/tell.sql")).bind(channel).bind(LEASES);
        if let Err(error) = place.run("telling other processes", tell).await {
            tracing::debug!(%error, "other processes are not told; they find out with their next heartbeat");
        }
    }
}

#[async_trait]
impl LeaseStore for PostgresStore {
    async fn heartbeat(&self, heartbeat: &Heartbeat) -> Result<bool, StoreError> {
        let (place, wanted) = (&self.inner.place, wanted_json(&heartbeat.wanted)?);
        let told = |text: &'static str| {
            place
                .statement(text)
                .bind(heartbeat.node.0)
                .bind(millis(heartbeat.lease))
                .bind(wanted.as_str())
                .bind(heartbeat.report.as_str())
        };
        let doing = "telling that this process is alive";
        let (_, known) = place.run(doing, || told(include_str!("sql/heartbeat.sql"))).await?;
        if known == 0 {
            place.run(doing, || told(include_str!("sql/join_nodes.sql"))).await?;
            self.tell_of_leases().await;
        }
        Ok(known > 0)
    }

    async fn nodes(&self) -> Result<Vec<NodeRecord>, StoreError> {
        let place = &self.inner.place;
        let statement = || place.statement(include_str!("sql/nodes.sql"));
        let (rows, _) = place.run("reading who is alive", statement).await?;
        let decoded = rows.iter().map(decode).collect::<Result<_, _>>();
        decoded.map_err(|reason| corrupt("a process", reason))
    }

    async fn release(&self, claim: &Claim) -> Result<(), StoreError> {
        let (place, consumer) = (&self.inner.place, &claim.consumer);
        let epoch = signed("epoch", claim.epoch)?;
        let statement = || {
            place
                .statement(include_str!("sql/release.sql"))
                .bind(consumer.component.as_ref())
                .bind(i64::from(consumer.version))
                .bind(consumer.context.as_ref())
                .bind(epoch)
                .bind(claim.token)
        };
        place.run("giving a consumer back", statement).await?;
        self.tell_of_leases().await;
        Ok(())
    }

    async fn leave(&self, node: NodeId) -> Result<(), StoreError> {
        let place = &self.inner.place;
        let statement = || place.statement(include_str!("sql/leave.sql")).bind(node.0);
        place.run("giving all consumers back", statement).await?;
        self.tell_of_leases().await;
        Ok(())
    }

    fn watch_leases(&self) -> watch::Receiver<u64> {
        self.inner.listen();
        self.inner.leases.subscribe()
    }
}

fn decode(row: &PgRow) -> Result<NodeRecord, String> {
    Ok(NodeRecord {
        node: NodeId(uuid(row, 0)?),
        wanted: wanted(text(row, 1)?)?,
        report: text(row, 2)?.to_owned(),
    })
}
