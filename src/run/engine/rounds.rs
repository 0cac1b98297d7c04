//! Blocks in rounds: every group has its turn in each, until enough is known of it.

use super::{Engine, Executor, Progress};
use crate::plan::arm::{ArmId, Role};
use crate::plan::group::{Group, round_order};
use crate::plan::procedure::SampleKind;
use crate::plan::sampling::{Sampling, automatic_samples, automatic_samples_over};
use crate::record::Record;
use crate::run::error::RunError;
use crate::stats::{self, BLOCKS_NEEDED, FIRST_LOOK, LinkedArms, PairedArms, RatioEstimate};

impl<E: Executor> Engine<E> {
    /// A warm-up block of every group, then blocks in rounds, so that no drift of the machine falls on one group.
    pub(super) fn rounds(
        &mut self,
        title: &str,
        groups: &[Group],
        kind: &SampleKind,
        progress: &mut dyn Progress,
    ) -> Result<(), RunError> {
        progress.begin("warm-up");
        let mut plans = Vec::new();
        for (index, group) in groups.iter().enumerate() {
            progress.tell(index as f64 / groups.len() as f64, &group.workload);
            let records = self.block(group, kind, 0, true)?;
            plans.push(Sampled::new(group, self.sampling, kind.links, seconds(&records)));
        }
        progress.end();

        progress.begin(title);
        for round in 1.. {
            if plans.iter().all(Sampled::is_enough) {
                break;
            }
            for index in round_order(groups.len(), self.seed, round) {
                if !plans[index].is_enough() {
                    progress.tell(done(&plans), &plans[index].next());
                    let records = self.block(&groups[index], kind, round, false)?;
                    plans[index].add(&records);
                }
            }
        }
        progress.end();
        Ok(())
    }
}

/// What a block took, in seconds. As recorded, so that a run that is taken up decides alike.
fn seconds(records: &[Record]) -> f64 {
    records.iter().map(|record| record.sample_ns).sum::<u64>() as f64 / 1e9
}

/// The share of all the time to be spent that is spent, as far as it is known.
fn done(plans: &[Sampled<'_>]) -> f64 {
    let (spent, expected) = plans
        .iter()
        .map(|plan| (plan.spent_s, plan.expected_s()))
        .fold((0.0, 0.0), |sum, plan| (sum.0 + plan.0, sum.1 + plan.1));
    if expected > 0.0 { spent / expected } else { 0.0 }
}

/// A group, and how far it has been measured.
struct Sampled<'a> {
    group: &'a Group,
    sampling: Sampling,
    /// In how many link orders the programs run.
    links: Option<u32>,
    /// What a block takes, in seconds: at first, what its warm-up block took.
    block_s: f64,
    blocks: u32,
    spent_s: f64,
    /// What is judged of each arm, by block; `None` where a sample failed.
    judged: Vec<Vec<Option<f64>>>,
    /// The precision of the ratio that is known worst, at the last look.
    precision: Option<f64>,
    /// After how many blocks the next look comes.
    look: u32,
    /// Whether a look found it good enough.
    is_precise: bool,
}

impl<'a> Sampled<'a> {
    fn new(group: &'a Group, mut sampling: Sampling, links: Option<u32>, block_s: f64) -> Self {
        if sampling == Sampling::default() {
            sampling.samples = Some(match links {
                Some(links) => automatic_samples_over(links, block_s),
                None => automatic_samples(block_s),
            });
        }
        Self {
            group,
            sampling,
            links,
            block_s,
            blocks: 0,
            spent_s: 0.0,
            judged: vec![Vec::new(); group.arms.len()],
            precision: None,
            look: FIRST_LOOK,
            is_precise: false,
        }
    }

    /// The most time there is, in seconds, where no number of samples is given.
    fn most_s(&self) -> f64 {
        self.sampling.most_time().map_or(0.0, |most| most.as_secs_f64())
    }

    fn is_enough(&self) -> bool {
        if let Some(samples) = self.sampling.samples {
            return self.blocks >= samples;
        }
        // The next block is to end in time, too. Fewer have no interval, whatever the time.
        let needed = self.links.unwrap_or(0).max(BLOCKS_NEEDED as u32);
        let in_time = self.spent_s + self.block_s <= self.most_s() || self.blocks < needed;
        self.is_precise || !in_time
    }

