//! How all charts look: sizes, colours, markers, and how wide a text will be.

use plotters::style::RGBColor;

/// Width of every chart, in pixels: that of a README on GitHub.
pub(super) const WIDTH: i32 = 830;
/// Space left free at the edges.
pub(super) const MARGIN: i32 = 20;

/// Sans-serif fonts of about one width, so that no text is wider than [`text_width`] says.
pub(crate) const FONT: &str = "Helvetica, Arial, Liberation Sans, sans-serif";

/// Text and lines that matter.
pub(super) const INK: RGBColor = RGBColor(0x1f, 0x23, 0x28);
/// Text that explains.
pub(super) const GREY: RGBColor = RGBColor(0x57, 0x60, 0x6a);
/// Grid lines and separators.
pub(super) const FAINT: RGBColor = RGBColor(0xe1, 0xe4, 0xe8);
/// The noise floor.
pub(super) const BAND: RGBColor = RGBColor(0xec, 0xee, 0xf1);
/// The ground of a lane that has no point, for failure.
pub(super) const FAILED: RGBColor = RGBColor(0xfd, 0xf1, 0xef);
/// Words for failures: 7:1 against white.
pub(super) const ALARM: RGBColor = RGBColor(0x9b, 0x1c, 0x1c);

/// Sizes of text, in pixels.
pub(super) mod size {
    pub(in crate::present::charts) const TITLE: f64 = 18.0;
    pub(in crate::present::charts) const TEXT: f64 = 13.0;
    pub(in crate::present::charts) const NOTE: f64 = 11.5;
}

/// Okabe and Ito's palette, which readers with any colour vision can tell apart; without its yellow,
/// which is too faint on white.
const PALETTE: [RGBColor; 7] = [
    RGBColor(0x00, 0x72, 0xb2), // blue
    RGBColor(0xd5, 0x5e, 0x00), // vermillion
    RGBColor(0x00, 0x9e, 0x73), // bluish green
    RGBColor(0xcc, 0x79, 0xa7), // reddish purple
    RGBColor(0xe6, 0x9f, 0x00), // orange
    RGBColor(0x56, 0xb4, 0xe9), // sky blue
    RGBColor(0x00, 0x00, 0x00), // black
];

/// The shape of a point. A cross is not among them: it stands for a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Circle,
    Square,
    Triangle,
    Diamond,
    Inverted,
}

/// How an arm's points look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Marker {
    pub(super) colour: RGBColor,
    pub(super) shape: Shape,
    pub(super) hollow: bool,
}

/// The look of the arm with this index. Seventy arms can be told apart, the first five by shape alone.
pub(super) fn marker(arm: usize) -> Marker {
    const SHAPES: [Shape; 5] =
        [Shape::Circle, Shape::Square, Shape::Triangle, Shape::Diamond, Shape::Inverted];
    Marker {
        colour: PALETTE[arm % PALETTE.len()],
        shape: SHAPES[arm % SHAPES.len()],
        hollow: (arm / SHAPES.len()) % 2 == 1,
    }
}

/// How wide a text is at most, in pixels. The SVG is drawn with whatever fonts its reader has, so this
/// goes by a wide one (DejaVu Sans).
pub(crate) fn text_width(text: &str, size: f64) -> i32 {
    let em: f64 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | '\'' | '|' => 0.30,
            ' ' | '.' | ',' | ':' | ';' | '·' | '/' => 0.34,
            '(' | ')' | '-' | 'f' | 't' | 'r' => 0.42,
            'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.98,
            'A'..='Z' => 0.72,
            c if c.is_ascii() => 0.64,
            '–' | '×' | '÷' | 'µ' => 0.84,
            _ => 1.0,
        })
        .sum();
    (em * size).ceil() as i32
}

/// Breaks a text into lines of at most `width` pixels: at spaces and behind hyphens, and, where that
/// does not do, anywhere.
pub(super) fn wrap(text: &str, size: f64, width: i32) -> Vec<String> {
    let fits = |text: &str| text_width(text.trim_end(), size) <= width;
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_inclusive([' ', '-']) {
        if !line.is_empty() && !fits(&format!("{line}{word}")) {
            lines.push(std::mem::take(&mut line));
        }
        for c in word.chars() {
            if !line.is_empty() && !fits(&format!("{line}{c}")) {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    lines.push(line);
    lines.iter().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// The text, or as much of it as fits, with an ellipsis.
pub(crate) fn fit(text: &str, size: f64, width: i32) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if text_width(&format!("{kept}{c}…"), size) > width {
            break;
        }
        kept.push(c);
    }
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_arm_looks_different() {
        for a in 0..20 {
            for b in 0..a {
                assert_ne!(marker(a), marker(b), "{a} and {b}");
            }
        }
    }

    #[test]
    fn lines_fit_and_keep_every_letter() {
        let text = "a-workload-with-a-rather-long-name and_one_word_that_has_no_place_to_break_it";
        let lines = wrap(text, 13.0, 120);
        assert!(lines.len() > 3);
        assert!(lines.iter().all(|line| text_width(line, 13.0) <= 120), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        assert_eq!(wrap("short", 13.0, 120), ["short"]);
    }

    #[test]
    fn what_is_too_long_ends_in_an_ellipsis() {
        assert_eq!(fit("short", 13.0, 120), "short");
        let cut = fit(&"long ".repeat(20), 13.0, 120);
        assert!(cut.ends_with('…') && text_width(&cut, 13.0) <= 120, "{cut}");
    }
}
