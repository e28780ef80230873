//! Stores by their addresses, for programs that leave the choice to whoever starts them.

use std::sync::Arc;

use futures_core::future::BoxFuture;

use crate::{
    memory::MemoryStore,
    store::{SharedStore, StoreError},
};

/// Opens the store of an address, with its defaults:
///
/// | address | store | feature |
/// |---|---|---|
/// | `memory:` | in memory, gone with the process | |
/// | `sqlite:todo.db` | in a SQLite file | `sqlite` |
/// | `postgres://user:password@host/database` | in a PostgreSQL database | `postgres` |
/// | `mysql://user:password@host/database` | in a MySQL or MariaDB database | `mysql` |
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), evento_runtime::store::StoreError> {
/// let store = evento_runtime::open_store("memory:").await?;
/// assert_eq!(store.describe(), "memory");
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`StoreError::BadAddress`] when there is no such kind of store, or the program was built without it; otherwise what the
/// store says when it is opened.
pub fn open_store(address: &str) -> BoxFuture<'_, Result<SharedStore, StoreError>> {
    // Boxed here, so that it is compiled here: the body of an `async fn` is compiled in every program that awaits it.
    Box::pin(open(address))
}

async fn open(address: &str) -> Result<SharedStore, StoreError> {
    let scheme = address.split_once(':').map_or("", |(scheme, _)| scheme);
    match scheme {
        "memory" => Ok(Arc::new(MemoryStore::new())),
        #[cfg(feature = "sqlite")]
        "sqlite" => Ok(Arc::new(crate::sqlite::SqliteStore::open(address).await?)),
        #[cfg(feature = "postgres")]
        "postgres" | "postgresql" => Ok(Arc::new(crate::postgres::PostgresStore::open(address).await?)),
        #[cfg(feature = "mysql")]
        "mysql" | "mariadb" => Ok(Arc::new(crate::mysql::MySqlStore::open(address).await?)),
        _ => Err(StoreError::BadAddress { url: without_secrets(address), reason: missing(scheme) }),
    }
}

fn missing(scheme: &str) -> String {
    let feature = match scheme {
        "sqlite" => "sqlite",
        "postgres" | "postgresql" => "postgres",
        "mysql" | "mariadb" => "mysql",
        _ => return "it begins with none of `memory:`, `sqlite:`, `postgres://` and `mysql://`".to_owned(),
    };
    format!("this program was built without that store: enable the feature `{feature}` of evento")
}

/// An address that may be shown: what stands between `//` and `@` may be a password.
fn without_secrets(address: &str) -> String {
    match (address.find("://"), address.rfind('@')) {
        (Some(begin), Some(end)) if begin < end => format!("{}://…{}", &address[..begin], &address[end..]),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_of_no_store_is_told_without_its_password() {
        for address in ["todo.db", "", "oracle://ada:secret@host/db"] {
            let error =
                open_store(address).await.map(|store| store.describe()).expect_err("no store").to_string();
            assert!(error.contains("`sqlite:`") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_missing_feature_is_named() {
        for (scheme, feature) in
            [("sqlite", "`sqlite`"), ("postgresql", "`postgres`"), ("mariadb", "`mysql`")]
        {
            assert!(missing(scheme).contains(feature), "{}", missing(scheme));
        }
    }
}
