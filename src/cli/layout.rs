//! `--links` and `--min-effect`: how small a difference between two builds may be told.

use clap::Args;
use clap::builder::RangedU64ValueParser;
use memscope_bench::analyse::comparison;
use memscope_bench::plan::arm::ArmId;
use memscope_bench::plan::procedure::Procedure;
use memscope_bench::stats::LEAST_EFFECT;

use super::Failed;
use super::options::percent;
use super::run::Samples;

/// More link orders than anybody waits for.
const MOST_LINKS: u64 = 100;

/// How small a difference may be told.
#[derive(Args)]
pub(super) struct Layout {
    /// Links each side K times with its code in another order, some ten seconds each, and measures all of them in turns:
    /// tells differences below 3 % from what the place of code in memory does. 8 is a good number; from 5 on there is
    /// an interval. Each order gets five samples or more, unless --samples says otherwise. Untracked stays as it is
    /// built [default: each side as it is built]
    #[arg(
        long,
        value_name = "K",
        value_parser = RangedU64ValueParser::<u32>::new().range(2..=MOST_LINKS),
        conflicts_with = "resume"
    )]
    pub(super) links: Option<u32>,
    /// From which size on a difference in time is called slower or faster: two builds of the same code may differ
    /// by less [default: 3, or 1 with --links]
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    min_effect: Option<f64>,
}

impl Layout {
    /// Refuses `--links` where nothing is linked.
    pub(super) fn is_not_asked_for(&self, why: &str) -> Result<(), Failed> {
        match self.links {
            Some(_) => Err(Failed::Usage(format!("leave out --links: {why}"))),
            None => Ok(()),
        }
    }

    /// Refuses what a run could not tell: a difference that may be the layout's, or link orders without a sample.
    pub(super) fn can_be_told(
        &self,
        arms: &[ArmId],
        samples: &Samples,
        fail_above: Option<f64>,
    ) -> Result<(), Failed> {
        let of_one_program = arms.windows(2).all(|pair| pair[0].program() == pair[1].program());
        for (option, asked) in [("--min-effect", self.min_effect), ("--fail-above", fail_above)] {
            let small = asked.filter(|percent| 1.0 + percent / 100.0 < LEAST_EFFECT);
            if let (None, Some(percent), false) = (self.links, small, of_one_program) {
                return Err(Failed::Usage(format!(
                    "{option} {percent} needs --links: two builds of the same code differ by up to 3 %, by where \
                     their code lies in memory; add --links 8"
                )));
            }
        }
        if let (Some(links), Some(samples)) = (self.links, samples.samples)
            && samples < links
        {
            return Err(Failed::Usage(format!(
                "--samples {samples} leaves some of {links} link orders without a sample: take at least {links}, or \
                 leave it out"
            )));
        }
        Ok(())
    }

    /// The factor from which on a difference is called slower or faster in a run of this procedure.
    pub(super) fn least_effect(&self, procedure: &Procedure) -> f64 {
        match self.min_effect {
            Some(percent) => 1.0 + percent / 100.0,
            None => comparison::least_effect(procedure),
        }
    }
}
