//! Work for tests that kill the program: many lists at once, the same ones for the same seed, and a line on stdout for
//! everything that was promised to be durable.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use evento::{Client, prelude::*, sqlite::SqliteStore};
use tokio::{sync::Semaphore, task::JoinSet, time::sleep};

use crate::{bundle::TodoBundle, invoker::TodoApi, write_side::Postbox};

/// How many lists are worked on at the same time.
const AT_ONCE: usize = 16;

const PATIENCE: Duration = Duration::from_secs(120);

#[derive(clap::Args)]
pub struct Options {
    /// Does the work of so many lists, prints `ack <list> <command>` for each command that was accepted, and `done`.
    #[arg(long, value_name = "LISTS", hide = true)]
    work: Option<u32>,
    /// Tells the work of one test from that of another.
    #[arg(long, value_name = "N", hide = true, default_value_t = 0)]
    seed: u64,
    /// Prints every list as a line of JSON.
    #[arg(long, hide = true)]
    verify: bool,
}

impl Options {
    pub fn is_asked_for(&self) -> bool {
        self.work.is_some() || self.verify
    }
}

/// Does the work, then shows the result, as far as either is asked for.
pub async fn run(db: &str, options: &Options) -> Result<()> {
    let app = TodoBundle::builder()
        .state_store(SqliteStore::open(db).await?)
        .provide(Postbox::new(|_key, _text| {}))
        .start()
        .await?;
    let api: Client<TodoApi> = app.invoker();
    if let Some(lists) = options.work {
        work(&api, lists, options.seed).await?;
        app.wait_for_head(PATIENCE).await?;
        print("done")?;
    }
    if options.verify {
        app.wait_for_head(PATIENCE).await?;
        verify(&api).await?;
    }
    Ok(app.shutdown().await?)
}

async fn work(api: &Client<TodoApi>, lists: u32, seed: u64) -> Result<()> {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut lists: JoinSet<Result<()>> = (0..lists)
        .map(|number| {
            let (api, places) = (api.clone(), places.clone());
            async move {
                let _place = places.acquire().await?;
                one_list(&api, format!("work-{seed}-{number}")).await
            }
        })
        .collect();
    while let Some(list) = lists.join_next().await {
        list??;
    }
    Ok(())
}

/// Every command has an id of its own that follows from the list, so the work can be done again after a crash: what was
/// done before is answered with its first outcome.
async fn one_list(api: &Client<TodoApi>, list: String) -> Result<()> {
    command(api, &list, "create", async |api| api.create_list(list.clone(), format!("Work {list}")).await)
        .await?;
    for todo in ["a", "b", "c", "d"] {
        let add =
            async |api: Client<TodoApi>| api.add_todo(list.clone(), todo.into(), format!("do {todo}")).await;
        command(api, &list, &format!("add-{todo}"), add).await?;
    }
    command(api, &list, "remove-d", async |api| api.remove_todo(list.clone(), "d".into()).await).await?;
    for todo in ["a", "b", "c"] {
        let check = async |api: Client<TodoApi>| api.check_todo(list.clone(), todo.into()).await;
        command(api, &list, &format!("check-{todo}"), check).await?;
    }
    Ok(())
}

/// Sends a command until its outcome is known.
async fn command(
    api: &Client<TodoApi>,
    list: &str,
    name: &str,
    send: impl AsyncFn(Client<TodoApi>) -> Result<Receipt, SendError>,
) -> Result<()> {
    let id = CommandId::from_key(&format!("{list}/{name}"));
    let api = api.idempotent(id).with(Metadata::new().with("user", "worker"));
    loop {
        match send(api.clone()).await {
            Ok(_) => return print(&format!("ack {list} {name}")),
            Err(error) if error.is_transient() => sleep(Duration::from_millis(50)).await,
            Err(error) => return Err(error.into()),
        }
    }
}

async fn verify(api: &Client<TodoApi>) -> Result<()> {
    const SIZE: u32 = 100;
    for page in 0.. {
        let lists = api.search_lists(String::new(), page, SIZE).await?;
        for list in &lists {
            print(&serde_json::to_string(list)?)?;
        }
        if lists.len() < SIZE as usize {
            break;
        }
    }
    Ok(())
}

/// A line at once, for the test may kill the program right after it.
fn print(line: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    Ok(stdout.flush()?)
}
