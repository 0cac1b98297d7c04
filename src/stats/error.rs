//! Why a figure could not be computed, and what to do about it.

use std::fmt;

/// Which of the two arms of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    /// The arm divided by, normally `untracked`.
    Base,
    /// The arm compared to it.
    Other,
}

impl fmt::Display for Arm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Arm::Base => "base",
            Arm::Other => "other",
        })
    }
}

/// Input that no honest figure can be computed from.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StatsError {
    /// There is nothing to summarise or to compare.
    #[error("no values to compute from: take at least one sample that did not fail")]
    Empty,

    /// The arms cannot be paired.
    #[error(
        "the base arm has {base} blocks and the other arm {other}, so they cannot be paired: leave a \
         block out of both arms when either of its samples failed"
    )]
    UnequalLengths {
        /// Values in the base arm.
        base: usize,
        /// Values in the other arm.
        other: usize,
    },

    /// A value no ratio can be taken of: zero, negative, infinite or not a number.
    #[error(
        "value {index} of the {arm} arm is {value}, and a ratio needs finite values above zero: leave \
         the block out of both arms, or compare a quantity that is never zero"
    )]
    NotPositive {
        /// The arm the value is in.
        arm: Arm,
        /// Its index in the arm, from 0.
        index: usize,
        /// The value itself.
        value: f64,
    },

    /// A value that cannot be summarised: infinite or not a number.
    #[error("value {index} is {value}, not a finite number: leave out what could not be read")]
    NotFinite {
        /// Its index in the sample, from 0.
        index: usize,
        /// The value itself.
        value: f64,
    },

    /// A quantile was asked for that does not exist.
    #[error("there is no quantile {0}: ask for one between 0 and 1")]
    Probability(f64),

    /// One of several workloads cannot be used.
    #[error("workload {index}: {source}")]
    Workload {
        /// Its index among the workloads, from 0.
        index: usize,
        /// What is wrong with it.
        source: Box<StatsError>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_the_place_the_cause_and_the_way_out() {
        let error = StatsError::Workload {
            index: 2,
            source: Box::new(StatsError::NotPositive {
                arm: Arm::Other,
                index: 7,
                value: f64::NAN,
            }),
        };
        assert_eq!(
            error.to_string(),
            "workload 2: value 7 of the other arm is NaN, and a ratio needs finite values above zero: \
             leave the block out of both arms, or compare a quantity that is never zero"
        );
    }
}
