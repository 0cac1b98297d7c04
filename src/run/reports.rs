//! Judging the reports that trackers write: one that is missing, empty or malformed is a finding.
//!
//! Only the form is judged, by the rules of each format; whether the figures in it are accurate is not
//! asked.

use std::fs;
use std::path::Path;

use protocol::TrackerReport;

/// What is wrong with a report whose files are in `folder`, a sentence each. Empty if nothing is.
pub(super) fn findings(report: &TrackerReport, folder: &Path) -> Vec<String> {
    let mut findings = Vec::new();
    if let Some(problem) = &report.problem {
        findings.push(format!("the report failed: {problem}"));
    }
    for (name, size) in &report.files {
        if *size == 0 {
            findings.push(format!("{name} is empty"));
        } else if let Err(reason) = check_form(&folder.join(name)) {
            findings.push(format!("{name} {reason}"));
        }
    }
    findings
}

/// Whether a file is what its name says, as far as that can be told.
fn check_form(path: &Path) -> Result<(), String> {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    if !["json", "svg", "html"].contains(&&*extension) {
        return Ok(());
    }
    let text = fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    match &*extension {
        "json" => match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("is not JSON: {error}")),
        },
        "svg" => match roxmltree::Document::parse(&text) {
            Ok(document)
                if document.root_element().has_tag_name(("http://www.w3.org/2000/svg", "svg")) =>
            {
                Ok(())
            }
            Ok(_) => Err("is XML but no SVG".to_owned()),
            Err(error) => Err(format!("is not XML: {error}")),
        },
        _ => {
            // Browsers read almost anything; what they cannot mend is a page that was cut off.
            let lower = text.trim_end().to_lowercase();
            match (lower.contains("<html"), lower.ends_with("</html>")) {
                (true, true) => Ok(()),
                (false, _) => Err("has no <html> element".to_owned()),
                (true, false) => Err("is cut off: it does not end with </html>".to_owned()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)], problem: Option<&str>) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let list = files.iter().map(|(name, text)| {
            fs::write(folder.path().join(name), text).unwrap();
            ((*name).to_owned(), text.len() as u64)
        });
        let (files, problem) = (list.collect(), problem.map(str::to_owned));
        findings(&TrackerReport { took_ns: 1, files, problem }, folder.path())
    }

    #[test]
    fn sound_reports_have_no_findings() {
        let svg = "<svg xmlns='http://www.w3.org/2000/svg'><g/></svg>";
        let html = "<!DOCTYPE html><html><body></body></html>\n";
        let files = [("a.json", "{\"a\": [1]}"), ("b.svg", svg), ("c.html", html), ("d.bin", "\0")];
        assert_eq!(found(&files, None), [""; 0]);
    }

    #[test]
    fn failed_empty_and_malformed_reports_are_findings() {
        assert_eq!(found(&[], Some("disk full")), ["the report failed: disk full"]);
        assert_eq!(found(&[("a.json", "")], None), ["a.json is empty"]);
        for (name, text, expected) in [
            ("a.json", "{\"a\": ", "a.json is not JSON: EOF"),
            ("a.svg", "<svg><g></svg>", "a.svg is not XML"),
            ("a.svg", "<html/>", "a.svg is XML but no SVG"),
            ("a.html", "<html><body>", "a.html is cut off"),
            ("a.html", "hello", "a.html has no <html>"),
        ] {
            let found = found(&[(name, text)], None);
            assert!(found.len() == 1 && found[0].starts_with(expected), "{found:?}");
        }
    }
}
