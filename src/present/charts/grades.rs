//! How grades look in charts: a mark each, and a ground that is darker the worse it is.

use plotters::style::RGBColor;

use super::grid::Grid;
use crate::analyse::accuracy::{Audit, Grade, OFF, Standing};
use crate::analyse::summary::Verdict;
use crate::common::units;
use crate::present::canvas::{Entry, GREEN, INK, ORANGE, PALE, VERMILLION, tint};

/// The ends of the ground of what is wrong: dark vermillions, both between those of their neighbours.
const LEAST_WRONG: RGBColor = RGBColor(0xc9, 0x56, 0x10);
const MOST_WRONG: RGBColor = RGBColor(0x7a, 0x2c, 0x00);

/// The ground of a cell. From exact to failed each is darker than the one before, so that they are told apart
/// in black and white too; what is absent has next to none.
pub(super) fn ground(grade: Grade) -> RGBColor {
    match grade {
        Grade::Absent => PALE,
        Grade::Exact => tint(GREEN, 0.2),
        Grade::Close => tint(ORANGE, 0.55),
        Grade::Off => tint(VERMILLION, 0.6),
        Grade::Wrong => RGBColor(0xa8, 0x3e, 0x00),
        Grade::Failed => INK,
    }
}

/// The ground of a cell whose factor is known: among what is wrong, the further off, the darker.
pub(super) fn shade(told: Verdict) -> RGBColor {
    let (Grade::Wrong, Some(factor)) = (told.grade, told.factor) else { return ground(told.grade) };
    // A thousand times or more, infinitely too, is as dark as it gets.
    let strength = (factor.ln() / 1_000_f64.ln()).clamp(0.0, 1.0);
    let mix = |light: u8, dark: u8| {
        (f64::from(light) + (f64::from(dark) - f64::from(light)) * strength) as u8
    };
    let (RGBColor(r, g, b), RGBColor(dr, dg, db)) = (LEAST_WRONG, MOST_WRONG);
    RGBColor(mix(r, dr), mix(g, dg), mix(b, db))
}

/// A legend of these grades, from the best to the worst.
pub(super) fn legend(grades: impl Iterator<Item = Grade>) -> Vec<Entry> {
    let used: Vec<Grade> = grades.collect();
    let shown = Grade::ALL.into_iter().filter(|grade| used.contains(grade));
    shown.map(|grade| Entry::cell(ground(grade), grade.mark(), meaning(grade))).collect()
}

fn meaning(grade: Grade) -> &'static str {
    match grade {
        Grade::Absent => "not reported",
        Grade::Exact => "exact",
        Grade::Close => "within 1 %",
        Grade::Off => "within 10 %",
        Grade::Wrong => "wrong",
        Grade::Failed => "failed",
    }
}

/// What stands in a cell: its mark, and by how much it is off, or else its grade.
pub(super) fn label(told: Verdict) -> String {
    label_by(told, off_by)
}

/// The same in a picture, with thousands as `8k×` on a phone, which has room for no more.
pub(super) fn label_in(grid: Grid, told: Verdict) -> String {
    label_by(told, if grid.is_narrow() { |factor| short_of(factor, 999.5) } else { off_by })
}

fn label_by(told: Verdict, off_by: fn(f64) -> String) -> String {
    let mark = told.grade.mark();
    match (told.grade, told.factor) {
        (Grade::Off | Grade::Wrong, Some(factor)) => format!("{mark} {}", off_by(factor)),
        (grade, _) => format!("{mark} {}", grade.word()),
    }
}

/// A factor in as few letters as can be: `1.04×`, `8,369×`, `117k×`, `∞`.
pub(super) fn off_by(factor: f64) -> String {
    short_of(factor, 9_999.5)
}

