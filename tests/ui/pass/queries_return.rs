//! A query handler returns the declared response, or a `Result` of it.
#![allow(dead_code)]

use evento::prelude::*;

#[query(response = Result<u64, String>)]
struct Strange;

#[query(response = ())]
struct Nothing;

#[query(response = Option<Vec<(String, u8)>>)]
struct Deep;

#[derive(Default)]
struct Answers;

#[projection]
impl Answers {
    #[query_handler]
    async fn strange(&self, _query: &Strange) -> Result<u64, String> {
        Ok(7)
    }

    #[query_handler]
    fn nothing(&self, _query: Nothing) {}

    #[query_handler]
    async fn deep(&self, _query: &Deep) -> Result<Option<Vec<(String, u8)>>, std::fmt::Error> {
        Ok(None)
    }
}

pub fn main() {}