    fn add(&mut self, records: &[Record]) {
        self.blocks += 1;
        self.spent_s += seconds(records);
        self.block_s = self.spent_s / f64::from(self.blocks);
        for (arm, record) in self.judged.iter_mut().zip(records) {
            arm.push(record.judged_ns().map(|ns| ns as f64));
        }
        let Some(asked) = self.sampling.precision.filter(|_| self.blocks == self.look) else {
            return;
        };
        self.precision = self.worst_precision();
        // Where all fails there is nothing to wait for but the end of the time.
        let found = self.precision.unwrap_or(f64::INFINITY);
        self.is_precise = found <= asked;
        self.look = stats::next_look(self.blocks, found, asked);
    }

    /// Of every ratio that is going to be formed the precision of the one that is known worst; nothing of one
    /// whose samples mostly fail, which no further samples would mend.
    fn worst_precision(&self) -> Option<f64> {
        let arms = &self.group.arms;
        let twin = arms.iter().find(|arm| arm.role == Role::Twin);
        // What the control repeats is what the others are compared to.
        let base = twin.map_or_else(ArmId::base, ArmId::repeated);
        let base = &self.judged[arms.iter().position(|arm| *arm == base)?];
        let others = arms.iter().zip(&self.judged).filter(|(arm, _)| arm.role != Role::Base);
        let precisions = others.filter_map(|(_, other)| {
            // The base itself is known to the last digit.
            self.ratio(base, other)?.precision()
        });
        precisions.max_by(f64::total_cmp)
    }

    /// Of the blocks that have both.
    fn ratio(&self, base: &[Option<f64>], other: &[Option<f64>]) -> Option<RatioEstimate> {
        let (mut bases, mut others, mut orders) = (Vec::new(), Vec::new(), Vec::new());
        // Behind the warm-up block, which is the first.
        for (block, (base, other)) in (1..).zip(base.iter().zip(other)) {
            let Some((base, other)) = base.zip(*other) else { continue };
            bases.push(base);
            others.push(other);
            orders.extend(self.links.map(|links| block % links));
        }
        let arms = PairedArms { base: &bases, other: &others };
        match self.links {
            Some(_) => stats::linked_ratio(&[LinkedArms { arms, orders: &orders }]).ok(),
            None => stats::paired_ratio(&bases, &others).ok(),
        }
    }

    /// How long it is going to take in all, as far as it is known, in seconds.
    fn expected_s(&self) -> f64 {
        if let Some(samples) = self.sampling.samples {
            return f64::from(samples) * self.block_s;
        }
        let most = self.most_s();
        let needed = match (self.sampling.precision, self.precision) {
            _ if self.is_enough() => self.spent_s,
            (Some(_), Some(_)) => self.block_s * f64::from(self.look),
            _ => most,
        };
        needed.min(most).max(self.spent_s)
    }

