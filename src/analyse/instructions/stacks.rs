//! From who called whom to stacks, for flame graphs.
//!
//! Callgrind tells what each function cost, and what each caller's calls of it cost together; not which stacks
//! there were. They are estimated as gprof does: a function costs the same whoever called its caller. So the
//! cost of a function is divided among its callers by what their calls of it cost, and so on upwards. What
//! a function costs in all is exact; how that is divided among stacks is not, where the same function does
//! different work for different callers.

use std::collections::BTreeMap;

use crate::record::CallProfile;

/// The share of all instructions from which on a stack is told apart; what is below goes with the largest.
const LEAST: f64 = 1e-4;

/// Stacks are no deeper: so many functions that call each other in a circle end somewhere.
const DEEPEST: usize = 100;

/// Stacks with their costs, `root;outermost;…;innermost COST`, in the order of their names.
pub(super) fn folded(profile: &CallProfile, root: &str) -> Vec<String> {
    let mut callers = vec![Vec::new(); profile.functions.len()];
    for call in &profile.calls {
        // To call itself leads nowhere.
        if call.caller != call.callee && call.instructions > 0 {
            callers[call.callee].push((call.caller, call.instructions as f64));
        }
    }
    for (function, callers) in profile.functions.iter().zip(&mut callers) {
        if function.name.contains(protocol::REGION) {
            // What calls the work is the harness's, and of another name in each subject.
            callers.clear();
        }
        callers.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    }
    let least = LEAST * profile.total() as f64;
    let mut walk = Walk { callers: &callers, least, path: Vec::new(), stacks: BTreeMap::new() };
    for (index, function) in profile.functions.iter().enumerate() {
        if function.instructions > 0 {
            walk.up(index, function.instructions as f64);
        }
    }
    let name = |&index: &usize| profile.functions[index].name.replace(';', ",");
    let mut lines = BTreeMap::<String, f64>::new();
    for (path, cost) in walk.stacks {
        let frames: Vec<String> =
            std::iter::once(root.to_owned()).chain(path.iter().rev().map(name)).collect();
        *lines.entry(frames.join(";")).or_default() += cost;
    }
    let line = |(stack, cost): (String, f64)| {
        (cost >= 0.5).then(|| format!("{stack} {}", cost.round() as u64))
    };
    lines.into_iter().filter_map(line).collect()
}

/// From a function up to whoever called it.
struct Walk<'a> {
    /// The callers of each function, with what their calls cost, largest first.
    callers: &'a [Vec<(usize, f64)>],
    least: f64,
    /// From the innermost function outwards.
    path: Vec<usize>,
    /// Such paths, with their costs.
    stacks: BTreeMap<Vec<usize>, f64>,
}

impl Walk<'_> {
    fn up(&mut self, function: usize, cost: f64) {
        self.path.push(function);
        // Whoever is on the stack already was called in a circle.
        let mut callers: Vec<(usize, f64)> = self.callers[function]
            .iter()
            .filter(|(caller, _)| !self.path.contains(caller))
            .copied()
            .collect();
        let all: f64 = callers.iter().map(|(_, own)| own).sum();
        let large = callers.iter().take_while(|(_, own)| cost * own / all >= self.least).count();
        callers.truncate(large.max(1));
        let kept: f64 = callers.iter().map(|(_, own)| own).sum();
        if callers.is_empty() || self.path.len() >= DEEPEST {
            *self.stacks.entry(self.path.clone()).or_default() += cost;
        } else {
            for (caller, own) in callers {
                self.up(caller, cost * own / kept);
            }
        }
        self.path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Call, Function};

    fn profile(functions: &[(&str, u64)], calls: &[(usize, usize, u64)]) -> CallProfile {
        let function = |&(name, instructions): &(&str, u64)| Function {
            name: name.to_owned(),
            object: "subject".to_owned(),
            instructions,
        };
        let call = |&(caller, callee, instructions): &(usize, usize, u64)| Call {
            caller,
            callee,
            instructions,
        };
        CallProfile {
            functions: functions.iter().map(function).collect(),
            calls: calls.iter().map(call).collect(),
        }
    }

    #[test]
    fn a_function_is_divided_among_its_callers_by_what_their_calls_cost() {
        let functions = [("region", 10), ("a", 20), ("b", 30), ("malloc", 100)];
        let calls = [(0, 1, 95), (0, 2, 55), (1, 3, 75), (2, 3, 25)];
        let lines = folded(&profile(&functions, &calls), "w");
        assert_eq!(
            lines,
            [
                "w;region 10",
                "w;region;a 20",
                "w;region;a;malloc 75",
                "w;region;b 30",
                "w;region;b;malloc 25"
            ]
        );
    }

    #[test]
    fn stacks_begin_with_the_measured_region() {
        let region = format!("subject::{}", protocol::REGION);
        let functions = [("main", 0), ("answer", 3), (region.as_str(), 0), ("work", 7)];
        let calls = [(0, 1, 10), (1, 2, 7), (2, 3, 7)];
        let lines = folded(&profile(&functions, &calls), "w");
        assert_eq!(lines, ["w;main;answer 3".to_owned(), format!("w;{region};work 7")]);
    }

    #[test]
    fn circles_end_and_nothing_is_lost() {
        // Two that call each other, one of them itself, and what they call.
        let functions = [("region", 100), ("drop", 1_000), ("node", 3_000), ("free;x", 500)];
        let calls =
            [(0, 1, 4_500), (1, 2, 9_000), (2, 1, 7_000), (2, 2, 5_000), (1, 3, 100), (2, 3, 400)];
        let lines = folded(&profile(&functions, &calls), "w");
        let cost = |line: &String| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap();
        assert_eq!(lines.iter().map(cost).sum::<u64>(), 4_600, "{lines:#?}");
        assert!(lines.contains(&"w;region;drop;node 3000".to_owned()), "{lines:#?}");
        assert!(lines.iter().any(|line| line.contains("free,x")), "{lines:#?}");
    }

    #[test]
    fn what_is_small_goes_with_the_largest_caller() {
        let functions = [("region", 1_000_000), ("a", 0), ("b", 0), ("memcpy", 1_000)];
        let calls = [(0, 1, 999), (0, 2, 1), (1, 3, 999), (2, 3, 1)];
        let lines = folded(&profile(&functions, &calls), "w");
        assert_eq!(lines, ["w;region 1000000", "w;region;a;memcpy 1000"]);
    }
}
