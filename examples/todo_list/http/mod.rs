//! The application over HTTP: a thin layer that turns requests into calls of the invoker, and errors into problems.

mod caller;
mod problem;
mod routes;

use std::{
    io::{self, Write},
    time::Duration,
};

use evento::{open_store, prelude::*};
use thiserror::Error;
use tokio::{net::TcpListener, sync::watch, time};

use crate::{bundle::TodoBundle, invoker::TodoApi, write_side::Postbox};

/// How long requests in flight may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(10);

/// How much the server takes on.
#[derive(clap::Args)]
pub struct Limits {
    /// How long a request may take, in seconds.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds, requires = "serve")]
    deadline: Duration,
    /// How many requests are handled at once. As many more may wait; the others are refused.
    #[arg(long, value_name = "N", default_value_t = 256, requires = "serve")]
    in_flight: usize,
}

#[derive(Debug, Error)]
#[error("cannot listen on `{address}`, which should be like 127.0.0.1:3000")]
struct CannotListen {
    address: String,
    source: io::Error,
}

fn seconds(text: &str) -> Result<Duration> {
    Ok(Duration::try_from_secs_f64(text.parse()?)?)
}

/// Serves until Ctrl-C or SIGTERM, then ends what it has begun.
pub async fn serve(store: &str, address: &str, limits: Limits) -> Result<()> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|source| CannotListen { address: address.to_owned(), source })?;
    let postbox = Postbox::new(|_key, text| eprintln!("notification: {text}"));
    let app = TodoBundle::builder()
        .shared_store(open_store(store).await?)
        .provide(postbox)
        .in_flight(limits.in_flight, limits.in_flight)
        .start()
        .await?;
    let api: evento::Client<TodoApi> = app.invoker();
    let router = routes::router(api.within(limits.deadline));

    let (stop, stopping) = watch::channel(false);
    let signals = tokio::spawn(async move {
        let asked = asked_to_stop().await;
        stop.send_replace(true);
        asked
    });
    writeln!(io::stdout(), "listening on http://{}", listener.local_addr()?)?;
    let server = axum::serve(listener, router).with_graceful_shutdown(until(stopping.clone()));
    tokio::select! {
        served = server.into_future() => served?,
        // A client that keeps its connection busy does not keep the server.
        () = async { until(stopping).await; time::sleep(GRACE).await } => {}
    }
    signals.await??;
    Ok(app.shutdown().await?)
}

async fn until(mut stopping: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is as good a reason to stop.
    let _ = stopping.wait_for(|stop| *stop).await;
}

#[cfg(unix)]
async fn asked_to_stop() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn asked_to_stop() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
