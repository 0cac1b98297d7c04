//! The site in a real browser: every page of one made from the committed records, at a phone's and at a desktop's width,
//! light and dark. Pictures of the pages stay in the folder of this build, `browser/`.

mod chromium;
#[path = "../common/mod.rs"]
mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use base64::prelude::*;
use chromium::Browser;
use memscope_bench::analyse::summary::Summary;
use memscope_bench::present::{self, Options};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A browser, or none where none is installed, unless the tools are required.
fn browser() -> Option<Browser> {
    if let Some(name) = chromium::installed() {
        return Some(Browser::start(name));
    }
    common::skipped("Chromium is not installed");
    None
}

/// A site of the records of a committed one, with those in its folders.
fn site(of: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let reports = Path::new(env!("CARGO_MANIFEST_DIR")).join("target-reports");
    let committed = reports.join(of);
    for other in
        common::SITES.map(Path::new).iter().filter(|one| one.parent() == Some(Path::new(of)))
    {
        symlink(reports.join(other), folder.path().join(other.file_name().unwrap())).unwrap();
    }
    let runs = common::committed_runs(of);
    let mut summary = Summary::of(&runs).unwrap();
    summary.add_kept_calibrations(&committed).unwrap();
    present::write_site(&runs, &summary, folder.path(), &Options::of(&runs, &summary).unwrap())
        .unwrap();
    folder
}

fn pages(site: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(site).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> =
        files.filter(|file| file.extension().is_some_and(|end| end == "html")).collect();
    pages.sort();
    assert!(!pages.is_empty());
    pages
}

