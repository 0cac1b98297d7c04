//! Our client: one thread, raw sockets, a new connection for every request.
//!
//! A closed loop, as ApacheBench's: a connection that has ended is followed by the next one at once. So
//! latencies are those of a server that is always busy, and no answer is waited for in vain while others
//! pile up.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use subject::workloads::{PAGE, Traffic};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Client, Latency, Load, Loaded};

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: memscope-bench\r\nAccept: */*\r\nConnection: close\r\n\r\n";

/// How often a load looks whether it has been cancelled.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Room for an answer; ours has some 130 bytes.
const ANSWER: usize = 1024;

/// What connections have in common.
struct State {
    /// Connections that are still to be made.
    left: u64,
    good: u64,
    errors: BTreeMap<String, u64>,
    interruptions: BTreeMap<String, u64>,
    /// In microseconds.
    latencies: Histogram<u64>,
}

/// Makes the load.
///
/// # Errors
///
/// Why it could not even begin. Requests that fail are counted, by kind.
pub(super) fn run(load: &Load, port: u16, cancelled: &AtomicBool) -> Result<Loaded, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no runtime for the client: {error}"))?;
    // Three significant digits, from a microsecond to a minute; what is longer counts as a minute.
    let latencies = Histogram::new_with_bounds(1, 60_000_000, 3).map_err(|e| e.to_string())?;
    let state = Rc::new(RefCell::new(State {
        left: load.requests,
        good: 0,
        errors: BTreeMap::new(),
        interruptions: BTreeMap::new(),
        latencies,
    }));
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let (begin, cpu) = (Instant::now(), thread_cpu_ns());
    runtime.block_on(tokio::task::LocalSet::new().run_until(async {
        let connections = (0..load.concurrent).map(|_| {
            tokio::task::spawn_local(connect_again_and_again(address, load.traffic, state.clone()))
        });
        let connections: Vec<_> = connections.collect();
        let all = async {
            for connection in connections {
                // A panic shows as requests that are missing.
                let _ = connection.await;
            }
        };
        let over = async {
            while !cancelled.load(Relaxed) && begin.elapsed() < load.timeout {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::select! {
            () = all => {}
            () = over => {}
        }
    }));
    let wall = begin.elapsed();
    let client_cpu_ns = thread_cpu_ns().zip(cpu).map(|(now, before)| now - before);
    let state = state.borrow();
    Ok(Loaded {
        client: Client::Own,
        requests: load.requests,
        concurrent: load.concurrent,
        good: state.good,
        errors: state.errors.clone(),
        interruptions: state.interruptions.clone(),
        wall_ns: u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX),
        client_cpu_ns,
        latency: latency(&state.latencies),
    })
}

async fn connect_again_and_again(address: SocketAddr, traffic: Traffic, state: Rc<RefCell<State>>) {
    loop {
        {
            let mut state = state.borrow_mut();
            if state.left == 0 {
                return;
            }
            state.left -= 1;
        }
        let begin = Instant::now();
        let met = match traffic {
            Traffic::Answered => ask(address).await.map(|()| None),
            Traffic::Broken => be_dropped(address).await.map(Some),
        };
        let took = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX);
        let state = &mut *state.borrow_mut();
        match met {
            Ok(interruption) => {
                state.good += 1;
                state.latencies.saturating_record(took);
                if let Some(interruption) = interruption {
                    *state.interruptions.entry(interruption.to_owned()).or_default() += 1;
                }
            }
            Err(error) => *state.errors.entry(error).or_default() += 1,
        }
    }
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

fn latency(latencies: &Histogram<u64>) -> Option<Latency> {
    let quantile = |q: f64| latencies.value_at_quantile(q) * 1_000;
    (!latencies.is_empty()).then(|| Latency {
        p50_ns: quantile(0.5),
        p90_ns: quantile(0.9),
        p99_ns: quantile(0.99),
        p999_ns: Some(quantile(0.999)),
        max_ns: latencies.max() * 1_000,
    })
}

#[cfg(target_os = "linux")]
fn thread_cpu_ns() -> Option<u64> {
    let usage = getrusage(UsageWho::RUSAGE_THREAD).ok()?;
    u64::try_from((usage.user_time() + usage.system_time()).num_nanoseconds()).ok()
}

#[cfg(not(target_os = "linux"))]
fn thread_cpu_ns() -> Option<u64> {
    None
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
