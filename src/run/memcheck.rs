//! Valgrind Memcheck as a second witness: running a program under it, and reading what it found.
//!
//! Memcheck's XML names every leak and every error, but not the total heap usage, which only its text
//! has. The totals are read from an execution tree (`--xtree-memory`), which counts the same calls.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use memscope_bench::run::memcheck::Memcheck;
//! let (memcheck, folder) = (Memcheck::find()?, std::path::Path::new("/tmp"));
//! let wrapper = memcheck.wrapper(folder)?;
//! std::process::Command::new(&wrapper[0]).args(&wrapper[1..]).arg("some-program").status()?;
//! println!("{:?}", memcheck.take_findings(folder)?);
//! # Ok(())
//! # }
//! ```

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use roxmltree::{Document, Node};
use serde::{Deserialize, Serialize};

/// What is not counted as a leak, by name.
const SUPPRESSIONS: &str = include_str!("memcheck.supp");

const SUPPRESSIONS_FILE: &str = "memcheck.supp";
const XML_FILE: &str = "memcheck.xml";
const TREE_FILE: &str = "memcheck.xtree";
const LOG_FILE: &str = "memcheck.log";

/// Why there is no second witness.
#[derive(Debug, thiserror::Error)]
pub enum MemcheckError {
    /// It is not there.
    #[error(
        "Valgrind is not installed: `apt-get install valgrind` (or `scripts/install-tools`), \
         `dnf install valgrind`, or https://valgrind.org/"
    )]
    NotInstalled,
    /// It left no findings, or not as they should be.
    #[error("{path}: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// An installed Memcheck.
#[derive(Clone, Debug)]
pub struct Memcheck {
    version: String,
}

/// Blocks that were not freed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// How many.
    pub blocks: u64,
    /// Bytes in them.
    pub bytes: u64,
}

/// How names of suppressions begin that are of blocks of Rust's global allocator.
const RUST_HEAP: &str = "rust-heap-";

/// What Memcheck found of a process, from its start to its exit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The version of Valgrind.
    pub version: String,
    /// Blocks allocated; a reallocation counts as one more, and as one more free.
    pub allocations: u64,
    /// Blocks freed.
    pub frees: u64,
    /// Bytes allocated.
    pub bytes: u64,
    /// Nothing points to them.
    pub definitely_lost: Left,
    /// Only blocks that are lost point to them.
    pub indirectly_lost: Left,
    /// Only pointers to their middle are left.
    pub possibly_lost: Left,
    /// Something still points to them.
    pub still_reachable: Left,
    /// In use at exit, and in the list of what nobody can free.
    pub suppressed: Left,
    /// The names of those suppressions, and how many blocks each took.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressions: Vec<(String, u64)>,
    /// Errors other than leaks: invalid reads and writes, double frees, uninitialised values.
    pub errors: u64,
    /// Of each leak and error: its kind, and the innermost functions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
}

impl Found {
    /// What is suppressed, if some of it passed Rust's global allocator, where the ground truth counted it
    /// too: no less than what libraries keep there in statics.
    pub fn kept_by_libraries(&self) -> Option<Left> {
        let rust = self.suppressions.iter().any(|(name, _)| name.starts_with(RUST_HEAP));
        rust.then_some(self.suppressed)
    }

    /// What was in use at exit and is not suppressed.
    pub fn left(&self) -> Left {
        let kinds =
            [self.definitely_lost, self.indirectly_lost, self.possibly_lost, self.still_reachable];
        Left {
            blocks: kinds.iter().map(|left| left.blocks).sum(),
            bytes: kinds.iter().map(|left| left.bytes).sum(),
        }
    }
}

impl Memcheck {
    /// Finds it on the `PATH`.
    ///
    /// # Errors
    ///
    /// If it is not there; the error says how to install it.
    pub fn find() -> Result<Self, MemcheckError> {
        let output = Command::new("valgrind").arg("--version").output();
        let printed = output.ok().filter(|output| output.status.success());
        let printed = printed.and_then(|output| String::from_utf8(output.stdout).ok());
        let version = printed.ok_or(MemcheckError::NotInstalled)?;
        Ok(Self { version: version.trim().trim_start_matches("valgrind-").to_owned() })
    }

