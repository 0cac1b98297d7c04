//! A badge for a tracker's README, as shields.io reads it.

use serde_json::{Value, json};

use crate::analyse::accuracy::{Grade, Standing};
use crate::analyse::summary::{Overall, Summary};
use crate::common::units;

/// What a tracker costs and whether it is accurate, for <https://shields.io/badges/endpoint-badge>.
pub(super) fn badge(summary: &Summary, overall: &Overall) -> Value {
    let grade = summary.standing(&overall.arm).map(|standing: &Standing| standing.grade);
    let cost = overall.overhead.map(|cost| format!("{} CPU", units::short_factor(cost.ratio)));
    let told = grade.filter(|grade| *grade != Grade::Absent).map(|grade| grade.word().to_owned());
    let message: Vec<String> = cost.into_iter().chain(told).collect();
    let colour = match grade {
        Some(Grade::Exact | Grade::Close) => "brightgreen",
        Some(Grade::Off) => "orange",
        Some(Grade::Wrong | Grade::Failed) => "red",
        Some(Grade::Absent) | None => "lightgrey",
    };
    let message = if message.is_empty() { "not measured".to_owned() } else { message.join(", ") };
    json!({ "schemaVersion": 1, "label": "heap tracking", "message": message, "color": colour })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_badge_says_what_it_costs_and_whether_it_is_accurate() {
        let summary = fixture::judged_summary();
        let told = |arm: &str| {
            let is_it = |one: &&Overall| one.arm == fixture::arm(arm);
            badge(&summary, summary.overall.iter().find(is_it).unwrap())
        };
        let wrong = told("memscope-rs/full");
        assert_eq!(wrong["message"], "1.30× CPU, wrong");
        assert_eq!(
            (&wrong["color"], &told("dhat")["color"]),
            (&json!("red"), &json!("brightgreen"))
        );
    }
}
