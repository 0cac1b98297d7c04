//! Callgrind's profile of the measured region: which function made how many instructions, and who called whom.
//!
//! Read from the documented format (Valgrind's manual, "Callgrind Format Specification"), compressed or not.
//! What is read: names, self costs and calls of the first event, `Ir`, which is one for each instruction.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

/// The name of a sample's profile in its folder. `gunzip -k` makes of it what KCachegrind and
/// `callgrind_annotate` open.
pub const CALLGRIND_FILE: &str = "callgrind.out.gz";

/// Why there is no profile.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum CallgrindError {
    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("{path}: not what Callgrind writes: {reason}")]
    Malformed { path: PathBuf, reason: String },
}

/// A function, under its name without the compiler's hash, in the object that holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Function {
    /// Its name, demangled: what is left of inlined functions is part of those they are inlined in.
    pub name: String,
    /// The file of its program or library, without folders.
    pub object: String,
    /// Instructions in it, without those in functions that it called.
    pub instructions: u64,
}

/// All calls from one function to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Index of the caller.
    pub caller: usize,
    /// Index of the function that is called.
    pub callee: usize,
    /// Instructions in it, and in what it called.
    pub instructions: u64,
}

/// What Callgrind counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallProfile {
    /// Every function, each once.
    pub functions: Vec<Function>,
    /// Who called whom, each pair once.
    pub calls: Vec<Call>,
}

impl CallProfile {
    /// Reads a profile, as Callgrind wrote it or compressed by gzip.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is none.
    pub fn read(path: &Path) -> Result<Self, CallgrindError> {
        let failed = |source| CallgrindError::File { path: path.to_owned(), source };
        let mut file = BufReader::new(File::open(path).map_err(failed)?);
        let compressed = file.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
        let mut text = String::new();
        let read = match compressed {
            true => GzDecoder::new(file).read_to_string(&mut text),
            false => file.read_to_string(&mut text),
        };
        read.map_err(failed)?;
        Self::parse(&text)
            .map_err(|reason| CallgrindError::Malformed { path: path.to_owned(), reason })
    }

    /// Reads a profile's text.
    ///
    /// # Errors
    ///
    /// Why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader::default();
        for (index, line) in text.lines().enumerate() {
            reader.line(line).map_err(|reason| format!("line {}: {reason}", index + 1))?;
        }
        reader.finished()
    }

    /// All instructions together.
    pub fn total(&self) -> u64 {
        let all = self.functions.iter().map(|function| function.instructions);
        all.fold(0, u64::saturating_add)
    }
}

/// Names behind their numbers: `(7) malloc` the first time, `(7)` from then on.
#[derive(Default)]
struct Names(HashMap<u32, String>);

impl Names {
    fn resolve(&mut self, text: &str) -> Result<String, String> {
        let Some((number, name)) = text.strip_prefix('(').and_then(|rest| rest.split_once(')'))
        else {
            return Ok(text.to_owned());
        };
        let number: u32 = number.parse().map_err(|_| format!("no number of a name: {text:?}"))?;
        match name.trim_start() {
            "" => self.0.get(&number).cloned().ok_or_else(|| format!("no name has ({number})")),
            name => {
                self.0.insert(number, name.to_owned());
                Ok(name.to_owned())
            }
        }
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    objects: Names,
    names: Names,
    /// The object of the lines that come.
    object: String,
    /// The function of the lines that come.
    function: Option<usize>,
    /// Object and function of the next `calls=`.
    callee_object: Option<String>,
    callee: Option<usize>,
    /// Whether the next line of costs is that of a call.
    call: bool,
    /// How many numbers of a place stand before the costs; 0 until a header says so.
    positions: usize,
    counts_instructions: bool,
    index: HashMap<(String, String), usize>,
    calls: HashMap<(usize, usize), usize>,
    profile: CallProfile,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if line.starts_with(|c: char| c.is_ascii_digit() || "+-*".contains(c)) {
            return self.costs(line);
        }
        if let Some((key, value)) = line.split_once('=') {
            return self.specification(key, value);
        }
        match line.split_once(':') {
            Some(("positions", named)) => self.positions = named.split_whitespace().count(),
            Some(("events", named)) => {
                self.counts_instructions = named.split_whitespace().next() == Some("Ir");
            }
            _ => {}
        }
        Ok(())
    }

