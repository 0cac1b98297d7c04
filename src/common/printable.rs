//! Text from elsewhere, made fit for terminals, pages and tables: control characters would move a terminal's cursor,
//! break an SVG, or turn the order of what is read.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// What stands for a character that is not printed.
const STANDS_FOR: char = '\u{fffd}';

/// Whether a character is one that does something instead of being seen: all control characters but the end of a line
/// and the tabulator; and what overrides the direction of text (Unicode's UAX 9, *Explicit Directional Embeddings,
/// Overrides and Isolates*).
fn acts(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => true,
        '\u{2028}' | '\u{2029}' | '\u{feff}' => true,
        _ => c.is_control(),
    }
}

/// A text without characters that act.
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().any(acts) {
        Cow::Owned(text.chars().map(|c| if acts(c) { STANDS_FOR } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Reads JSON, every text in it made [printable].
///
/// # Errors
///
/// If it is none, or not what is expected.
pub fn from_json<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    // Within JSON a control character is an escape. Most texts have none, and are read as they are.
    let escapes = ["\\u", "\\b", "\\f", "\\r"].iter().any(|escape| text.contains(escape));
    if !escapes && !text.chars().any(|c| acts(c) && c != '\r') {
        return serde_json::from_str(text);
    }
    let mut value: Value = serde_json::from_str(text)?;
    make_printable(&mut value);
    serde_json::from_value(value)
}

fn make_printable(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(clean) = printable(text) {
                *text = clean;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(make_printable),
        Value::Object(fields) => {
            if fields.keys().any(|name| name.chars().any(acts)) {
                let all = std::mem::take(fields).into_iter();
                *fields = all.map(|(name, one)| (printable(&name).into_owned(), one)).collect();
            }
            fields.values_mut().for_each(make_printable);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_acts_is_replaced_and_what_is_read_stays() {
        assert_eq!(printable("\u{1b}[31mred\u{7}\0"), "\u{fffd}[31mred\u{fffd}\u{fffd}");
        assert_eq!(
            printable("a\u{202e}b\u{2066}c\u{9b}d\u{7f}"),
            "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}"
        );
        for plain in ["two\nlines\tand a tab", "ß 漢字 −1.5 × 3 – “quoted”", ""] {
            assert!(matches!(printable(plain), Cow::Borrowed(_)), "{plain}");
        }
    }

    #[test]
    fn json_is_cleaned_wherever_it_has_text() {
        let text = r#"{"a\u001b": ["\u0007x", {"deep": "\u202ey\nz"}], "plain": 3}"#;
        let read: BTreeMap<String, Value> = from_json(text).unwrap();
        assert_eq!(read["a\u{fffd}"][0], "\u{fffd}x");
        assert_eq!(read["a\u{fffd}"][1]["deep"], "\u{fffd}y\nz");
        assert_eq!(read["plain"], 3);
        let raw: Vec<String> = from_json("[\"\u{202e}\"]\r\n").unwrap();
        assert_eq!(raw, ["\u{fffd}"]);
    }

    #[test]
    fn an_error_names_the_line_of_the_text() {
        let error = from_json::<Vec<u8>>("[1,\n\"a\"]").unwrap_err();
        assert_eq!(error.line(), 2);
    }
}
