//! What a query handler may take beside the query, and every way to find rows.
#![allow(dead_code)]

use evento::prelude::*;

#[query(response = Vec<String>)]
struct List {
    town: String,
}

#[query(response = u64)]
struct Count;

#[view]
struct Row {
    #[id]
    id: String,
    #[index]
    town: String,
}

#[derive(Default)]
struct Rows;

#[projection]
impl Rows {
    #[query_handler]
    async fn list(
        &self,
        query: &List,
        rows: &Views<Row>,
        queries: &Queries<Count>,
        message: &QueryMessage,
        metadata: &Metadata,
    ) -> Result<Vec<String>> {
        let _ = (message, metadata, queries.query(Count).await?);
        let mut found = rows.find(Row::BY_TOWN.equals(&query.town), Page::new(0, 10)).await?;
        found.extend(rows.find(Row::BY_TOWN.prefix("A"), Page::new(0, 10)).await?);
        found.extend(rows.find(Find::all(), Page::new(0, 10)).await?);
        Ok(found.into_iter().map(|row| row.id).collect())
    }
}

pub fn main() {}
