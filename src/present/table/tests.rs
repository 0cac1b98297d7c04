//! One table in every form.

use super::*;

/// What a hostile tracker would be called.
const HOSTILE: &str = "a, \"b\"\n<script> | `c`";

/// A section with a total: words, figures, what is absent and what failed.
fn table() -> Table {
    let ratio = Value::Figure(3.214, Some([3.05, 3.384]), Unit::Factor);
    let rows = [
        (Value::from(HOSTILE), Some(1_234_567), ratio),
        (Value::from("plain"), None, Value::Absent),
        (Value::Label("all".to_owned()), Some(2), Value::factor(2.0)),
    ];
    Table::in_sections([("an arm".to_owned(), &rows)])
        .totals(|(name, ..)| matches!(name, Value::Label(_)))
        .words("name", "name", |(name, ..)| name.clone())
        .datum("hidden", |_| Value::factor(0.1 + 0.2))
        .figure("count", "count", |(_, count, _)| count.map(Value::Count))
        .spare()
        .estimate("ratio", "ratio", |(_, count, ratio)| {
            let failures = if count.is_none() { "crashed <3>" } else { "" };
            Cell::from(ratio.clone()).failing(failures.to_owned())
        })
        .aside("95 %")
        .pair("change", ["before", "after"], |_| Value::Change([Some(0.5), None], Unit::Share))
        .at(Place::Page)
        .words("verdict", "verdict", |_| "not detected")
        .table("it", "A title")
        .note("A note.")
}

#[test]
fn markdown_is_escaped_and_its_totals_are_bold() {
    insta::assert_snapshot!(Markdown.render(&table()));
}

#[test]
fn html_is_escaped_and_has_failures_below_their_rows() {
    insta::assert_snapshot!(Html.render(&table()));
}

#[test]
fn json_keeps_the_order_of_columns_and_all_digits() {
    insta::assert_snapshot!(Json.render(&table()));
}

#[test]
fn csv_has_quotes_where_they_are_needed_and_all_digits() {
    insta::assert_snapshot!(Csv.render(&table()));
}

#[test]
fn a_narrow_terminal_gets_fewer_columns_before_it_gets_broken_names() {
    let table = table();
    let at = |width| Terminal { width, colour: false }.render(&table);
    let widest = |text: &str| text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let whole = at(None);
    let mut width = u16::try_from(widest(&whole)).unwrap();
    assert_eq!(at(Some(width)), whole);
    let mut spared = false;
    while width > 40 {
        width -= 1;
        let text = at(Some(width));
        assert!(widest(&text) <= width.into(), "{text}");
        assert!(text.contains("[3.05–3.38]"), "{text}");
        assert!(text.contains("verdict"), "{text}");
        spared |= !text.contains("1,234,567");
        assert_eq!(spared, !text.contains("1,234,567"), "{width}: {text}");
    }
    assert!(spared);
}

#[test]
fn notes_are_wrapped_at_words() {
    let words = "leak-detection ".repeat(20);
    let text = Terminal::default().render(&table().note(words));
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("leak")).collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(lines.iter().all(|line| line.ends_with("leak-detection") && line.len() <= 100));
}
