//! Text: the font, its sizes, and how much room a text takes.

use plotters::style::RGBColor;

use super::colour::{GREY, INK};

/// Sans-serif fonts of about one width, so that no text is wider than [`Type::width`] says.
pub const FONT: &str = "Helvetica, Arial, Liberation Sans, sans-serif";

/// The title of a picture as wide as a page, and of its sections.
pub const BANNER: Type = Type::new(24.0, INK).bold();
/// The title of a chart.
pub const TITLE: Type = Type::new(18.0, INK).bold();
/// Text.
pub const TEXT: Type = Type::new(13.0, INK);
/// Text that explains, and what stands at an axis.
pub const NOTE: Type = Type::new(12.0, GREY);
/// Text where there is little room.
pub const SMALL: Type = Type::new(11.0, GREY);

/// Which end of a text is at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Its left end.
    Left,
    /// Its middle.
    Centre,
    /// Its right end.
    Right,
}

/// A text's looks.
#[derive(Clone, Copy, Debug)]
pub struct Type {
    /// The font's size in pixels.
    pub size: f64,
    /// Its colour.
    pub colour: RGBColor,
    /// Whether it is bold.
    pub bold: bool,
    /// Which end is at its position.
    pub align: Align,
}

impl Type {
    /// Text of a size and colour, neither bold nor aligned to anything but its left.
    pub const fn new(size: f64, colour: RGBColor) -> Self {
        Self { size, colour, bold: false, align: Align::Left }
    }

    /// The same in bold.
    pub const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// The same in another colour.
    pub const fn colour(self, colour: RGBColor) -> Self {
        Self { colour, ..self }
    }

    /// The same, centred on its position.
    pub const fn centred(self) -> Self {
        Self { align: Align::Centre, ..self }
    }

    /// The same, left of its position.
    pub const fn right(self) -> Self {
        Self { align: Align::Right, ..self }
    }

    /// From one line to the next, in pixels.
    pub fn line(&self) -> f64 {
        (self.size * 1.4).round()
    }

    /// How wide a text is at most, in pixels. A picture is drawn with whatever fonts its reader has, so
    /// this goes by a wide one (DejaVu Sans).
    pub fn width(&self, text: &str) -> f64 {
        let em = |c| match c {
            'i' | 'j' | 'l' | '\'' | '|' => 0.30,
            ' ' | '.' | ',' | ':' | ';' | '·' | '/' => 0.34,
            '(' | ')' | '-' | 'f' | 't' | 'r' => 0.42,
            'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.98,
            'A'..='Z' => 0.72,
            c if c.is_ascii() => 0.64,
            '–' | '×' | '÷' | 'µ' => 0.84,
            _ => 1.0,
        };
        (text.chars().map(em).sum::<f64>() * self.size).ceil()
    }

    /// The text, or as much of it as fits, with an ellipsis.
    pub fn fit(&self, text: &str, width: f64) -> String {
        if self.width(text) <= width {
            return text.to_owned();
        }
        let mut kept = String::new();
        for c in text.chars() {
            if self.width(&format!("{kept}{c}…")) > width {
                break;
            }
            kept.push(c);
        }
        format!("{}…", kept.trim_end())
    }

    /// Breaks a text into lines of at most `width` pixels: at spaces and behind hyphens, and, where that
    /// does not do, anywhere.
    pub fn wrap(&self, text: &str, width: f64) -> Vec<String> {
        let fits = |text: &str| self.width(text.trim_end()) <= width;
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_keep_every_letter() {
        let text = "a-workload-with-a-rather-long-name and_one_word_that_has_no_place_to_break_it";
        let lines = TEXT.wrap(text, 120.0);
        assert!(lines.len() > 3);
        assert!(lines.iter().all(|line| TEXT.width(line) <= 120.0), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        assert_eq!(TEXT.wrap("short", 120.0), ["short"]);
    }

    #[test]
    fn what_is_too_long_ends_in_an_ellipsis() {
        assert_eq!(TEXT.fit("short", 120.0), "short");
        let cut = TEXT.fit(&"long ".repeat(20), 120.0);
        assert!(cut.ends_with('…') && TEXT.width(&cut) <= 120.0, "{cut}");
    }
}
