//! In how many trials each tool called the two sides different.

use std::collections::BTreeMap;

use memscope_bench::analyse::calibration::Counted;

use crate::ours::PLANTED;

/// By tool, in the order of the rows; of each, nothing planted first, then each of [`PLANTED`].
#[derive(Default)]
pub struct Results {
    rows: Vec<&'static str>,
    counted: BTreeMap<(&'static str, usize), Counted>,
}

impl Results {
    /// Adds trials of a tool; `planted` is 0 for nothing, then by the place in [`PLANTED`].
    pub fn add(&mut self, tool: &'static str, planted: usize, trials: Counted) {
        if !self.rows.contains(&tool) {
            self.rows.push(tool);
        }
        let counted = self.counted.entry((tool, planted)).or_default();
        *counted = counted.and(trials);
    }

    /// As Markdown.
    pub fn markdown(&self, title: &str) -> String {
        let head = PLANTED.map(|percent| format!("{percent} % found")).join(" | ");
        let line = PLANTED.map(|_| "--:").join("|");
        let mut text = format!("| {title} | false alarms | {head} |\n|:--|--:|{line}|\n");
        for tool in &self.rows {
            let cell = |planted| {
                let counted = self.counted.get(&(*tool, planted)).copied().unwrap_or_default();
                format!("{} of {}", counted.so, counted.all)
            };
            let cells: Vec<String> = (0..=PLANTED.len()).map(cell).collect();
            text.push_str(&format!("| {tool} | {} |\n", cells.join(" | ")));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trials_add_up() {
        let mut results = Results::default();
        for so in [1, 0] {
            results.add("hyperfine", 0, Counted { so, all: 1 });
            results.add("hyperfine", 3, Counted { so: 1, all: 1 });
        }
        let text = results.markdown("fragmentation");
        assert!(text.contains("| hyperfine | 1 of 2 | 0 of 0 | 0 of 0 | 2 of 2 |"), "{text}");
    }
}
