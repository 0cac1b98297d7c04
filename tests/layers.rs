//! The harness's folders are layers, and imports point down: read off the source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// Each layer, and those it may import.
const LAYERS: [(&str, &[&str]); 10] = [
    ("common", &[]),
    ("stats", &[]),
    ("plan", &["common"]),
    ("build", &["common", "plan"]),
    ("record", &["common", "plan"]),
    ("run", &["common", "stats", "plan", "build", "record"]),
    ("analyse", &["common", "stats", "plan", "record"]),
    ("present", &["common", "stats", "plan", "record", "analyse"]),
    ("stress", &["common", "stats", "plan", "build", "record", "run", "analyse", "present"]),
    ("cli", &["common", "stats", "plan", "build", "record", "run", "analyse", "present", "stress"]),
];

/// A source file and the modules that it imports, both as paths below `src/`: `["run", "watch"]`.
struct Source {
    module: Vec<String>,
    imports: Vec<Vec<String>>,
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The code of a file that is no test, without comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    // Tests stand at the end of their files.
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The paths in code that begin with `crate::`, `super::` or the crate's name, groups taken apart.
fn paths(code: &str, module: &[String], is_mod: bool) -> Vec<Vec<String>> {
    let path = Regex::new(
        r"\b(crate|memscope_bench|(?:super::)*super|self)::((?:[a-z_0-9]+::)*)(\{[^;]*?\}|\w+)",
    );
    let mut found = Vec::new();
    for captures in path.unwrap().captures_iter(code) {
        let base = match &captures[1] {
            "crate" | "memscope_bench" => Vec::new(),
            "self" => module.to_vec(),
            supers => {
                let up = supers.matches("super").count() - usize::from(is_mod);
                module[..module.len().saturating_sub(up)].to_vec()
            }
        };
        let middle = captures[2].split("::").filter(|part| !part.is_empty()).map(str::to_owned);
        let prefix: Vec<String> = base.into_iter().chain(middle).collect();
        // Of a group, the first name of each item; types among them do no harm.
        let items = captures[3].trim_matches(['{', '}']).split(',').map(str::trim);
        for item in items.filter(|item| !item.is_empty()) {
            let first = item.split("::").next().unwrap_or(item).trim();
            found.push(prefix.iter().cloned().chain([first.to_owned()]).collect());
        }
    }
    found
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    for path in files(&root) {
        let relative = path.strip_prefix(&root).unwrap().with_extension("");
        let mut module: Vec<String> =
            relative.components().map(|part| part.as_os_str().to_string_lossy().into()).collect();
        let is_test = module.iter().any(|part| part == "tests" || part == "fixture");
        if path.extension().is_none_or(|extension| extension != "rs") || is_test {
            continue;
        }
        let is_mod = module.last().is_some_and(|last| last == "mod");
        if is_mod {
            module.pop();
        }
        let imports = paths(&code(&path), &module, is_mod);
        sources.push(Source { module, imports });
    }
    assert!(sources.len() > 100, "only {} files are found", sources.len());
    sources
}

/// The longest part of a path that is a module.
fn resolved(import: &[String], modules: &BTreeSet<Vec<String>>) -> Option<Vec<String>> {
    (1..=import.len()).rev().map(|end| import[..end].to_vec()).find(|path| modules.contains(path))
}

#[test]
fn imports_point_down_the_layers() {
    let below: BTreeMap<&str, &[&str]> = LAYERS.into_iter().collect();
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(own) = source.module.first().and_then(|layer| below.get_key_value(layer.as_str()))
        else {
            // `lib.rs` and `main.rs`; and programs of their own.
            let is_root = source.module.len() == 1 || source.module[0] == "bin";
            assert!(is_root, "{:?} is in no layer", source.module);
            continue;
        };
        for import in &source.imports {
            let Some(other) = import.first().filter(|name| below.contains_key(name.as_str()))
            else {
                continue;
            };
            if other != own.0 && !own.1.contains(&other.as_str()) {
                wrong.push(format!("{} imports {}", source.module.join("/"), import.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "imports point up:\n{}", wrong.join("\n"));
}

/// Within every folder: which entries import which others.
fn folders() -> BTreeMap<Vec<String>, BTreeMap<String, BTreeSet<String>>> {
    let sources = sources();
    let modules: BTreeSet<Vec<String>> = sources.iter().map(|one| one.module.clone()).collect();
    let mut folders = BTreeMap::<_, BTreeMap<String, BTreeSet<String>>>::new();
    for source in &sources {
        for import in source.imports.iter().filter_map(|import| resolved(import, &modules)) {
            let common = source.module.iter().zip(&import).take_while(|(a, b)| a == b).count();
            // An entry and its own folder's `mod.rs` belong together.
            if let (Some(from), Some(to)) = (source.module.get(common), import.get(common)) {
                let folder = source.module[..common].to_vec();
                let edges = folders.entry(folder).or_default();
                edges.entry(from.clone()).or_default().insert(to.clone());
            }
        }
    }
    folders
}

#[test]
fn no_two_modules_import_each_other_in_a_circle() {
    for (folder, edges) in folders() {
        let mut left = edges.clone();
        // Whoever imports nobody that is left is in no circle.
        loop {
            let names: BTreeSet<String> = left.keys().cloned().collect();
            let free = |imports: &BTreeSet<String>| imports.is_disjoint(&names);
            let before = left.len();
            left.retain(|_, imports| !free(imports));
            if left.len() == before {
                break;
            }
        }
        assert!(left.is_empty(), "in src/{}: {left:?}", folder.join("/"));
    }
}

#[test]
fn an_import_is_found_however_it_is_written() {
    let module = ["run".to_owned(), "watch".to_owned()];
    let found = |code| -> Vec<String> {
        paths(code, &module, false).iter().map(|path| path.join("::")).collect()
    };
    assert_eq!(found("use crate::plan::arm::ArmId;"), ["plan::arm::ArmId"]);
    assert_eq!(found("use super::launch::{A, B};"), ["run::launch::A", "run::launch::B"]);
    assert_eq!(found("let x = crate::record::store::load();"), ["record::store::load"]);
    assert_eq!(found("use crate::{plan::arm, run};"), ["plan", "run"]);
}
