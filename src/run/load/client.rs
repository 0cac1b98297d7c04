//! Our client: two threads, raw sockets, a new connection for every request.
//!
//! A closed loop, as ApacheBench's: a connection that has ended is followed by the next one at once. So
//! latencies are those of a server that is always busy, and no answer is waited for in vain while others
//! pile up.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use protocol::workloads::{PAGE, Traffic};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Load;
use crate::common::os::thread_cpu_ns;
use crate::plan::settings::Client;
use crate::record::{Latency, LoadResult};

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: memscope-bench\r\nAccept: */*\r\nConnection: close\r\n\r\n";

/// How often a load looks whether it has been cancelled.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Room for an answer; ours has some 130 bytes.
const ANSWER: usize = 1024;

/// The threads among which connections are divided. To open and close a connection costs a client as much
/// as to accept and answer it costs the server, so one thread would leave a server on two cores idle for a
/// fifth of the time.
pub(super) const THREADS: usize = 2;

/// What all connections have in common.
struct Shared {
    address: SocketAddr,
    traffic: Traffic,
    /// Connections that have been begun, of `requests`.
    begun: AtomicU64,
    requests: u64,
}

/// What the connections of one thread met.
pub(super) struct Tally {
    good: u64,
    errors: BTreeMap<String, u64>,
    interruptions: BTreeMap<String, u64>,
    /// In microseconds.
    pub(super) latencies: Histogram<u64>,
    pub(super) cpu_ns: Option<u64>,
}

/// Durations in microseconds.
pub(super) fn histogram() -> Result<Histogram<u64>, String> {
    // Three significant digits, from a microsecond to a minute; what is longer counts as a minute.
    Histogram::new_with_bounds(1, 60_000_000, 3).map_err(|error| error.to_string())
}

impl Tally {
    pub(super) fn new() -> Result<Self, String> {
        let (errors, interruptions) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { good: 0, errors, interruptions, latencies: histogram()?, cpu_ns: Some(0) })
    }

    /// Notes what a request met, and how long it took in microseconds, if it did not fail.
    pub(super) fn note(&mut self, met: Met, took: u64) {
        match met {
            Ok(interruption) => {
                self.good += 1;
                self.latencies.saturating_record(took);
                if let Some(interruption) = interruption {
                    *self.interruptions.entry(interruption.to_owned()).or_default() += 1;
                }
            }
            Err(error) => *self.errors.entry(error).or_default() += 1,
        }
    }

    /// All of it, as it is recorded.
    pub(super) fn into_result(self, load: &Load, wall: Duration) -> LoadResult {
        LoadResult {
            client: Client::Own,
            requests: load.requests,
            concurrent: load.concurrent,
            good: self.good,
            errors: self.errors,
            interruptions: self.interruptions,
            wall_ns: u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX),
            client_cpu_ns: self.cpu_ns,
            latency: latency(&self.latencies),
            open: None,
        }
    }

    pub(super) fn add(&mut self, other: &Self) -> Result<(), String> {
        self.good += other.good;
        for (sums, counts) in
            [(&mut self.errors, &other.errors), (&mut self.interruptions, &other.interruptions)]
        {
            for (kind, count) in counts {
                *sums.entry(kind.clone()).or_default() += count;
            }
        }
        self.cpu_ns = self.cpu_ns.zip(other.cpu_ns).map(|(sum, one)| sum + one);
        self.latencies.add(&other.latencies).map_err(|error| error.to_string())
    }
}

/// Makes the load.
///
/// # Errors
///
/// Why it could not even begin. Requests that fail are counted, by kind.
pub(super) fn run(load: &Load, port: u16, cancelled: &AtomicBool) -> Result<LoadResult, String> {
    let shared = Arc::new(Shared {
        address: address(port),
        traffic: load.traffic,
        begun: AtomicU64::new(0),
        requests: load.requests,
    });
    let begin = Instant::now();
    let over = || cancelled.load(Relaxed) || begin.elapsed() >= load.timeout;
    let tallies: Vec<_> = std::thread::scope(|scope| {
        let threads = (0..THREADS).map(|thread| {
            let connections =
                load.concurrent / THREADS + usize::from(thread < load.concurrent % THREADS);
            let (shared, over) = (shared.clone(), &over);
            scope.spawn(move || drive(&shared, connections, over))
        });
        let threads: Vec<_> = threads.collect();
        let ended = threads.into_iter().map(|thread| thread.join());
        ended.map(|tally| tally.unwrap_or_else(|_| Err("the client panicked".to_owned()))).collect()
    });
    let wall = begin.elapsed();
    let mut sum = Tally::new()?;
    for tally in tallies {
        sum.add(&tally?)?;
    }
    Ok(sum.into_result(load, wall))
}

/// One thread's connections, until all are made or it is over.
fn drive(
    shared: &Arc<Shared>,
    connections: usize,
    is_over: &dyn Fn() -> bool,
) -> Result<Tally, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no runtime for the client: {error}"))?;
    let tally = Rc::new(RefCell::new(Tally::new()?));
    let cpu = thread_cpu_ns();
    let local = tokio::task::LocalSet::new();
    runtime.block_on(local.run_until(async {
        let connections = (0..connections).map(|_| {
            tokio::task::spawn_local(connect_again_and_again(shared.clone(), tally.clone()))
        });
        let connections: Vec<_> = connections.collect();
        let all = async {
            for connection in connections {
                // A panic shows as requests that are missing.
                let _ = connection.await;
            }
        };
        let over = async {
            while !is_over() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::select! {
            () = all => {}
            () = over => {}
        }
    }));
    // With it, the connections that were not finished end.
    drop(local);
    let tally = Rc::into_inner(tally).ok_or("a connection outlived its runtime")?;
    let cpu_ns = thread_cpu_ns().zip(cpu).map(|(now, before)| now - before);
    Ok(Tally { cpu_ns, ..tally.into_inner() })
}

async fn connect_again_and_again(shared: Arc<Shared>, tally: Rc<RefCell<Tally>>) {
    while shared.begun.fetch_add(1, Relaxed) < shared.requests {
        let begin = Instant::now();
        let met = once(shared.traffic, shared.address).await;
        let took = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX);
        tally.borrow_mut().note(met, took);
    }
}

/// What a request met: of a server that drops connections, how; or in which way it failed.
pub(super) type Met = Result<Option<&'static str>, String>;

/// One request on a connection of its own.
pub(super) async fn once(traffic: Traffic, address: SocketAddr) -> Met {
    match traffic {
        Traffic::Answered => ask(address).await.map(|()| None),
        Traffic::Broken => be_dropped(address).await.map(Some),
    }
}

/// A port of the loopback interface.
pub(super) fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// One request, and its answer to the end, which has to be the page.
async fn ask(address: SocketAddr) -> Result<(), String> {
    let mut stream = TcpStream::connect(address).await.map_err(|e| kind("connecting", &e))?;
    stream.write_all(REQUEST).await.map_err(|e| kind("sending", &e))?;
    let mut answer = [0; ANSWER];
    let mut length = 0;
    loop {
        // To the end of the stream: an answer that is too long has to show.
        match stream.read(&mut answer[length..]).await {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) => return Err(kind("receiving", &error)),
        }
    }
    if is_page(&answer[..length]) { Ok(()) } else { Err("another answer than the page".to_owned()) }
}

fn is_page(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return false };
    let (head, body) = (&answer[..end].to_ascii_lowercase(), &answer[end + 4..]);
    let has =
        |line: &str| head.split(|&byte| byte == b'\n').any(|l| l.trim_ascii() == line.as_bytes());
    has("http/1.1 200 ok") && has("content-type: text/html") && body == PAGE.as_bytes()
}

/// One connection to a server that drops it. What it met; an answer is an error.
async fn be_dropped(address: SocketAddr) -> Result<&'static str, String> {
    // Even connecting may meet the reset, if the server was quick.
    let mut stream = match TcpStream::connect(address).await {
        Ok(stream) => stream,
        Err(error) => return interruption(&error).ok_or_else(|| kind("connecting", &error)),
    };
    let mut answer = [0; 16];
    if let Err(error) = stream.write_all(REQUEST).await {
        return interruption(&error).ok_or_else(|| kind("sending", &error));
    }
    match stream.read(&mut answer).await {
        Ok(0) => {}
        Ok(_) => return Err("an answer".to_owned()),
        Err(error) => return interruption(&error).ok_or_else(|| kind("receiving", &error)),
    }
    // Closed before the request came. It is answered with a reset, and whoever goes on writing then meets
    // a broken pipe.
    match stream.write_all(REQUEST).await {
        Ok(()) => Ok("closed"),
        Err(error) => interruption(&error).ok_or_else(|| kind("sending", &error)),
    }
}

/// Whether an error is what a dropped connection shows as.
fn interruption(error: &io::Error) -> Option<&'static str> {
    match error.kind() {
        ErrorKind::ConnectionReset => Some("reset"),
        ErrorKind::BrokenPipe => Some("broken pipe"),
        _ => None,
    }
}

fn kind(doing: &str, error: &io::Error) -> String {
    format!("{doing}: {}", error.kind())
}

pub(super) fn latency(latencies: &Histogram<u64>) -> Option<Latency> {
    let quantile = |q: f64| latencies.value_at_quantile(q) * 1_000;
    (!latencies.is_empty()).then(|| Latency {
        p50_ns: quantile(0.5),
        p90_ns: quantile(0.9),
        p99_ns: quantile(0.99),
        p999_ns: Some(quantile(0.999)),
        max_ns: latencies.max() * 1_000,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_page_is_the_page() {
        let page = |head: &str, body: &str| is_page(format!("{head}\r\n\r\n{body}").as_bytes());
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\ncontent-length: 22";
        assert!(page(head, PAGE));
        assert!(!page(head, &PAGE[1..]));
        assert!(!page(head, &format!("{PAGE}{PAGE}")));
        assert!(!page(&head.replace("200 OK", "500 Oh"), PAGE));
        assert!(!page(&head.replace("html", "plain"), PAGE));
        assert!(!is_page(b""));
    }
}
