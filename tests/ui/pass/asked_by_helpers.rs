//! Sets of queries: one, a tuple, and helpers that ask for what they need.
#![allow(dead_code)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

#[query(response = u64)]
struct A;

#[query(response = String)]
struct B;

async fn helper<S: Asks<A, At>, At>(queries: &Queries<S>) -> Result<u64> {
    Ok(queries.query(A).await?)
}

#[derive(Default)]
struct Greeter;

#[observer(version = 1)]
impl Greeter {
    #[event_handler]
    async fn on(&self, _event: &Opened, one: &Queries<A>, both: &Queries<(A, B)>) -> Result<()> {
        let (_, _, text) = (helper(one).await?, helper(both).await?, both.query(B).await?);
        assert!(text.is_empty());
        Ok(())
    }
}

pub fn main() {}
