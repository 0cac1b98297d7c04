//! Colours, and what each stands for in every picture.

use plotters::style::RGBColor;

/// The ground of every picture.
pub const WHITE: RGBColor = RGBColor(0xff, 0xff, 0xff);
/// Text and lines that matter.
pub const INK: RGBColor = RGBColor(0x1f, 0x23, 0x28);
/// Text that explains.
pub const GREY: RGBColor = RGBColor(0x57, 0x60, 0x6a);
/// Grid lines and separators.
pub const FAINT: RGBColor = RGBColor(0xdc, 0xe0, 0xe5);
/// The ground of tiles and of what is empty.
pub const PALE: RGBColor = RGBColor(0xf3, 0xf5, 0xf7);
/// What identical programs differ by.
pub const BAND: RGBColor = RGBColor(0xec, 0xee, 0xf1);
/// The ground of a lane or cell that has no figure, for failure.
pub const FAILED: RGBColor = RGBColor(0xfd, 0xf1, 0xef);
/// Words for failures: 7:1 against white.
pub const ALARM: RGBColor = RGBColor(0x9b, 0x1c, 0x1c);

// Okabe and Ito's palette, which readers with any colour vision can tell apart; without its yellow, which
// is too faint on white.

/// Okabe and Ito's blue.
pub const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
/// Okabe and Ito's vermillion.
pub const VERMILLION: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
/// Okabe and Ito's bluish green.
pub const GREEN: RGBColor = RGBColor(0x00, 0x9e, 0x73);
/// Okabe and Ito's reddish purple.
pub const PURPLE: RGBColor = RGBColor(0xcc, 0x79, 0xa7);
/// Okabe and Ito's orange.
pub const ORANGE: RGBColor = RGBColor(0xe6, 0x9f, 0x00);
/// Okabe and Ito's sky blue.
pub const SKY: RGBColor = RGBColor(0x56, 0xb4, 0xe9);
/// Okabe and Ito's black.
pub const BLACK: RGBColor = RGBColor(0x00, 0x00, 0x00);

/// A colour at a strength, from 0 for white to 1 for the colour itself.
pub fn tint(full: RGBColor, strength: f64) -> RGBColor {
    let strength = strength.clamp(0.0, 1.0);
    let mix = |full: u8| (255.0 - (255.0 - f64::from(full)) * strength).round() as u8;
    RGBColor(mix(full.0), mix(full.1), mix(full.2))
}

/// The colour of text that is legible on a ground.
pub fn ink_on(ground: RGBColor) -> RGBColor {
    let luminance =
        0.299 * f64::from(ground.0) + 0.587 * f64::from(ground.1) + 0.114 * f64::from(ground.2);
    if luminance < 130.0 { WHITE } else { INK }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tints_go_from_white_to_the_colour() {
        assert_eq!((tint(BLUE, -1.0), tint(BLUE, 0.0)), (WHITE, WHITE));
        assert_eq!((tint(BLUE, 1.0), tint(BLUE, 9.0)), (BLUE, BLUE));
        assert_eq!((ink_on(WHITE), ink_on(BLUE)), (INK, WHITE));
    }
}
