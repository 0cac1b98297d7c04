//! Colours, sizes, and how wide a text will be.

use super::canvas::Type;
use crate::present::canvas;

/// Width of the picture.
pub(super) const WIDTH: f64 = 1200.0;
/// Its left and right margin.
pub(super) const MARGIN: f64 = 30.0;

pub(super) const FONT: &str = canvas::FONT;

/// Text that matters.
pub(super) const INK: &str = "#1f2328";
/// Text that explains.
pub(super) const GREY: &str = "#57606a";
/// Grid lines and frames.
pub(super) const FAINT: &str = "#d8dde2";
/// The ground of tiles and empty cells.
pub(super) const PALE: &str = "#f3f5f7";
/// The ground.
pub(super) const WHITE: &str = "#ffffff";

// Okabe and Ito's palette, which readers with any colour vision can tell apart.

/// What was counted: the program.
pub(super) const COUNTED: &str = "#0072b2";
/// What the tracker says.
pub(super) const SAID: &str = "#e69f00";
/// The tracker's own heap.
pub(super) const OWN: &str = "#d55e00";
/// Resident memory.
pub(super) const RESIDENT: &str = "#009e73";
/// Resident memory in no live block.
pub(super) const SLACK: &str = "#cc79a7";

/// The picture's title.
pub(super) const TITLE: Type = Type::new(24.0, INK).bold();
/// A section's title.
pub(super) const HEADING: Type = Type::new(17.0, INK).bold();
/// Text.
pub(super) const TEXT: Type = Type::new(13.0, INK);
/// Text that explains.
pub(super) const NOTE: Type = Type::new(12.0, GREY);
/// Small print.
pub(super) const SMALL: Type = Type::new(11.0, GREY);

/// From few to many: white to Okabe and Ito's blue, and on to a dark one.
pub(super) fn scale(share: f64) -> String {
    const STOPS: [(f64, [f64; 3]); 4] = [
        (0.0, [232.0, 241.0, 248.0]),
        (0.45, [122.0, 184.0, 221.0]),
        (0.75, [0.0, 114.0, 178.0]),
        (1.0, [5.0, 52.0, 92.0]),
    ];
    let share = share.clamp(0.0, 1.0);
    let upper = STOPS.iter().position(|stop| stop.0 >= share).unwrap_or(STOPS.len() - 1).max(1);
    let ((low, from), (high, to)) = (STOPS[upper - 1], STOPS[upper]);
    let part = (share - low) / (high - low);
    let mixed = std::array::from_fn::<f64, 3, _>(|i| from[i] + (to[i] - from[i]) * part);
    let [red, green, blue] = mixed.map(|value| value.round() as u8);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// The colour of text on a ground of [`scale`]`(share)`.
pub(super) fn ink_on(share: f64) -> &'static str {
    if share > 0.58 { WHITE } else { INK }
}

fn looks(size: f64) -> canvas::Type {
    canvas::Type { size, ..canvas::NOTE }
}

/// How wide a text is at most, whatever fonts its reader has.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    looks(size).width(text)
}

/// The text, or as much of it as fits, with an ellipsis.
pub(super) fn fit(text: &str, size: f64, width: f64) -> String {
    looks(size).fit(text, width)
}

/// Breaks a text at spaces into lines of at most `width`; a word that is wider is cut.
pub(super) fn wrap(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        match (lines.last_mut(), longer) {
            (Some(line), Some(longer)) if text_width(&longer, size) <= width => *line = longer,
            _ => lines.push(fit(word, size, width)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_goes_from_light_to_dark() {
        assert_eq!((scale(-1.0), scale(0.0)), (scale(0.0), "#e8f1f8".to_owned()));
        assert_eq!((scale(0.75), scale(9.0)), ("#0072b2".to_owned(), "#05345c".to_owned()));
        assert_eq!(scale(f64::NAN).len(), 7);
    }

    #[test]
    fn lines_fit() {
        let text = "some words and one_that_is_far_too_long_for_any_line_of_this_width";
        let lines = wrap(text, 12.0, 150.0);
        assert!(lines.len() > 1);
        assert!(lines.iter().all(|line| text_width(line, 12.0) <= 150.0), "{lines:?}");
    }
}