    fn specification(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "ob" => self.object = self.objects.resolve(value)?,
            "fn" => {
                let name = self.names.resolve(value)?;
                let object = self.object.clone();
                self.function = Some(self.function_of(&object, &name));
            }
            "cob" => self.callee_object = Some(self.objects.resolve(value)?),
            "cfn" => {
                let name = self.names.resolve(value)?;
                let object = self.callee_object.take().unwrap_or_else(|| self.object.clone());
                self.callee = Some(self.function_of(&object, &name));
            }
            "calls" => self.call = true,
            // Files and jumps; a header may hold an `=` as well.
            _ => {}
        }
        Ok(())
    }

    fn costs(&mut self, line: &str) -> Result<(), String> {
        if self.positions == 0 || !self.counts_instructions {
            return Err("costs before it is said what they are of: `events: Ir`".to_owned());
        }
        let mut costs = line.split_whitespace().skip(self.positions);
        // Costs at the end of the line that are 0 may be missing.
        let cost = costs.next().unwrap_or("0");
        let cost: u64 = cost.parse().map_err(|_| format!("{cost:?} is no cost"))?;
        let function = self.function.ok_or("costs of no function")?;
        if !std::mem::take(&mut self.call) {
            let own = &mut self.profile.functions[function].instructions;
            *own = own.saturating_add(cost);
            return Ok(());
        }
        let callee = self.callee.ok_or("a call of no function")?;
        let calls = &mut self.profile.calls;
        let known = *self.calls.entry((function, callee)).or_insert_with(|| {
            calls.push(Call { caller: function, callee, instructions: 0 });
            calls.len() - 1
        });
        let told = &mut calls[known].instructions;
        *told = told.saturating_add(cost);
        Ok(())
    }

    fn function_of(&mut self, object: &str, name: &str) -> usize {
        let object = object.rsplit('/').next().unwrap_or(object).to_owned();
        let key = (object, known_name(name).to_owned());
        if let Some(&known) = self.index.get(&key) {
            return known;
        }
        let functions = &mut self.profile.functions;
        let (object, name) = key.clone();
        functions.push(Function { name, object, instructions: 0 });
        self.index.insert(key, functions.len() - 1);
        functions.len() - 1
    }

    fn finished(self) -> Result<CallProfile, String> {
        if self.profile.functions.is_empty() {
            return Err("it names no function".to_owned());
        }
        Ok(self.profile)
    }
}

/// What a function is called whose object names none: Callgrind tells its address, which says nothing.
const NAMELESS: &str = "(no symbol)";

/// A name without what is not the function's: the hash that rustc puts behind it, which another compilation changes,
/// and the number that Callgrind gives to functions that call each other in a circle (`'2`).
fn known_name(name: &str) -> &str {
    if name.starts_with("0x") {
        return NAMELESS;
    }
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let name = match name.rsplit_once('\'') {
        Some((rest, number)) if is_number(number) => rest,
        _ => name,
    };
    let is_hash = |text: &str| text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
    match name.rsplit_once("::h") {
        Some((rest, hash)) if is_hash(hash) => rest,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// As in the manual, with names in both forms, an inlined file, a call without a self cost behind it, and
    /// what a function of another hash adds.
    const TEXT: &str = "\
# callgrind format
version: 1
creator: callgrind-3.19.0
cmd: ./subject --a=b
positions: line
events: Ir Dr
summary: 1000

ob=(1) /usr/bin/subject
fl=(1) a.rs
fn=(1) region::h0123456789abcdef
16 400
cob=(2) /lib/libc.so.6
cfi=(2) malloc.c
cfn=(2) malloc
calls=3 50
16 300 7
cfn=(3) work
calls=1 50
+1 390
fe=(3)
* 10

fn=(3)
-2 90
cob=(2)
cfn=(2)
calls=1 50
* 300

ob=(2)
fn=(2)
50 500

ob=(1)
fn=(4) work::hfedcba9876543210'2
1 5
2
ob=(2)
fn=(5) 0x0000000000014c40
1 3
fn=(6) 0x0000000000014c50
1 4
totals: 1005
";

    #[test]
    fn functions_have_their_own_costs_and_calls_those_of_what_was_called() {
        let profile = CallProfile::parse(TEXT).unwrap();
        let told = |function: &Function| {
            (function.name.clone(), function.object.clone(), function.instructions)
        };
        let own = |name: &str, object: &str, cost| (name.to_owned(), object.to_owned(), cost);
        assert_eq!(
            profile.functions.iter().map(told).collect::<Vec<_>>(),
            [
                own("region", "subject", 410),
                own("malloc", "libc.so.6", 500),
                own("work", "subject", 95),
                own("(no symbol)", "libc.so.6", 7),
            ]
        );
        let call = |caller, callee, instructions| Call { caller, callee, instructions };
        assert_eq!(profile.calls, [call(0, 1, 300), call(0, 2, 390), call(2, 1, 300)]);
        assert_eq!(profile.total(), 1_012);
    }

    #[test]
    fn it_is_read_compressed_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let (plain, packed) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&plain, TEXT).unwrap();
        let mut encoder = GzEncoder::new(File::create(&packed).unwrap(), Compression::default());
        encoder.write_all(TEXT.as_bytes()).unwrap();
        encoder.finish().unwrap();
        assert_eq!(CallProfile::read(&plain).unwrap(), CallProfile::read(&packed).unwrap());
    }

    #[test]
    fn what_is_no_profile_is_refused_with_the_line() {
        let error = |text: &str| CallProfile::parse(text).unwrap_err();
        assert!(error("fn=a\n1 2\n").contains("line 2"), "{}", error("fn=a\n1 2\n"));
        assert!(error("").contains("names no function"));
        let begun = "positions: line\nevents: Ir\n";
        assert!(error(&format!("{begun}fn=(1)\n")).contains("(1)"));
        assert!(error(&format!("{begun}fn=a\n1 many\n")).contains("many"));
        assert!(error(&format!("{begun}1 1\n")).contains("no function"));
    }
}
