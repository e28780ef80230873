//! A way to a server that can be cut and mended, as an outage is one.

use std::{
    io,
    net::{SocketAddr, TcpListener as StdListener},
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Leads to a server from a port of its own.
pub struct Proxy {
    port: u16,
    server: String,
    working: Option<JoinHandle<()>>,
}

impl Proxy {
    /// A way that leads to `host:port` of a server.
    pub async fn to(server: &str) -> Self {
        let mut proxy = Self { port: free_port(), server: server.to_owned(), working: None };
        proxy.mend().await;
        proxy
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Cuts all connections and takes no more.
    pub async fn cut(&mut self) {
        if let Some(working) = self.working.take() {
            working.abort();
            // It ends as aborted, which is what was asked for.
            let _ = working.await;
        }
    }

    /// Leads to the server again.
    pub async fn mend(&mut self) {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], self.port)));
        let listener = listener.await.expect("the port is still free");
        self.working = Some(tokio::spawn(forward(listener, self.server.clone())));
    }
}

/// A port on which nobody listens.
pub fn free_port() -> u16 {
    let listener = StdListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its number").port()
}

async fn forward(listener: TcpListener, server: String) {
    // Dropped with this future, they are aborted with it.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((mut client, _)) = listener.accept().await else { return };
        let server = server.clone();
        connections.spawn(async move {
            let mut server = TcpStream::connect(server).await?;
            copy_bidirectional(&mut client, &mut server).await?;
            io::Result::Ok(())
        });
        while connections.try_join_next().is_some() {}
    }
}