/// The same, from a number on in thousands.
fn short_of(factor: f64, thousands_from: f64) -> String {
    let thousands = |unit: f64, letter: &str| {
        format!("{}{letter}×", units::count((factor / unit).round() as u64))
    };
    match factor {
        factor if factor.is_infinite() => "∞".to_owned(),
        factor if factor < thousands_from => units::short_factor(factor),
        factor if factor < 999_500.0 => thousands(1e3, "k"),
        factor if factor < 999.5e6 => thousands(1e6, "M"),
        _ => thousands(1e9, "G"),
    }
}

/// The share of the program's allocations that it tells of, where that is far from all: else the grade of its
/// events says as much.
pub(super) fn covers(coverage: Option<(u64, u64)>) -> Option<String> {
    let (seen, all) = coverage.filter(|(_, all)| *all > 0)?;
    let share = seen as f64 / all as f64;
    // Next to nothing is not nothing.
    let told =
        if share > 0.0 && share < 0.001 { "under 0.1 %".to_owned() } else { units::percent(share) };
    (share < OFF).then(|| format!("covers {told}"))
}

/// What a cell leaves out, in words: most of the allocations, or a family that others report.
pub(super) fn missing(audit: &Audit) -> Option<String> {
    let absent = audit.families.iter().filter(|(_, told)| told.grade == Grade::Absent);
    let absent: Vec<&str> = absent.map(|(family, _)| family.word()).collect();
    covers(audit.coverage)
        .or((!absent.is_empty()).then(|| format!("no {}", units::listed(&absent))))
}

/// Likewise, of a tracker over all its cells.
pub(super) fn leaves_out(standing: &Standing) -> bool {
    covers(standing.coverage).is_some()
        || standing.families.values().any(|worst| worst.told.grade == Grade::Absent)
}

#[cfg(test)]
mod tests {
    use super::super::grid::{NARROW, WHOLE};
    use super::*;

    #[test]
    fn each_worse_grade_is_darker() {
        let grades = &Grade::ALL[1..];
        let luminance = |grade: &Grade| {
            let RGBColor(red, green, blue) = ground(*grade);
            0.299 * f64::from(red) + 0.587 * f64::from(green) + 0.114 * f64::from(blue)
        };
        for pair in grades.windows(2) {
            let step = luminance(&pair[0]) - luminance(&pair[1]);
            assert!(step > 15.0, "{pair:?} are {step} apart");
        }
        let wrong = |factor| shade(Verdict { grade: Grade::Wrong, factor: Some(factor) });
        assert_eq!((wrong(1.0), wrong(f64::INFINITY)), (LEAST_WRONG, MOST_WRONG));
    }

    #[test]
    fn factors_are_short() {
        let told = [1.04, 9.0, 8_369.0, 117_166.0, 12.3e6, f64::INFINITY].map(off_by);
        assert_eq!(told, ["1.04×", "9.0×", "8,369×", "117k×", "12M×", "∞"]);
        let label = |grade, factor| label(Verdict { grade, factor });
        assert_eq!(label(Grade::Wrong, Some(8_369.0)), "✗ 8,369×");
        assert_eq!(label(Grade::Exact, Some(1.0)), "✓ exact");
        assert_eq!(label(Grade::Failed, Some(3.0)), "‼ failed");
    }

    #[test]
    fn a_phone_has_thousands_in_short() {
        let told = |factor| Verdict { grade: Grade::Wrong, factor: Some(factor) };
        assert_eq!(label_in(NARROW, told(8_369.0)), "✗ 8k×");
        assert_eq!(label_in(NARROW, told(999.0)), label(told(999.0)));
        assert_eq!(label_in(WHOLE, told(8_369.0)), label(told(8_369.0)));
    }

    #[test]
    fn little_coverage_is_told_in_words() {
        assert_eq!(covers(Some((1, 1_000))).as_deref(), Some("covers 0.1 %"));
        assert_eq!(covers(Some((1, 10_000))).as_deref(), Some("covers under 0.1 %"));
        assert_eq!((covers(Some((950, 1_000))), covers(None)), (None, None));
    }
}