    /// The version of Valgrind.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What to put before a program and its arguments. The findings will be in `folder`.
    ///
    /// # Errors
    ///
    /// If the list of suppressions cannot be written there.
    pub fn wrapper(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let folder = std::path::absolute(folder)?;
        let suppressions = folder.join(SUPPRESSIONS_FILE);
        fs::write(&suppressions, SUPPRESSIONS)?;
        let with = |option: &str, file: &str| {
            let mut argument = OsString::from(option);
            argument.push(folder.join(file));
            argument
        };
        Ok(vec![
            "valgrind".into(),
            "--tool=memcheck".into(),
            "--leak-check=full".into(),
            "--show-leak-kinds=all".into(),
            // As the standard library's own stacks are deep, who asked for a block is not among the first
            // dozen, inlined calls counted.
            "--num-callers=40".into(),
            // Threads take turns: otherwise one that spins keeps the others from what it waits for.
            "--fair-sched=try".into(),
            "--xml=yes".into(),
            with("--xml-file=", XML_FILE),
            with("--log-file=", LOG_FILE),
            "--xtree-memory=full".into(),
            with("--xtree-memory-file=", TREE_FILE),
            with("--suppressions=", SUPPRESSIONS_FILE),
        ])
    }

    /// Reads the findings of a program that has ended, and removes their files.
    ///
    /// # Errors
    ///
    /// If they are not there, or not whole: the program was killed, for example.
    pub fn take_findings(&self, folder: &Path) -> Result<Found, MemcheckError> {
        let read = |file: &str| {
            let path = folder.join(file);
            fs::read_to_string(&path).map_err(|error| unreadable(&path, &error.to_string()))
        };
        let (xml, tree) = (read(XML_FILE), read(TREE_FILE));
        for file in [XML_FILE, TREE_FILE, LOG_FILE, SUPPRESSIONS_FILE] {
            // What is not there needs no removal.
            let _ = fs::remove_file(folder.join(file));
        }
        let mut found = Found { version: self.version.clone(), ..Found::default() };
        read_xml(&xml?, &mut found)
            .map_err(|reason| unreadable(&folder.join(XML_FILE), &reason))?;
        let in_use = read_totals(&tree?, &mut found)
            .ok_or_else(|| unreadable(&folder.join(TREE_FILE), "no totals"))?;
        let left = found.left();
        found.suppressed = Left {
            blocks: in_use.blocks.saturating_sub(left.blocks),
            bytes: in_use.bytes.saturating_sub(left.bytes),
        };
        Ok(found)
    }
}

fn unreadable(path: &Path, reason: &str) -> MemcheckError {
    MemcheckError::Unreadable { path: path.to_owned(), reason: reason.to_owned() }
}

fn read_xml(xml: &str, found: &mut Found) -> Result<(), String> {
    let document = Document::parse(xml).map_err(|error| error.to_string())?;
    let root = document.root_element();
    for error in children(root, "error") {
        let kind = text(error, "kind").unwrap_or_default();
        let left = match kind {
            "Leak_DefinitelyLost" => &mut found.definitely_lost,
            "Leak_IndirectlyLost" => &mut found.indirectly_lost,
            "Leak_PossiblyLost" => &mut found.possibly_lost,
            "Leak_StillReachable" => &mut found.still_reachable,
            _ => {
                found.errors += 1;
                found.places.push(format!("{kind}: {}", innermost(error)));
                continue;
            }
        };
        let what = child(error, "xwhat").ok_or("a leak without its size")?;
        let number = |name| text(what, name).and_then(|text| text.parse::<u64>().ok());
        let bytes = number("leakedbytes").ok_or("a leak without its bytes")?;
        left.blocks += number("leakedblocks").ok_or("a leak without its blocks")?;
        // "48 (16 direct, 32 indirect) bytes": those that hang from it are told again by themselves.
        left.bytes += text(what, "text").and_then(direct_bytes).unwrap_or(bytes);
        found.places.push(format!("{kind}: {}", innermost(error)));
    }
    // How often each error that is no leak occurred; leaks are not listed.
    let counts = children(root, "errorcounts").flat_map(|counts| children(counts, "pair"));
    let counted: u64 = counts.filter_map(|pair| text(pair, "count")?.parse::<u64>().ok()).sum();
    found.errors = found.errors.max(counted);
    found.suppressions = children(root, "suppcounts")
        .flat_map(|counts| children(counts, "pair"))
        .filter_map(|pair| {
            Some((text(pair, "name")?.to_owned(), text(pair, "count")?.parse().ok()?))
        })
        .collect();
    Ok(())
}

