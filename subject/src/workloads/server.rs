//! What the server scenarios share: listening on loopback, being told to stop, and the count of what was
//! served.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixStream};

use crate::control;
use crate::os::Interruption;
use crate::protocol::{STOP, Served};

/// Connections that may wait to be accepted; the system may allow fewer (`net.core.somaxconn`).
const BACKLOG: u32 = 4 * protocol::workloads::CONCURRENT as u32;

/// A server's part of a [`Setting`](super::Setting): where it listens, and what became of it.
#[derive(Debug, Default)]
pub(super) struct Server {
    /// 0 leaves the choice to the system.
    pub(super) port: u16,
    pub(super) connections: AtomicU64,
    pub(super) requests: AtomicU64,
    pub(super) broken: AtomicU64,
    /// Why it could not serve, or not to the end.
    pub(super) problem: OnceLock<String>,
}

impl Server {
    /// What was served, or why not.
    pub(super) fn outcome(&self) -> Result<Served, String> {
        match self.problem.get() {
            Some(problem) => Err(problem.clone()),
            None => Ok(Served {
                connections: self.connections.load(Relaxed),
                requests: self.requests.load(Relaxed),
                broken: self.broken.load(Relaxed),
            }),
        }
    }

    /// Listens, announces it, and hands every connection to `handle` until it is told to stop. A problem
    /// is kept for [`outcome`](Self::outcome).
    pub(super) async fn accept(&self, mut handle: impl FnMut(TcpStream)) {
        if let Err(problem) = self.try_accept(&mut handle).await {
            // The first one is the one to tell of.
            let _ = self.problem.set(problem);
        }
        control::block_again();
    }

    async fn try_accept(&self, handle: &mut impl FnMut(TcpStream)) -> Result<(), String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let failed = |error: io::Error| format!("{address}: {error}");
        let stop = Stop::new().map_err(|error| format!("no way to be stopped: {error}"))?;
        let mut stop = pin!(stop.asked());
        let listener = listen(address).map_err(failed)?;
        control::listening(listener.local_addr().map_err(failed)?.port()).map_err(failed)?;
        loop {
            // In this order: what has connected before the end is served.
            tokio::select! {
                biased;
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        self.connections.fetch_add(1, Relaxed);
                        handle(stream);
                    }
                    // The client was gone before its turn came: its loss, not the server's.
                    Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {
                        self.broken.fetch_add(1, Relaxed);
                    }
                    // No more descriptors, most likely: requests would hang from here on.
                    Err(error) => return Err(format!("accepting a connection: {error}")),
                },
                () = &mut stop => return Ok(()),
            }
        }
    }
}

/// Listens, with room for every connection that a load opens at a time: one that finds no room waits for
/// a second before it tries again, and the figures would be of that.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// The two ways to be stopped.
struct Stop {
    signal: Interruption,
    channel: Option<UnixStream>,
}

impl Stop {
    fn new() -> io::Result<Self> {
        let channel = control::channel().transpose()?.map(UnixStream::from_std).transpose()?;
        Ok(Self { signal: Interruption::new()?, channel })
    }

    async fn asked(mut self) {
        let ordered = async {
            match &mut self.channel {
                // A runner that is gone wants no more either.
                Some(channel) => drop(channel.read_exact(&mut [0; STOP.len()]).await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = ordered => {}
            () = self.signal.received() => {}
        }
    }
}