    /// What comes next, and how well it is known: `leak-detection, ±1.3 % so far`.
    fn next(&self) -> String {
        let known = if self.sampling.precision.is_some() {
            self.precision
        } else {
            // Nothing is decided by it, so every block may be looked at.
            self.worst_precision()
        };
        let name = &self.group.workload;
        known
            .map_or_else(|| name.clone(), |known| format!("{name}, ±{:.1} % so far", 100.0 * known))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use protocol::{Params, Pass, workloads};

    use super::*;
    use crate::fixture;
    use crate::run::engine::Task;

    /// Takes samples of 100 ms whose CPU time differs by up to so much, as a share.
    struct Noisy {
        spread: f64,
        taken: Vec<Record>,
    }

    impl Executor for Noisy {
        fn take(&mut self, task: &Task<'_>) -> Result<Record, RunError> {
            // Spread evenly; no two neighbours alike.
            let noise = self.spread * (self.taken.len() as f64 * 0.618_034).fract();
            let sample = fixture::timed(
                task.arm,
                &task.group.workload,
                task.slot.block,
                Some(50.0 * (1.0 + noise)),
            );
            let params = task.group.params;
            let record = Record { slot: task.slot, params, sample_ns: 100_000_000, ..sample };
            self.taken.push(record.clone());
            Ok(record)
        }
    }

    /// Remembers what was told in the last stage.
    #[derive(Default)]
    struct Told(Vec<(f64, String)>);

    impl Progress for Told {
        fn begin(&mut self, _stage: &str) {
            self.0.clear();
        }
        fn tell(&mut self, done: f64, next: &str) {
            self.0.push((done, next.to_owned()));
        }
        fn end(&mut self) {}
    }

    /// What is taken of a group of four arms, or what is left to take, and what was told.
    fn rounds(sampling: Sampling, spread: f64, taken: Vec<Record>) -> (Vec<Record>, Told) {
        let facts = workloads::find("fragmentation").unwrap();
        let trackers = [fixture::arm("dhat"), fixture::arm("counting")];
        let group = Group::new(facts, Params::default(), &trackers);
        let mut engine = Engine::new(Noisy { spread, taken: Vec::new() }, 7, sampling, taken);
        let mut told = Told::default();
        engine.rounds("measure", &[group], &SampleKind::new(Pass::Timed), &mut told).unwrap();
        assert!(told.0.iter().all(|(done, _)| (0.0..=1.0).contains(done)), "{:?}", told.0);
        (engine.executor.taken, told)
    }

    /// How many blocks that makes, without the warm-up block.
    fn blocks(sampling: Sampling, spread: f64) -> usize {
        rounds(sampling, spread, Vec::new()).0.len() / 4 - 1
    }

    fn seconds(seconds: u64) -> Option<Duration> {
        Some(Duration::from_secs(seconds))
    }

    #[test]
    fn a_number_of_samples_is_taken() {
        assert_eq!(blocks(Some(3).into(), 0.1), 3);
        // Of blocks of 0.4 s as many as fit into 12 s.
        assert_eq!(blocks(None.into(), 0.1), 30);
    }

    #[test]
    fn a_budget_is_not_overrun_but_for_an_interval() {
        let budget = |budget| Sampling { budget: seconds(budget), ..Sampling::default() };
        assert_eq!(blocks(budget(20), 0.1), 50);
        assert_eq!(blocks(budget(1), 0.1), BLOCKS_NEEDED);
    }

    #[test]
    fn what_is_noisier_is_sampled_longer_for_the_same_precision() {
        let goal = |precision, budget| Sampling {
            precision: Some(precision),
            budget: seconds(budget),
            ..Sampling::default()
        };
        assert_eq!(blocks(goal(0.01, 100), 0.0), 30);
        let (quiet, noisy) = (blocks(goal(0.01, 1_000), 0.1), blocks(goal(0.01, 1_000), 0.3));
        assert!(30 < quiet && quiet < noisy && noisy < 2_500, "{quiet}, {noisy}");
        // The budget ends it, too.
        assert_eq!(blocks(goal(0.000_01, 40), 0.3), 100);
    }

    #[test]
    fn the_precision_reached_is_the_one_asked_for() {
        let precision = Some(0.01);
        let sampling = Sampling { precision, budget: seconds(1_000), ..Sampling::default() };
        let (taken, _) = rounds(sampling, 0.2, Vec::new());
        let of = |name: &str| -> Vec<f64> {
            let own = taken.iter().filter(|r| r.arm.to_string() == name && !r.slot.warm_up);
            own.filter_map(Record::judged_ns).map(|ns| ns as f64).collect()
        };
        for name in ["untracked-twin", "dhat", "counting"] {
            let ratio = stats::paired_ratio(&of("untracked"), &of(name)).unwrap();
            assert!(ratio.precision().unwrap() <= 0.01, "{name}: {ratio:?}");
        }
    }

    #[test]
    fn what_could_be_found_by_now_is_told() {
        let (_, told) = rounds(Some(10).into(), 0.1, Vec::new());
        assert_eq!(told.0[1].1, "fragmentation");
        assert!(told.0[9].1.starts_with("fragmentation, ±"), "{:?}", told.0[9]);
    }

    #[test]
    fn a_run_that_is_taken_up_ends_where_it_would_have() {
        let sampling =
            Sampling { precision: Some(0.01), budget: seconds(1_000), ..Sampling::default() };
        let (whole, _) = rounds(sampling, 0.2, Vec::new());
        let (rest, _) = rounds(sampling, 0.2, whole.clone());
        assert!(rest.is_empty(), "{} more", rest.len());
        // Half of it leaves the other half, if the samples come out alike; these do not, but come to an end.
        let half = whole[..whole.len() / 2].to_vec();
        assert!(!rounds(sampling, 0.2, half).0.is_empty());
    }
}
