//! A part of a Markdown file that a report fills.

const BEGIN: &str = "<!-- memscope-bench: overview -->";
const END: &str = "<!-- memscope-bench: end -->";

/// A text in which what stands between the marks `<!-- memscope-bench: overview -->` and `<!-- memscope-bench: end -->` is
/// replaced. `None` if either is missing, or they stand the wrong way round.
pub fn splice(text: &str, content: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}\n{END}{after}", content.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_the_marks_is_replaced_and_nothing_else() {
        let text = format!("# Mine\n{BEGIN}\nold\n{END}\nand more\n");
        let new = splice(&text, "| new |\n").unwrap();
        assert_eq!(new, format!("# Mine\n{BEGIN}\n| new |\n{END}\nand more\n"));
        assert_eq!(splice(&new, "| new |\n").unwrap(), new);
        assert_eq!(splice("# Mine", "x"), None);
        assert_eq!(splice(&format!("{END}{BEGIN}"), "x"), None);
    }
}
