//! Who sends a request, and whether they may have sent it before.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, header::AUTHORIZATION, request::Parts},
};
use evento::{Client, prelude::*};
use uuid::Uuid;

use super::problem::Problem;
use crate::invoker::TodoApi;

/// A client that speaks for the sender of a request.
pub struct Caller {
    pub api: Client<TodoApi>,
    key: Option<CommandId>,
}

impl FromRequestParts<Client<TodoApi>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Client<TodoApi>) -> Result<Self, Problem> {
        // A real application would verify a token here. This one believes what it is told.
        let user = text(&parts.headers, &AUTHORIZATION)?.unwrap_or("anonymous");
        let api = api.with(Metadata::new().with("user", user));
        // Keys of different users are different keys: nobody gets the answer to somebody else's request.
        let key = text(&parts.headers, &HeaderName::from_static("idempotency-key"))?
            .map(|key| CommandId::from_key(&format!("{user}\n{key}")));
        Ok(match key {
            Some(id) => Self { api: api.idempotent(id), key },
            None => Self { api, key },
        })
    }
}

impl Caller {
    /// The id of something new. It follows from the key of a request, so that a repeated one means the same thing.
    pub fn new_id(&self) -> String {
        match self.key {
            Some(key) => Uuid::new_v5(&key.0, b"id").to_string(),
            None => Uuid::now_v7().to_string(),
        }
    }
}

/// The text of a header; `None` when it is missing or blank.
fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, Problem> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let text =
        value.to_str().map_err(|_| Problem::bad_request(format!("the header `{name}` is not plain text")))?;
    Ok(Some(text.trim()).filter(|text| !text.is_empty()))
}
