//! What Criterion shows of a sample: the CPU time that is judged, or wall time.

use std::time::Duration;

use criterion::Throughput;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use memscope_bench::record::Record;

/// The variable that chooses it.
const VARIABLE: &str = "MEMSCOPE_BENCH_METRIC";

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// User and system time of all threads.
    Cpu,
    /// The time that passes.
    Wall,
}

impl Metric {
    /// What the environment asks for; CPU time, if nothing.
    pub fn from_environment() -> Result<Self, String> {
        match std::env::var(VARIABLE).as_deref() {
            Err(std::env::VarError::NotPresent) | Ok("cpu") => Ok(Self::Cpu),
            Ok("wall") => Ok(Self::Wall),
            other => Err(format!("{VARIABLE}={other:?}: cpu or wall is needed")),
        }
    }

    /// That time of a sample; absent if it failed.
    pub fn of(self, record: &Record) -> Option<Duration> {
        let ns = match self {
            Self::Cpu => record.judged_ns(),
            Self::Wall => record.cost().map(|cost| cost.wall_ns),
        };
        ns.map(Duration::from_nanos)
    }

    /// In a word or two.
    pub fn words(self) -> &'static str {
        match self {
            Self::Cpu => "CPU time",
            Self::Wall => "wall time",
        }
    }

    /// A unit of time that says of which.
    fn unit(self, unit: &'static str) -> &'static str {
        match (self, unit) {
            (Self::Cpu, "ps") => "ps CPU",
            (Self::Cpu, "ns") => "ns CPU",
            (Self::Cpu, "µs") => "µs CPU",
            (Self::Cpu, "ms") => "ms CPU",
            (Self::Cpu, "s") => "s CPU",
            (Self::Cpu | Self::Wall, unit) => unit,
        }
    }
}

/// As a duration; samples are only ever handed over, none is taken by Criterion.
impl Measurement for Metric {
    type Intermediate = <WallTime as Measurement>::Intermediate;
    type Value = Duration;

    fn start(&self) -> Self::Intermediate {
        WallTime.start()
    }

    fn end(&self, begun: Self::Intermediate) -> Duration {
        WallTime.end(begun)
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        WallTime.add(one, other)
    }

    fn zero(&self) -> Duration {
        WallTime.zero()
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        self
    }
}

impl ValueFormatter for Metric {
    fn scale_values(&self, typical: f64, values: &mut [f64]) -> &'static str {
        self.unit(WallTime.formatter().scale_values(typical, values))
    }

    fn scale_throughputs(
        &self,
        typical: f64,
        throughput: &Throughput,
        values: &mut [f64],
    ) -> &'static str {
        WallTime.formatter().scale_throughputs(typical, throughput, values)
    }

    fn scale_for_machines(&self, values: &mut [f64]) -> &'static str {
        WallTime.formatter().scale_for_machines(values)
    }
}
