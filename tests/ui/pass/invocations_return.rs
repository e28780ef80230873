//! What an invocation may return: nothing, a value, or a `Result` with any error.
#![allow(dead_code)]

use evento::prelude::*;

#[derive(Debug, thiserror::Error)]
#[error("no: {0}")]
struct No(#[from] evento::Intercepted);

struct NotAnError;

#[derive(Default)]
struct Api;

#[invoker]
impl Api {
    #[invocation_handler]
    async fn nothing(&self) {}

    #[invocation_handler]
    async fn value(&self) -> Option<u64> {
        None
    }

    #[invocation_handler]
    async fn result(&self) -> Result<u64> {
        Ok(7)
    }

    #[invocation_handler]
    async fn own(&self) -> Result<(), No> {
        Ok(())
    }

    #[invocation_handler]
    async fn plain(&self) -> Result<(), NotAnError> {
        Err(NotAnError)
    }

    #[invocation_handler]
    async fn this(&self) -> std::result::Result<u8, String> {
        Err("no".to_owned())
    }
}

async fn caller(api: evento::Client<Api>) -> Result<u64, No> {
    api.nothing().await;
    api.own().await?;
    let _ = (api.plain().await.is_err(), api.this().await, api.result().await);
    Ok(api.value().await.unwrap_or(1))
}

pub fn main() {}
