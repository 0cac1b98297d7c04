//! Blocks of samples, collected as Criterion asks for them, and shown as a Criterion group.
//!
//! Criterion takes all samples of one function before those of the next. Measured like that, a drift of
//! the machine would become a difference between trackers. So the first function that asks for sample
//! *k* makes block *k* run, with all arms in a balanced order, and the others are served sample *k* from it.

use std::time::Duration;

use criterion::measurement::Measurement;
use criterion::{Criterion, SamplingMode, Throughput};

/// How many more blocks are run because an arm failed in some, before its gap is left.
const SPARE_BLOCKS: usize = 3;

/// How long a warm-up call takes, since it is served from memory. Criterion derives from it how many
/// iterations to ask for, and a sensible number reads better in its output.
const WARM_UP_CALL: Duration = Duration::from_millis(1);

/// One block: a time for every arm, absent for one that failed.
pub type Block = Vec<Option<Duration>>;

/// The samples of one group.
pub struct Collector<'a, E> {
    arms: Vec<String>,
    run: Box<dyn FnMut(u32) -> Result<Block, E> + 'a>,
    /// Block 0 is the warm-up.
    blocks: Vec<Block>,
}

impl<'a, E> Collector<'a, E> {
    /// Runs the warm-up block. `run` runs the block of a given number.
    pub fn warm_up(
        arms: Vec<String>,
        mut run: impl FnMut(u32) -> Result<Block, E> + 'a,
    ) -> Result<Self, E> {
        let block = run(0)?;
        Ok(Self { arms, run: Box::new(run), blocks: vec![block] })
    }

    /// Shows the samples as a Criterion group, collecting them meanwhile. `end` is called if a block
    /// cannot be run at all.
    pub fn show<M: Measurement<Value = Duration>>(
        mut self,
        criterion: &mut Criterion<M>,
        name: &str,
        samples: usize,
        block_time: Duration,
        throughput: Option<u64>,
        end: fn(&E) -> !,
    ) {
        let mut view = criterion.benchmark_group(name);
        // Criterion refuses fewer than ten.
        let samples = samples.max(10);
        view.sample_size(samples);
        view.sampling_mode(SamplingMode::Flat).warm_up_time(Duration::from_nanos(1));
        if let Some(events) = throughput.filter(|&events| events > 0) {
            view.throughput(Throughput::Elements(events));
        }
        for arm in 0..self.arms.len() {
            let id = self.arms[arm].clone();
            if self.blocks[0][arm].is_none() {
                eprintln!("{name}/{id}: failed; the report tells how");
                continue;
            }
            // So that Criterion's estimate of the time it takes to collect what is missing is right.
            let missing = (samples + 1).saturating_sub(self.blocks.len()) as u32;
            view.measurement_time((block_time * missing).max(WARM_UP_CALL * 50));
            let mut calls = 0;
            view.bench_function(&id, |bencher| {
                bencher.iter_custom(|iterations| {
                    let call = calls;
                    calls += 1;
                    if call == 0 {
                        std::thread::sleep(WARM_UP_CALL);
                    }
                    let sample = self.sample(arm, call).unwrap_or_else(|error| end(&error));
                    // Criterion divides by the iterations it asked for; a process is run once.
                    sample.saturating_mul(u32::try_from(iterations).unwrap_or(u32::MAX))
                });
            });
        }
        view.finish();
    }

    /// An arm's sample by its number; 0 is the warm-up. Runs the blocks that are missing.
    fn sample(&mut self, arm: usize, number: usize) -> Result<Duration, E> {
        while self.times(arm).nth(number).is_none() && self.blocks.len() <= number + SPARE_BLOCKS {
            // The number of blocks is small.
            let block = (self.run)(self.blocks.len() as u32)?;
            self.blocks.push(block);
        }
        let sample = self.times(arm).nth(number).or_else(|| {
            // It keeps failing, and Criterion must be given something. Tables and page are made from the
            // records, and know better.
            eprintln!(
                "{}: sample {number} failed; Criterion is shown the last good one again",
                self.arms[arm]
            );
            self.times(arm).last()
        });
        Ok(sample.unwrap_or(Duration::from_nanos(1)))
    }

    fn times(&self, arm: usize) -> impl Iterator<Item = Duration> {
        self.blocks.iter().filter_map(move |block| block[arm])
    }
}
