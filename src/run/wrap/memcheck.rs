//! Valgrind Memcheck: counts every call of `malloc` and `free` of a whole process, and names what leaks.
//!
//! Its XML names every leak and every error, but not the total heap usage, which only its text has. The
//! totals are read from an execution tree (`--xtree-memory`), which counts the same calls.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

use protocol::Reported;
use roxmltree::{Document, Node};

use super::{ToolFindings, WrapError, Wrapper, remove, unreadable, valgrind};
use crate::record::{MemcheckFindings, NotFreed};

/// What is not counted as a leak, by name.
const SUPPRESSIONS: &str = include_str!("memcheck.supp");

const SUPPRESSIONS_FILE: &str = "memcheck.supp";
const XML_FILE: &str = "memcheck.xml";
const TREE_FILE: &str = "memcheck.xtree";
const LOG_FILE: &str = "memcheck.log";

/// An installed Memcheck.
#[derive(Clone, Debug)]
pub(super) struct Memcheck {
    version: String,
}

impl Memcheck {
    /// Finds it on the `PATH`.
    pub(super) fn find() -> Result<Self, WrapError> {
        Ok(Self { version: valgrind::version()? })
    }
}

impl Wrapper for Memcheck {
    fn version(&self) -> &str {
        &self.version
    }

    fn command(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let suppressions = std::path::absolute(folder)?.join(SUPPRESSIONS_FILE);
        fs::write(&suppressions, SUPPRESSIONS)?;
        let options = [
            "--tool=memcheck",
            "--leak-check=full",
            "--show-leak-kinds=all",
            // As the standard library's own stacks are deep, who asked for a block is not among the first
            // dozen, inlined calls counted.
            "--num-callers=40",
            "--xml=yes",
            "--xtree-memory=full",
        ];
        let files = [
            ("--xml-file=", XML_FILE),
            ("--log-file=", LOG_FILE),
            ("--xtree-memory-file=", TREE_FILE),
        ];
        let mut command = valgrind::command(folder, &options, &files)?;
        // It is read, and its name taken as it is.
        let mut argument = OsString::from("--suppressions=");
        argument.push(suppressions);
        command.push(argument);
        Ok(command)
    }

    fn take_findings(&self, folder: &Path) -> Result<ToolFindings, WrapError> {
        let read = |file: &str| {
            let path = folder.join(file);
            fs::read_to_string(&path).map_err(|error| unreadable(&path, error))
        };
        let (xml, tree) = (read(XML_FILE), read(TREE_FILE));
        let written = [XML_FILE, TREE_FILE, LOG_FILE, SUPPRESSIONS_FILE];
        remove(&written.map(|file| folder.join(file)));
        let mut found = MemcheckFindings { version: self.version.clone(), ..Default::default() };
        read_xml(&xml?, &mut found).map_err(|reason| unreadable(&folder.join(XML_FILE), reason))?;
        let totals =
            Totals::read(&tree?).ok_or_else(|| unreadable(&folder.join(TREE_FILE), "no totals"))?;
        (found.allocations, found.bytes, found.frees) =
            (totals.allocations, totals.bytes, totals.frees);
        let left = found.left();
        found.suppressed = NotFreed {
            allocations: totals.in_use.allocations.saturating_sub(left.allocations),
            bytes: totals.in_use.bytes.saturating_sub(left.bytes),
        };
        Ok(ToolFindings { totals: totals.reported(), memcheck: Some(found), instructions: None })
    }
}

/// What a report says.
///
/// # Errors
///
/// Why it is none.
pub fn findings_in(xml: &str) -> Result<MemcheckFindings, String> {
    let mut found = MemcheckFindings::default();
    read_xml(xml, &mut found)?;
    Ok(found)
}

fn read_xml(xml: &str, found: &mut MemcheckFindings) -> Result<(), String> {
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
        let allocations = number("leakedblocks").ok_or("a leak without its blocks")?;
        left.allocations = left.allocations.saturating_add(allocations);
        // "48 (16 direct, 32 indirect) bytes": those that hang from it are told again by themselves.
        let bytes = text(what, "text").and_then(direct_bytes).unwrap_or(bytes);
        left.bytes = left.bytes.saturating_add(bytes);
        found.places.push(format!("{kind}: {}", innermost(error)));
    }
    // How often each error that is no leak occurred; leaks are not listed.
    let counts = children(root, "errorcounts").flat_map(|counts| children(counts, "pair"));
    let counted = counts.filter_map(|pair| text(pair, "count")?.parse::<u64>().ok());
    let counted = counted.fold(0, u64::saturating_add);
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

/// The totals of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Totals {
    allocations: u64,
    bytes: u64,
    frees: u64,
    freed_bytes: u64,
    /// At the exit.
    in_use: NotFreed,
}

impl Totals {
    /// Reads those of an execution tree, in the format of callgrind.
    fn read(tree: &str) -> Option<Self> {
        let line = |label: &str| tree.lines().find_map(|line| line.strip_prefix(label));
        let events: Vec<&str> = line("events:")?.split_whitespace().collect();
        let totals: Vec<u64> =
            line("totals:")?.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
        let total =
            |event: &str| totals.get(events.iter().position(|&name| name == event)?).copied();
        Some(Self {
            allocations: total("totBk")?,
            bytes: total("totB")?,
            frees: total("totFdBk")?,
            freed_bytes: total("totFdB")?,
            in_use: NotFreed { allocations: total("curBk")?, bytes: total("curB")? },
        })
    }

    /// As a tracker's figures: of the whole process, the C library and the loader included.
    fn reported(self) -> Reported {
        Reported {
            allocations: Some(self.allocations),
            deallocations: Some(self.frees),
            allocated_bytes: Some(self.bytes),
            freed_bytes: Some(self.freed_bytes),
            live_allocations: Some(self.in_use.allocations),
            live_bytes: Some(self.in_use.bytes),
            ..Reported::default()
        }
    }
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
        let mut found = MemcheckFindings::default();
        read_xml(XML, &mut found).unwrap();
        assert_eq!(found.definitely_lost, NotFreed { allocations: 1, bytes: 16 });
        assert_eq!(found.indirectly_lost, NotFreed { allocations: 2, bytes: 32 });
        assert_eq!(found.left(), NotFreed { allocations: 3, bytes: 48 });
        assert_eq!(found.errors, 3);
        assert_eq!(found.suppressions, [("std".to_owned(), 1)]);
        assert_eq!(found.places[1], "Leak_DefinitelyLost: workload::run");
        assert!(read_xml("<valgrindoutput><error>", &mut found).is_err(), "cut off");
    }

    #[test]
    fn totals_are_found_by_the_names_of_their_columns() {
        let tree = "events: curB curBk totB totBk totFdB totFdBk\nfn=main\ntotals: 592 2 193845 1130 193253 1128\n";
        let totals = Totals::read(tree).unwrap();
        assert_eq!(totals.in_use, NotFreed { allocations: 2, bytes: 592 });
        assert_eq!((totals.allocations, totals.frees, totals.bytes), (1130, 1128, 193_845));
        assert_eq!(totals.reported().freed_bytes, Some(193_253));
        // What Memcheck does not tell is absent, not zero.
        assert_eq!(totals.reported().peak_live_bytes, None);
        assert_eq!(Totals::read("events: curB\n"), None);
    }
}
