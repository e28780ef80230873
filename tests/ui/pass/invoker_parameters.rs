//! What is behind `&` is injected; what a caller passes may be anything that is owned.
#![allow(dead_code)]

use evento::prelude::*;

use std::collections::HashMap;

#[domain_command]
struct Open {
    #[aggregate_id]
    id: String,
}

#[query(response = u64)]
struct Count;

#[derive(Default)]
struct Api;

#[invoker]
impl Api {
    #[invocation_handler]
    pub async fn everything(
        &self,
        commands: &Commands<Open>,
        id: String,
        queries: &Queries<Count>,
        (number, names): (u32, Vec<String>),
        metadata: &Metadata,
        mut labels: HashMap<&'static str, Option<[u8; 4]>>,
        _unused: u8,
    ) -> Result<u64> {
        labels.clear();
        let _ = (number, names, metadata);
        commands.send(Open { id }).await?;
        Ok(queries.query(Count).await?)
    }

    #[invocation_handler]
    fn nothing(&self) {}
}

async fn caller(api: evento::Client<Api>) -> Result<u64> {
    api.nothing().await;
    api.everything("a".into(), (7, vec![]), HashMap::new(), 0).await
}

pub fn main() {}
