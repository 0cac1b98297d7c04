//! Our client with requests that come at a fixed rate, whatever becomes of those before them: an open loop.
//!
//! When a request is due is fixed beforehand, and its latency counts from then. A closed loop waits for a server
//! that stalls, and so leaves out the requests that would have met the stall (coordinated omission). How late the
//! client itself began with each request is recorded apart.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::sync::Semaphore;

use super::Load;
use super::client::{self, LOOK_EVERY, THREADS, Tally};
use crate::common::os::{Timer, thread_cpu_ns};
use crate::plan::procedure::Arrivals;
use crate::record::{LoadResult, OpenLoop};

/// How long answers are waited for when the last request is due. What has none counts as long at least.
const DRAIN: Duration = Duration::from_secs(2);

/// Requests that are due within this time of each other may be begun together, so that waiting for the next does
/// not cost more than the requests.
const TOGETHER: Duration = Duration::from_micros(100);

/// When each request is due.
#[derive(Clone, Copy, Debug)]
struct Schedule {
    begin: Instant,
    rate: u32,
    requests: u64,
}

impl Schedule {
    fn due(&self, request: u64) -> Instant {
        // Nanoseconds of hours at any rate fit.
        self.begin + Duration::from_nanos(request * 1_000_000_000 / u64::from(self.rate.max(1)))
    }
}

/// What one thread's requests met.
struct Noted {
    tally: Tally,
    /// In microseconds, as those of the tally.
    lag: Histogram<u64>,
    from_begun: Histogram<u64>,
    /// Of each request of this thread, whether it is over.
    over: Vec<bool>,
}

impl Noted {
    fn new(requests: usize) -> Result<Self, String> {
        let histogram = client::histogram;
        let (lag, from_begun) = (histogram()?, histogram()?);
        Ok(Self { tally: Tally::new()?, lag, from_begun, over: vec![false; requests] })
    }

    /// Counts one that has no answer, by how long it was waited for.
    fn count_unanswered(&mut self, waited: Duration) {
        self.tally.latencies.saturating_record(micros(waited));
        self.from_begun.saturating_record(micros(waited));
    }
}

/// Makes the load.
///
/// # Errors
///
/// Why it could not even begin.
pub(super) fn run(
    load: &Load,
    arrivals: Arrivals,
    port: u16,
    cancelled: &AtomicBool,
) -> Result<LoadResult, String> {
    let schedule = Schedule { begin: Instant::now(), rate: arrivals.rate, requests: load.requests };
    let end = schedule.due(load.requests) + DRAIN;
    let over = || cancelled.load(Relaxed) || Instant::now() >= end;
    let noted: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let over = &over;
                scope.spawn(move || drive(load, port, schedule, thread, over))
            })
            .collect();
        let ended = threads.into_iter().map(|thread| thread.join());
        ended.map(|noted| noted.unwrap_or_else(|_| Err("the client panicked".to_owned()))).collect()
    });
    let wall = schedule.begin.elapsed();
    let mut all = Noted::new(0)?;
    let mut unanswered = 0;
    for noted in noted {
        let noted = noted?;
        all.tally.add(&noted.tally)?;
        all.lag.add(&noted.lag).map_err(|error| error.to_string())?;
        all.from_begun.add(&noted.from_begun).map_err(|error| error.to_string())?;
        unanswered += noted.over.iter().filter(|over| !**over).count() as u64;
    }
    let open = OpenLoop {
        rate: arrivals.rate,
        for_ns: u64::from(arrivals.for_ms) * 1_000_000,
        unanswered,
        lag: client::latency(&all.lag),
        from_begun: client::latency(&all.from_begun),
    };
    Ok(LoadResult { open: Some(Box::new(open)), ..all.tally.into_result(load, wall) })
}

/// One thread's requests, each begun when it is due.
fn drive(
    load: &Load,
    port: u16,
    schedule: Schedule,
    thread: usize,
    is_over: &dyn Fn() -> bool,
) -> Result<Noted, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no runtime for the client: {error}"))?;
    let mine = (thread as u64..schedule.requests).step_by(THREADS);
    let noted = Rc::new(RefCell::new(Noted::new(mine.clone().count())?));
    let free = Rc::new(Semaphore::new((load.concurrent / THREADS).max(1)));
    let cpu = thread_cpu_ns();
    let local = tokio::task::LocalSet::new();
    let paced = runtime.block_on(local.run_until(async {
        let all = async {
            let mut timer = Timer::new().map_err(|error| format!("no timer: {error}"))?;
            let mut begun = Vec::with_capacity(mine.clone().count());
            for (place, request) in mine.enumerate() {
                let due = schedule.due(request);
                if due > Instant::now() {
                    timer.wait_until(due.max(Instant::now() + TOGETHER)).await?;
                }
                let (noted, free) = (noted.clone(), free.clone());
                let one = one(*load, port, due, place, noted, free);
                begun.push(tokio::task::spawn_local(one));
            }
            for request in begun {
                // A panic shows as a request that is not over.
                let _ = request.await;
            }
            Ok(())
        };
        let over = async {
            while !is_over() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            Ok(())
        };
        tokio::select! {
            paced = all => paced,
            over = over => over,
        }
    }));
    // With it, the requests that are not over end.
    drop(local);
    let paced: Result<(), String> = paced;
    paced?;
    let mut noted = Rc::into_inner(noted).ok_or("a request outlived its runtime")?.into_inner();
    let now = Instant::now();
    for place in 0..noted.over.len() {
        if !noted.over[place] {
            let due = schedule.due((place * THREADS + thread) as u64);
            noted.count_unanswered(now.saturating_duration_since(due).max(DRAIN));
        }
    }
    noted.tally.cpu_ns = thread_cpu_ns().zip(cpu).map(|(now, before)| now - before);
    Ok(noted)
}

