//! More processes on the same store. They share what has to be done; nobody has to tell them how.

use std::{env, path::Path, process::Stdio};

use evento::{open_store, prelude::*};
use thiserror::Error;
use tokio::{
    io::{AsyncReadExt, stdin},
    process::{Child, Command},
};

use crate::{authorisation::Authorisation, bundle::OrdersBundle, write_side::MailServer};

/// Other processes of this program, which end with it.
pub struct Processes(Vec<Child>);

#[derive(Debug, Error)]
enum ProcessesError {
    #[error(
        "a store in memory is that of one process: choose another one for several, such as sqlite:shop.db"
    )]
    InMemory,
    #[error("a process failed: {0}")]
    Failed(std::process::ExitStatus),
}

impl Processes {
    pub fn start(count: u32, store: &str, mails: &Path) -> Result<Self> {
        if count > 0 && store.starts_with("memory:") {
            return Err(ProcessesError::InMemory.into());
        }
        let program = env::current_exe()?;
        let start = |_number| {
            let mut command = Command::new(&program);
            command.arg("--worker").args(["--store", store]).arg("--mails").arg(mails);
            // Its standard input is closed when this program ends, whatever ends it.
            command.stdin(Stdio::piped()).kill_on_drop(true).spawn()
        };
        Ok(Self((0..count).map(start).collect::<Result<_, _>>()?))
    }

    /// Tells them to end, and waits for that.
    pub async fn end(self) -> Result<()> {
        for mut child in self.0 {
            drop(child.stdin.take());
            let status = child.wait().await?;
            if !status.success() {
                return Err(ProcessesError::Failed(status).into());
            }
        }
        Ok(())
    }
}

/// Works along until nobody wants it any more.
pub async fn work(store: &str, mails: MailServer) -> Result<()> {
    let app = OrdersBundle::builder()
        .shared_store(open_store(store).await?)
        .provide(mails)
        .interceptor(Authorisation)
        .start()
        .await?;
    stdin().read_to_end(&mut Vec::new()).await?;
    Ok(app.shutdown().await?)
}
