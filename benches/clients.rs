//! `cargo bench --bench clients`: our load generator against ApacheBench, on the same server in turns.
//!
//! `clients/http-longevity/own` and `/ab`: wall time of all requests on an untracked server, with the
//! original's thousand connections at a time. The client runs on the server's cores, so a client that needs
//! less leaves more to the server; what the server itself needs for a request should not hang on the
//! client, and is printed for both.

mod support;

use std::time::{Duration, Instant};

use criterion::Criterion;
use memscope_bench::common::interrupt;
use memscope_bench::plan::arm::ArmId;
use memscope_bench::plan::group::Group;
use memscope_bench::plan::procedure::SampleKind;
use memscope_bench::plan::procedures;
use memscope_bench::plan::settings::{Client, Settings};
use memscope_bench::record::{Record, Slot};
use memscope_bench::run::RunError;
use memscope_bench::run::Session;
use memscope_bench::run::engine::Engine;
use protocol::{Params, Pass};
use support::figures::{self, median};
use support::{Arguments, Collector, die, end, programs};

const WORKLOAD: &str = "http-longevity";
/// 20,000 requests: a second or two.
const SCALE: f64 = 0.2;
const TEST_SCALE: f64 = 0.01;
const BLOCKS: usize = 10;

fn main() {
    let arguments = Arguments::from_command_line();
    let mut criterion = Criterion::default().configure_from_args();
    let clients = [Some(("own", Client::Own)), apache()];
    let clients: Vec<_> = clients.into_iter().flatten().collect();
    let name = format!("clients/{WORKLOAD}");
    let arms: Vec<String> = clients.iter().map(|(arm, _)| (*arm).to_owned()).collect();
    if arms.iter().any(|arm| arguments.may_match(&format!("{name}/{arm}"))) {
        let scale = if arguments.test { TEST_SCALE } else { SCALE };
        let mut runs = Vec::new();
        for (_, client) in &clients {
            runs.push(Served::begin(*client, scale).unwrap_or_else(|error| die(3, &error)));
        }
        let mut blocks: Vec<Vec<Record>> = Vec::new();
        let begin = Instant::now();
        let collector = Collector::warm_up(arms, |number| {
            let mut block = vec![None; runs.len()];
            for step in 0..runs.len() {
                // Each goes first in every second block.
                let arm = (step + number as usize) % runs.len();
                block[arm] = (!arguments.dry).then(|| runs[arm].sample(number)).transpose()?;
            }
            let block: Vec<Record> = block.into_iter().flatten().collect();
            let times = block.iter().map(|record| Some(per_request(record)?.wall)).collect();
            if number > 0 && !arguments.test {
                blocks.push(block);
            }
            Ok(if arguments.dry { vec![Some(Duration::from_nanos(1)); runs.len()] } else { times })
        });
        let collector = collector.unwrap_or_else(|error| end(&error));
        let block_time = begin.elapsed();
        collector.show(&mut criterion, &name, BLOCKS, block_time, None, end);
        summarise(&clients, &blocks);
    }
    criterion.final_summary();
}

/// ApacheBench, where it is.
fn apache() -> Option<(&'static str, Client)> {
    let found = std::process::Command::new("ab").arg("-V").output();
    if found.is_err() {
        eprintln!("ApacheBench is not installed (apache2-utils): our client alone is measured");
    }
    found.ok().map(|_| ("ab", Client::Ab))
}

/// A run whose load comes from one client.
struct Served {
    engine: Engine<Session>,
    group: Group,
    /// What it records is read from memory; nobody keeps the folder.
    _folder: tempfile::TempDir,
}

impl Served {
    fn begin(client: Client, scale: f64) -> Result<Self, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let out = folder.path().to_owned();
        let workloads = vec![WORKLOAD.to_owned()];
        let default = Settings::default();
        let params = Params { scale, ..default.params };
        let settings = Settings { workloads, trackers: Vec::new(), params, client, out, ..default };
        let group = procedures::groups(&settings, &[])?.swap_remove(0);
        let procedure = procedures::bench(vec![group.clone()]);
        interrupt::listen();
        let subjects = programs().clone();
        let command = "cargo bench --bench clients".to_owned();
        let session = Session::begin(settings, &procedure, subjects, command)?;
        let engine = Engine::new(session, params.seed, None, Vec::new());
        Ok(Self { engine, group, _folder: folder })
    }

    fn sample(&mut self, number: u32) -> Result<Record, RunError> {
        let slot = Slot { block: number, warm_up: number == 0, ..Slot::default() };
        self.engine.sample(&self.group, &ArmId::base(), &SampleKind::new(Pass::Timed), slot)
    }
}

/// What a request took.
struct PerRequest {
    wall: Duration,
    server_cpu_us: f64,
}

/// `None` for a sample that failed.
fn per_request(record: &Record) -> Option<PerRequest> {
    let (load, cost) = (&record.outcome.server()?.load, record.cost()?);
    let requests = load.good as f64;
    Some(PerRequest {
        wall: Duration::from_secs_f64(load.wall_ns as f64 / 1e9 / requests),
        server_cpu_us: cost.cpu_ns()? as f64 / 1e3 / requests,
    })
}

fn summarise(clients: &[(&str, Client)], blocks: &[Vec<Record>]) {
    // A block in which one failed compares nothing.
    let blocks: Vec<Vec<PerRequest>> = blocks
        .iter()
        .map(|block| block.iter().filter_map(per_request).collect())
        .filter(|block: &Vec<_>| block.len() == clients.len())
        .collect();
    if blocks.is_empty() {
        return;
    }
    println!();
    let wall = of_all(&blocks, |request| request.wall.as_secs_f64());
    let cpu = of_all(&blocks, |request| request.server_cpu_us);
    for (arm, (name, _)) in clients.iter().enumerate() {
        println!(
            "{name:<4} {:>7.0} requests/s, {:.1} µs of the server's CPU time each",
            1.0 / median(wall[arm].clone()),
            median(cpu[arm].clone()),
        );
    }
    if let ([own, ab], [own_cpu, ab_cpu]) = (wall.as_slice(), cpu.as_slice()) {
        // The time a request takes is the inverse of requests a second.
        println!("requests/s, own ÷ ab: {}", figures::ratio(own, ab));
        println!("server's CPU time, own ÷ ab: {}", figures::ratio(ab_cpu, own_cpu));
    }
}

/// A figure by client and block.
fn of_all(blocks: &[Vec<PerRequest>], figure: fn(&PerRequest) -> f64) -> Vec<Vec<f64>> {
    let clients = blocks.first().map_or(0, Vec::len);
    let of = |client: usize| blocks.iter().map(|block| figure(&block[client])).collect();
    (0..clients).map(of).collect()
}