/// One request. What it waits for a free connection is the server's doing, which still holds them all.
async fn one(
    load: Load,
    port: u16,
    due: Instant,
    place: usize,
    noted: Rc<RefCell<Noted>>,
    free: Rc<Semaphore>,
) {
    let begun = Instant::now();
    let Ok(_connection) = free.acquire().await else { return };
    let met = client::once(load.traffic, client::address(port)).await;
    let now = Instant::now();
    let noted = &mut *noted.borrow_mut();
    noted.over[place] = true;
    noted.lag.saturating_record(micros(begun - due));
    if met.is_err() {
        // It has no answer: not to seem quick, it counts as one that was waited for.
        noted.count_unanswered((now - due).max(DRAIN));
    } else {
        noted.from_begun.saturating_record(micros(now - begun));
    }
    noted.tally.note(met, micros(now - due));
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use protocol::workloads::{PAGE, Traffic};

    use super::*;
    use crate::plan::settings::Client;
    use crate::record::{HELD_P99_NS, Holding};

    const STALL: Duration = Duration::from_millis(400);

    /// Answers `requests` one after the other; before the `stalls_at`th it does nothing for a while.
    fn serve(requests: usize, stalls_at: Option<usize>) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().take(requests).enumerate() {
                if Some(number) == stalls_at {
                    std::thread::sleep(STALL);
                }
                let mut stream = stream.unwrap();
                let mut asked = [0; 512];
                // A client that is gone needs no answer.
                let _ = stream.read(&mut asked);
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n";
                let _ = stream.write_all(format!("{head}{PAGE}").as_bytes());
            }
        });
        port
    }

    fn load(rate: u32, for_ms: u32, concurrent: usize, port: u16) -> LoadResult {
        let arrivals = Arrivals { rate, for_ms };
        let load = Load {
            client: Client::Own,
            traffic: Traffic::Answered,
            requests: arrivals.requests(),
            concurrent,
            timeout: Duration::from_secs(30),
            arrivals: Some(arrivals),
        };
        run(&load, arrivals, port, &AtomicBool::new(false)).unwrap()
    }

    #[test]
    fn requests_are_due_at_the_rate_and_do_not_drift() {
        let begin = Instant::now();
        let schedule = Schedule { begin, rate: 3_000, requests: 9_000 };
        assert_eq!(schedule.due(0), begin);
        assert_eq!(schedule.due(3_000), begin + Duration::from_secs(1));
        assert_eq!(schedule.due(9_001) - begin, Duration::from_nanos(3_000_333_333));
    }

    /// At 500 a second for a second, two hundred requests are due while the server stalls for 400 ms. With one
    /// connection a thread, all but two of them cannot even be sent meanwhile: by their own clock they are quick.
    #[test]
    fn a_stall_is_charged_to_all_that_were_due_meanwhile() {
        let loaded = load(500, 1_000, 2, serve(500, Some(100)));
        let open = loaded.open.as_ref().unwrap();
        assert_eq!((loaded.good, loaded.requests, open.unanswered), (500, 500, 0));
        let latency = loaded.latency.unwrap();
        // A fifth of all waited for 200 ms or more.
        assert!(latency.p90_ns > 150_000_000, "{latency:?}");
        assert!(latency.max_ns >= 390_000_000, "{latency:?}");
        // The client began with each in time, and it is the server's doing; unless the machine was too busy to tell.
        let lag = open.lag.unwrap();
        let in_time = lag.p99_ns <= HELD_P99_NS;
        let told = if in_time { Holding::NotHeld } else { Holding::ClientLate };
        assert_eq!(loaded.holding(), Some(told), "{lag:?}");
        assert!(lag.p50_ns < 100_000_000, "{lag:?}");
    }

    #[test]
    fn a_server_that_never_answers_ends_the_load_and_is_told() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let loaded = load(100, 200, 10, listener.local_addr().unwrap().port());
        let open = loaded.open.as_ref().unwrap();
        assert_eq!((loaded.good, open.unanswered), (0, 20));
        assert!(loaded.latency.unwrap().p50_ns >= 1_990_000_000, "{loaded:?}");
        assert_eq!(loaded.holding(), Some(Holding::NotHeld));
    }

    #[test]
    fn a_refused_connection_is_no_quick_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let loaded = load(100, 100, 10, port);
        assert_eq!(loaded.good, 0);
        assert_eq!(loaded.errors.values().sum::<u64>(), 10, "{loaded:?}");
        assert_eq!(loaded.holding(), Some(Holding::NotHeld));
    }
}
