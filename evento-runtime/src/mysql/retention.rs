//! Forgetting deleted aggregates and old entries of the ledger.

use std::borrow::Cow;

use async_trait::async_trait;
use sqlx::mysql::MySqlRow;

use super::{
    MySqlStore,
    column::{optional_text, text, unsigned, uuid},
    error::corrupt,
    script::{Script, Value},
};
use crate::{
    message::{CommandId, Position, Timestamp},
    store::{
        ConsumerId, Horizon, PurgeStep, Retention, StoreError,
        values::{bound, limit},
    },
};

/// So many streams or entries are purged by one script.
const AT_ONCE: usize = 100;

#[async_trait]
impl Retention for MySqlStore {
    async fn horizon(&self) -> Result<Horizon, StoreError> {
        let place = &self.inner.place;
        let statement = || place.statement(include_str!("sql/horizon.sql"));
        let (rows, _) = place.run("reading how far everything is done with", statement).await?;
        let row = rows.first().ok_or_else(|| corrupt("the head of the log", "there is none"))?;
        horizon(row).map_err(|reason| corrupt("a consumer", reason))
    }

    async fn purge_closed_streams(
        &self,
        closed_before: Timestamp,
        after: Position,
        most: usize,
    ) -> Result<PurgeStep<Position>, StoreError> {
        let doing = "purging deleted aggregates";
        let up_to = self.horizon().await?.position;
        let place = &self.inner.place;
        let statement = || {
            place
                .statement(include_str!("sql/closed_streams.sql"))
                .bind(bound(after.0))
                .bind(bound(up_to.0))
                .bind(closed_before.as_millis())
                .bind(limit(most.max(1)))
        };
        let (rows, _) = place.run(doing, statement).await?;
        let read = |row| Ok((Position(unsigned(row, 0)?), text(row, 1)?, text(row, 2)?));
        let closed = rows.iter().map(read).collect::<Result<Vec<_>, String>>();
        let closed = closed.map_err(|reason| corrupt("a closed stream", reason))?;
        // What is closed stays as it is, so that nothing comes between looking and purging.
        for some in closed.chunks(AT_ONCE) {
            let mut script = Script::new(&place.texts);
            script.push(include_str!("sql/begin_append.sql"), &[]);
            for (_, kind, id) in some {
                let (kind, id) = (Value::Key(kind), Value::Key(id));
                script.push(include_str!("sql/purge_stream.sql"), &[kind, id, kind, id]);
            }
            script.push(include_str!("sql/commit.sql"), &[]);
            place.run_script(doing, &script.finish()).await?;
        }
        let count = closed.len() as u64;
        let last = closed.last().map(|(position, ..)| *position);
        Ok(PurgeStep { looked_at: count, purged: count, next: last.filter(|_| rows.len() >= most.max(1)) })
    }

    async fn purge_ledger_entries(
        &self,
        handled_before: Timestamp,
        after: Option<CommandId>,
        most: usize,
    ) -> Result<PurgeStep<CommandId>, StoreError> {
        let doing = "purging the ledger";
        let up_to = self.horizon().await?.position;
        let place = &self.inner.place;
        let statement = || {
            place
                .statement(include_str!("sql/ledger_page.sql"))
                .bind(after.map(|command| command.0))
                .bind(after.map(|command| command.0))
                .bind(limit(most.max(1)))
        };
        let (rows, _) = place.run(doing, statement).await?;
        let page = rows.iter().map(|row| uuid(row, 0)).collect::<Result<Vec<_>, _>>();
        let page = page.map_err(|reason| corrupt("the ledger", reason))?;
        let mut purged = 0;
        for some in page.chunks(AT_ONCE) {
            let mut script = Script::new(&place.texts);
            let bounds = [Value::Number(handled_before.as_millis()), Value::Number(bound(up_to.0))];
            script.push(include_str!("sql/begin_append.sql"), &[]);
            script.push_list(include_str!("sql/purge_ledger.sql"), &bounds, |list| {
                for command in some {
                    list.value(Value::Uuid(*command));
                }
            });
            script.push(include_str!("sql/commit.sql"), &[]);
            let answers = place.run_script(doing, &script.finish()).await?;
            purged += answers.iter().map(|answered| answered.changed).sum::<u64>();
        }
        let next = page.last().copied().filter(|_| page.len() >= most.max(1)).map(CommandId);
        Ok(PurgeStep { looked_at: page.len() as u64, purged, next })
    }
}

fn horizon(row: &MySqlRow) -> Result<Horizon, String> {
    let head = Position(unsigned(row, 0)?);
    let Some(component) = optional_text(row, 1)? else { return Ok(Horizon::new(head, None)) };
    let position = Position(unsigned(row, 4)?);
    let consumer = ConsumerId {
        component: Cow::Owned(component.to_owned()),
        version: unsigned(row, 2)?,
        context: Cow::Owned(text(row, 3)?.to_owned()),
    };
    Ok(Horizon::new(head, Some((position, consumer))))
}