fn children<'a>(node: Node<'a, 'a>, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.children().filter(move |child| child.has_tag_name(name))
}

fn child<'a>(node: Node<'a, 'a>, name: &'a str) -> Option<Node<'a, 'a>> {
    children(node, name).next()
}

fn text<'a>(node: Node<'a, 'a>, name: &'a str) -> Option<&'a str> {
    child(node, name)?.text()
}

/// The bytes of the lost blocks themselves, of a text like `48 (16 direct, 32 indirect) bytes in 1
/// blocks are definitely lost in loss record 1 of 2`.
fn direct_bytes(text: &str) -> Option<u64> {
    let (_, rest) = text.split_once('(')?;
    rest.split_once(" direct")?.0.replace(',', "").parse().ok()
}

/// The functions in which it happened, from the inside out, without the allocator's.
fn innermost(error: Node<'_, '_>) -> String {
    let frames = child(error, "stack").into_iter().flat_map(|stack| children(stack, "frame"));
    let names = frames.filter_map(|frame| text(frame, "fn"));
    let ours = names.filter(|name| !name.contains("alloc") && !name.contains("ground_truth"));
    ours.take(3).collect::<Vec<_>>().join(" ← ")
}

/// Reads the totals of an execution tree, in the format of callgrind; what is in use.
fn read_totals(tree: &str, found: &mut Found) -> Option<Left> {
    let line = |label: &str| tree.lines().find_map(|line| line.strip_prefix(label));
    let events: Vec<&str> = line("events:")?.split_whitespace().collect();
    let totals: Vec<u64> =
        line("totals:")?.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    let total = |event: &str| totals.get(events.iter().position(|&name| name == event)?).copied();
    found.allocations = total("totBk")?;
    found.bytes = total("totB")?;
    found.frees = total("totFdBk")?;
    Some(Left { blocks: total("curBk")?, bytes: total("curB")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = "<?xml version=\"1.0\"?>
<valgrindoutput>
<error><kind>InvalidRead</kind><what>Invalid read of size 8</what>
  <stack><frame><fn>main</fn></frame></stack></error>
<error><kind>Leak_DefinitelyLost</kind>
  <xwhat><text>48 (16 direct, 32 indirect) bytes in 1 blocks are definitely lost</text>
    <leakedbytes>48</leakedbytes><leakedblocks>1</leakedblocks></xwhat>
  <stack><frame><fn>malloc</fn></frame><frame><fn>workload::run</fn></frame></stack></error>
<error><kind>Leak_IndirectlyLost</kind>
  <xwhat><text>32 bytes in 2 blocks are indirectly lost</text>
    <leakedbytes>32</leakedbytes><leakedblocks>2</leakedblocks></xwhat></error>
<errorcounts><pair><count>3</count><unique>0x0</unique></pair></errorcounts>
<suppcounts><pair><count>1</count><name>std</name></pair></suppcounts>
</valgrindoutput>";

    #[test]
    fn leaks_and_errors_are_told_apart() {
        let mut found = Found::default();
        read_xml(XML, &mut found).unwrap();
        assert_eq!(found.definitely_lost, Left { blocks: 1, bytes: 16 });
        assert_eq!(found.indirectly_lost, Left { blocks: 2, bytes: 32 });
        assert_eq!(found.left(), Left { blocks: 3, bytes: 48 });
        assert_eq!(found.errors, 3);
        assert_eq!(found.suppressions, [("std".to_owned(), 1)]);
        assert_eq!(found.places[1], "Leak_DefinitelyLost: workload::run");
        assert!(read_xml("<valgrindoutput><error>", &mut found).is_err(), "cut off");
    }

    #[test]
    fn totals_are_found_by_the_names_of_their_columns() {
        let mut found = Found::default();
        let tree = "events: curB curBk totB totBk totFdB totFdBk\nfn=main\ntotals: 592 2 193845 1130 193253 1128\n";
        let in_use = read_totals(tree, &mut found).unwrap();
        assert_eq!(in_use, Left { blocks: 2, bytes: 592 });
        assert_eq!((found.allocations, found.frees, found.bytes), (1130, 1128, 193_845));
        assert_eq!(read_totals("events: curB\n", &mut found), None);
    }
}
