//! ApacheBench as the client, by upstream's command: `ab -n N -c C -t 100 http://localhost:PORT/`.
//!
//! One thing is done differently: `-t` comes before `-n`. In upstream's order `-t` sets the number of
//! requests back to 50,000, whatever `-n` said.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use protocol::workloads::Traffic;

use super::Load;
use crate::plan::settings::Client;
use crate::record::{Latency, LoadResult};

/// Upstream's time limit, in seconds.
const SEED_SECONDS: u64 = 100;

/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Runs ApacheBench.
///
/// # Errors
///
/// If it is not installed, is cancelled, or ends by itself without its figures.
pub(super) fn run(load: &Load, port: u16, cancelled: &AtomicBool) -> Result<LoadResult, String> {
    let mut command = Command::new("ab");
    let seconds = load.timeout.as_secs().max(SEED_SECONDS);
    command.arg("-q").args(["-t", &seconds.to_string()]);
    command.args(["-n", &load.requests.to_string(), "-c", &load.concurrent.to_string()]);
    if load.traffic == Traffic::Broken {
        // Else it ends with the first reset.
        command.arg("-r");
    }
    command.arg(format!("http://127.0.0.1:{port}/"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| {
        format!("ApacheBench (ab) does not start: {error}; scripts/install-tools installs it")
    })?;
    let (mut stdout, mut stderr) = (child.stdout.take(), child.stderr.take());
    // It prints less than a pipe holds, at its end.
    let status = wait(&mut child, load.timeout, cancelled)?;
    let (mut printed, mut errors) = (String::new(), String::new());
    let read = stdout.as_mut().map(|pipe| pipe.read_to_string(&mut printed));
    let read_errors = stderr.as_mut().map(|pipe| pipe.read_to_string(&mut errors));
    if let Some(Err(error)) = read.or(read_errors) {
        return Err(format!("ab: {error}"));
    }
    if !status.success() {
        return Err(format!("ab ended with {status}: {}", errors.trim()));
    }
    parse(load, &printed).ok_or_else(|| format!("ab printed no figures: {}", printed.trim()))
}

fn wait(
    child: &mut Child,
    timeout: Duration,
    cancelled: &AtomicBool,
) -> Result<std::process::ExitStatus, String> {
    let begin = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if cancelled.load(Relaxed) || begin.elapsed() > timeout => {
                // It may have ended meanwhile.
                let _ = child.kill();
                let _ = child.wait();
                return Err("ab was stopped: the server is gone, or time is over".to_owned());
            }
            Ok(None) => std::thread::sleep(LOOK_EVERY),
            Err(error) => return Err(format!("ab: {error}")),
        }
    }
}

/// Reads what it prints.
fn parse(load: &Load, printed: &str) -> Option<LoadResult> {
    let field = |label: &str| {
        let rest = printed.lines().find_map(|line| line.trim().strip_prefix(label))?;
        rest.split_whitespace().next()
    };
    let millis = |label: &str| Some(field(label)?.parse::<u64>().ok()? * 1_000_000);
    let complete: u64 = field("Complete requests:")?.parse().ok()?;
    let failed: u64 = field("Failed requests:")?.parse().ok()?;
    let other: u64 = field("Non-2xx responses:").and_then(|n| n.parse().ok()).unwrap_or(0);
    let seconds: f64 = field("Time taken for tests:")?.parse().ok()?;
    let broken = load.traffic == Traffic::Broken;
    // To ApacheBench every broken connection is a failure, and counts up to three times.
    let bad = if broken { 0 } else { failed + other };
    let count = |kind: &str, n: u64| (n > 0).then(|| (kind.to_owned(), n)).into_iter().collect();
    Some(LoadResult {
        client: Client::Ab,
        requests: load.requests,
        concurrent: load.concurrent,
        good: complete.saturating_sub(bad),
        errors: count("failed, says ab", bad),
        interruptions: if broken { count("broken, says ab", complete) } else { BTreeMap::new() },
        wall_ns: (seconds * 1e9) as u64,
        client_cpu_ns: None,
        latency: latency(millis("50%"), millis("90%"), millis("99%"), millis("100%")),
        open: None,
    })
}

/// `None` where it times nothing, as of broken connections, and prints zeros.
fn latency(
    p50_ns: Option<u64>,
    p90_ns: Option<u64>,
    p99_ns: Option<u64>,
    max_ns: Option<u64>,
) -> Option<Latency> {
    let max_ns = max_ns.filter(|&max| max > 0)?;
    Some(Latency { p50_ns: p50_ns?, p90_ns: p90_ns?, p99_ns: p99_ns?, p999_ns: None, max_ns })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "\
Concurrency Level:      1000
Time taken for tests:   6.428 seconds
Complete requests:      50000
Failed requests:        3
Requests per second:    7778.75 [#/sec] (mean)

Percentage of the requests served within a certain time (ms)
  50%     95
  90%    159
  99%   1122
 100%   1386 (longest request)
";

    #[test]
    fn its_figures_are_read() {
        let mut load = Load {
            client: Client::Ab,
            traffic: Traffic::Answered,
            requests: 50_000,
            concurrent: 1_000,
            timeout: Duration::from_secs(1),
            arrivals: None,
        };
        let loaded = parse(&load, PRINTED).unwrap();
        assert_eq!((loaded.good, loaded.wall_ns), (49_997, 6_428_000_000));
        assert_eq!(loaded.errors["failed, says ab"], 3);
        let latency = loaded.latency.unwrap();
        assert_eq!((latency.p50_ns, latency.max_ns), (95_000_000, 1_386_000_000));
        load.traffic = Traffic::Broken;
        assert_eq!(parse(&load, PRINTED).unwrap().interruptions["broken, says ab"], 50_000);
        // Of broken connections it times nothing.
        let untimed = PRINTED.replace("1386", "0");
        assert_eq!(parse(&load, &untimed).unwrap().latency, None);
        assert_eq!(parse(&load, "apr_socket_recv: Connection reset by peer (104)"), None);
    }
}
