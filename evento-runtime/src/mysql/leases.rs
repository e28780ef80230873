//! Who is alive, by the clock of the server.

use async_trait::async_trait;
use sqlx::mysql::MySqlRow;
use tokio::sync::watch;

use super::{
    MySqlStore,
    column::{text, uuid},
    error::corrupt,
};
use crate::store::{
    Claim, Heartbeat, LeaseStore, NodeId, NodeRecord, StoreError, millis, values::signed, wanted, wanted_json,
};

#[async_trait]
impl LeaseStore for MySqlStore {
    async fn heartbeat(&self, heartbeat: &Heartbeat) -> Result<bool, StoreError> {
        let (place, wanted) = (&self.inner.place, wanted_json(&heartbeat.wanted)?);
        let (node, lease, report) = (heartbeat.node.0, millis(heartbeat.lease), heartbeat.report.as_str());
        let doing = "telling that this process is alive";
        let update = || {
            let statement = place.statement(include_str!("sql/heartbeat.sql"));
            statement.bind(lease).bind(wanted.as_str()).bind(report).bind(node)
        };
        let (_, known) = place.run(doing, update).await?;
        if known == 0 {
            let insert = || {
                let statement = place.statement(include_str!("sql/join_nodes.sql"));
                statement.bind(node).bind(lease).bind(wanted.as_str()).bind(report)
            };
            place.run(doing, insert).await?;
            self.inner.tell_of_leases();
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
                .bind(consumer.component.as_bytes())
                .bind(i64::from(consumer.version))
                .bind(consumer.context.as_bytes())
                .bind(epoch)
                .bind(claim.token)
        };
        place.run("giving a consumer back", statement).await?;
        self.inner.tell_of_leases();
        Ok(())
    }

    async fn leave(&self, node: NodeId) -> Result<(), StoreError> {
        let place = &self.inner.place;
        let statement = || place.statement(include_str!("sql/leave.sql")).bind(node.0);
        place.run("giving all consumers back", statement).await?;
        self.inner.tell_of_leases();
        Ok(())
    }

    fn watch_leases(&self) -> watch::Receiver<u64> {
        self.inner.leases.subscribe()
    }
}

fn decode(row: &MySqlRow) -> Result<NodeRecord, String> {
    Ok(NodeRecord {
        node: NodeId(uuid(row, 0)?),
        wanted: wanted(text(row, 1)?)?,
        report: text(row, 2)?.to_owned(),
    })
}