/// What is wrong with a page as it looks: too wide, letters too small, too little contrast, pictures that are not there.
const FAULTS: &str = r#"
(async () => {
  const faults = [];
  const name = (element) => `${element.tagName} ${JSON.stringify(element.textContent.trim().slice(0, 40))}`;
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth + 1)
    faults.push(`it is ${root.scrollWidth} px wide in ${root.clientWidth}`);
  for (const image of document.images) {
    image.loading = "eager";
    try { await image.decode(); } catch { faults.push(`no picture: ${image.src}`); }
  }
  const channels = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).map((one) => {
      const share = one / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      const [, , , opacity = 1] = channels(colour);
      if (opacity > 0.99) return colour;
    }
    return getComputedStyle(document.documentElement).colorScheme.includes("dark") &&
      matchMedia("(prefers-color-scheme: dark)").matches ? "rgb(18, 18, 18)" : "rgb(255, 255, 255)";
  };
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    if (parseFloat(style.fontSize) < 11) faults.push(`${style.fontSize}: ${name(element)}`);
    const [one, other] = [luminance(style.color), luminance(ground(element))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(1)}: ${name(element)}`);
  }
  return faults.slice(0, 10);
})()
"#;

/// Keeps a picture of the page that is open.
fn keep(browser: &mut Browser, of: &str, page: &Path, width: u32, dark: bool) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser").join(of);
    fs::create_dir_all(&folder).unwrap();
    let scheme = if dark { "dark" } else { "light" };
    let name = page.file_stem().unwrap().to_str().unwrap();
    let picture = BASE64_STANDARD.decode(browser.picture(width)).unwrap();
    fs::write(folder.join(format!("{name}-{width}-{scheme}.png")), picture).unwrap();
}

/// Opens a page; gives all that is wrong with it: how it looks, what its code does, what it asks for outside its folder.
fn faults(browser: &mut Browser, page: &Path) -> Vec<String> {
    browser.open(page);
    let looks = browser.evaluate(FAULTS);
    let looks = looks.as_array().unwrap().iter().map(Value::to_string);
    let inside = format!("file://{}/", page.parent().unwrap().display());
    let outside = browser.requests().into_iter();
    let outside = outside.filter(|url| !url.starts_with(&inside) && !url.starts_with("data:"));
    let outside = outside.map(|url| format!("asks for {url}"));
    looks.chain(browser.errors()).chain(outside).collect()
}

#[test]
fn every_fault_is_found() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    browser.look(360, false);
    for (body, fault) in [
        ("<p style='font-size: 9px'>small</p>", "9px: P"),
        ("<p style='color: #aaa'>pale</p>", "contrast"),
        ("<p style='background: #000; color: #333'>dark</p>", "contrast"),
        ("<p style='width: 900px'>wide</p>", "px wide"),
        ("<img src='none.png' alt='none'>", "no picture"),
        ("<script>nowhere.call()</script>", "nowhere"),
        ("<script src='file:///etc/none.js'></script>", "asks for"),
        ("<p>all is well</p>", ""),
    ] {
        let head =
            "<!doctype html><meta name='viewport' content='width=device-width, initial-scale=1'>";
        fs::write(&page, format!("{head}<title>t</title><body>{body}")).unwrap();
        let found = faults(&mut browser, &page);
        match fault {
            "" => assert!(found.is_empty(), "{found:?}"),
            fault => assert!(found.iter().any(|one| one.contains(fault)), "{body}: {found:?}"),
        }
    }
}

fn look_at_all(of: &str) {
    let Some(mut browser) = browser() else { return };
    let site = site(of);
    let mut wrong = Vec::new();
    for page in pages(site.path()) {
        let name = page.file_name().unwrap().to_str().unwrap().to_owned();
        // Those that every reader sees, at each width; of the many of one kind, a phone's and a desktop's.
        let is_one_of_many = name.starts_with("tracker-") || name.starts_with("workload-");
        let widths: &[u32] = if is_one_of_many { &[360, 1280] } else { &[360, 800, 1280, 1920] };
        for (&width, dark) in widths.iter().flat_map(|width| [(width, false), (width, true)]) {
            browser.look(width, dark);
            let scheme = if dark { "dark" } else { "light" };
            let faults = faults(&mut browser, &page);
            wrong.extend(
                faults.iter().map(|fault| format!("{of}/{name} at {width}, {scheme}: {fault}")),
            );
            if !is_one_of_many && (width == 360 || width == 1280) {
                keep(&mut browser, of, &page, width, dark);
            }
        }
    }
    wrong.truncate(40);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_of_the_field_looks_right() {
    look_at_all("sample");
}

#[test]
fn every_page_of_the_versions_looks_right() {
    look_at_all("sample/versions");
}

#[test]
fn every_page_of_the_scenarios_looks_right() {
    look_at_all("sample/scenarios");
}

#[test]
fn every_page_of_the_servers_looks_right() {
    look_at_all("sample/servers");
}

#[test]
fn every_page_of_growth_looks_right() {
    look_at_all("sample/growth");
}

#[test]
fn every_page_of_the_comparison_looks_right() {
    look_at_all("sample/compare");
}

#[test]
fn every_page_of_the_slow_tools_looks_right() {
    look_at_all("sample/slow");
}

/// The words of the first cells of the rows that are shown, of the first table.
const ROWS: &str = r#"
[...document.querySelector("table.figures").querySelectorAll("tbody tr:not(.failures, .section)")]
  .filter((row) => row.checkVisibility()).map((row) => row.cells[0].textContent.trim())
"#;

/// What the second cells are sorted by.
const COSTS: &str = r#"
[...document.querySelector("table.figures").querySelectorAll("tbody tr:not(.failures, .section)")]
  .map((row) => row.cells[1].dataset.by).filter((by) => by !== undefined).map(Number)
"#;

#[test]
fn tables_are_sorted_and_filtered_and_are_whole_without_code() {
    let Some(mut browser) = browser() else { return };
    let site = site("sample");
    let start = site.path().join("index.html");
    browser.look(1280, false);
    browser.open(&start);
    let whole = browser.evaluate(ROWS);
    let whole = whole.as_array().unwrap();
    assert!(whole.len() >= 5, "{whole:?}");

    let heading =
        "document.querySelector('table.figures').tHead.rows[0].cells[1].querySelector('button')";
    for (direction, is_rising) in [("ascending", true), ("descending", false)] {
        browser.evaluate(&format!("{heading}.click()"));
        let told = browser.evaluate(&format!("{heading}.parentElement.getAttribute('aria-sort')"));
        assert_eq!(told, direction);
        let costs = browser.evaluate(COSTS);
        let costs: Vec<f64> =
            costs.as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect();
        assert!(costs.len() >= 3, "{costs:?}");
        let in_order =
            |pair: &[f64]| if is_rising { pair[0] <= pair[1] } else { pair[0] >= pair[1] };
        assert!(costs.windows(2).all(in_order), "{direction}: {costs:?}");
    }

    let filter = "const field = document.querySelector('.filter input'); if (field) { field.value = 'counting'; \
                  field.dispatchEvent(new Event('input')); } field !== null";
    if browser.evaluate(filter) == true {
        let left = browser.evaluate(ROWS);
        let left = left.as_array().unwrap();
        assert!(!left.is_empty() && left.len() < whole.len(), "{left:?}");
    }

    browser.call("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    browser.open(&start);
    let without = browser.evaluate(ROWS);
    assert_eq!(without.as_array().unwrap(), whole, "without code, tables are as they were made");
}

#[test]
fn what_is_long_past_says_so() {
    let Some(mut browser) = browser() else { return };
    let site = site("sample");
    // Far behind any day on which it was measured, and before all of them.
    for (today, is_old) in [("2040-01-01", true), ("2020-01-01", false)] {
        let day = format!("Date.now = () => Date.parse('{today}');");
        let set = browser.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": day }));
        browser.open(&site.path().join("index.html"));
        let marked = browser.evaluate("document.querySelectorAll('td .old').length");
        assert_eq!(marked.as_u64().unwrap() > 0, is_old, "{today}: {marked}");
        browser.call("Page.removeScriptToEvaluateOnNewDocument", set);
    }
}

#[test]
fn the_keyboard_reaches_everything() {
    let Some(mut browser) = browser() else { return };
    let site = site("sample");
    browser.look(1280, false);
    for page in ["index.html", "costs.html"] {
        browser.open(&site.path().join(page));
        let all = "window.reached = new Set(); window.all = [...document.querySelectorAll(\
                   'a[href], button, input, summary, [tabindex=\"0\"]')].filter((one) => one.checkVisibility()); \
                   window.all.length";
        let number = browser.evaluate(all).as_u64().unwrap();
        assert!(number > 10, "{number} on {page}");
        for _ in 0..number + 5 {
            browser.press("Tab", 9);
            browser.evaluate("window.reached.add(document.activeElement); 0");
        }
        let missed = browser.evaluate(
            "window.all.filter((one) => !window.reached.has(one)).map((one) => one.outerHTML.slice(0, 80))",
        );
        assert_eq!(missed, json!([]), "{page}");
    }
}

#[test]
fn every_page_is_html_without_an_error() {
    for of in common::SITES {
        let site = site(of);
        for page in pages(site.path()) {
            let html = scraper::Html::parse_document(&fs::read_to_string(&page).unwrap());
            assert!(html.errors.is_empty(), "{}: {:?}", page.display(), html.errors);
        }
    }
}
