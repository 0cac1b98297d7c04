//! Link orders: one program linked several times, with its code in another order each time.
//!
//! Where code lies in memory makes a program some percent faster or slower, and a build is one draw of it. lld shuffles
//! the sections of what it links by a seed (`--shuffle-sections`), and every function is a section of its own. So cargo
//! compiles the last crate again, some seconds a link order, and nothing that it depends on.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cargo::{BuildError, run_cargo};
use super::{VersionError, cache_folder, source_folder};

/// Why programs cannot be linked in several orders.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum LinkError {
    #[error(
        "the linker here cannot put code in another order, which --links needs; rust-lld can, which rustc uses on \
         x86_64 Linux from 1.90 on, and so can lld, where it is installed. Its words: {0}"
    )]
    Linker(String),
    #[error(
        "{variable} names finished programs, and --links needs to link them anew: leave it unset, in a checkout of \
         memscope-bench"
    )]
    Finished { variable: &'static str },
    #[error(
        "{0} is a tool in front of a program, which has no link order of its own: leave out --links"
    )]
    Wrapped(String),
    #[error("programs with a workload of your own are linked in one order: leave out --links")]
    OwnWorkload,
    #[error("{program} could not be linked in another order: {words}")]
    Failed { program: String, words: String },
    #[error("{0}: the linker made the same program of two link orders, so nothing would be learnt")]
    Same(String),
    #[error("interrupted while linking; the next run goes on from there")]
    Interrupted,
    #[error(transparent)]
    Harness(#[from] VersionError),
}

impl LinkError {
    /// Whether what was asked for cannot be; otherwise it is this machine that cannot do it.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Finished { .. } | Self::Wrapped(_) | Self::OwnWorkload)
    }
}

/// Shuffles the code of programs as they are linked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shuffler {
    /// What rustc is told beside the seed.
    linker: &'static [&'static str],
}

/// What is tried: the linker that is used anyway, then lld by its name.
const LINKERS: [&[&str]; 2] = [&[], &["-Clink-arg=-fuse-ld=lld"]];

/// How many functions the program has that the linker is tried on: so many do not come in the same order by chance.
const FUNCTIONS: usize = 16;

impl Shuffler {
    /// Finds a linker that shuffles, by linking a small program with two seeds and asking it where its functions are:
    /// one that takes the option and does nothing would not be noticed otherwise.
    pub(super) fn find(root: &Path) -> Result<Self, LinkError> {
        let folder = cache_folder(root).join("link-order");
        write_probe(&folder)?;
        let mut words = Vec::new();
        for linker in LINKERS {
            let shuffler = Self { linker };
            match shuffler
                .places(&folder, 1)
                .and_then(|one| Ok((one, shuffler.places(&folder, 2)?)))
            {
                Ok((one, other)) if one != other => return Ok(shuffler),
                Ok(_) => words.push("it takes the option and shuffles nothing".to_owned()),
                Err(LinkError::Failed { words: said, .. }) => words.push(shortened(&said)),
                Err(other) => return Err(other),
            }
        }
        Err(LinkError::Linker(words.join("; with -fuse-ld=lld: ")))
    }

    /// What rustc is told to link with a seed.
    pub(super) fn arguments(&self, seed: u32) -> Vec<String> {
        let shuffle = format!("-Clink-arg=-Wl,--shuffle-sections=.text*={seed}");
        self.linker.iter().map(|&one| one.to_owned()).chain([shuffle]).collect()
    }

    /// In which order the functions of the small program lie, linked with a seed.
    fn places(&self, folder: &Path, seed: u32) -> Result<String, LinkError> {
        let cargo = ["--target-dir", "target"].map(str::to_owned).to_vec();
        let program = self.link("a small program", folder, &cargo, seed, &mut |_| {})?;
        let file = |source| VersionError::File { path: program.clone(), source };
        let output = Command::new(&program).output().map_err(file)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Links the program of the package in `folder` with a seed; gives where cargo puts it, which is the same place for
    /// each. `cargo` are further arguments of it.
    pub(super) fn link(
        &self,
        name: &str,
        folder: &Path,
        cargo: &[String],
        seed: u32,
        progress: &mut dyn FnMut(&str),
    ) -> Result<PathBuf, LinkError> {
        let begin = ["rustc", "--release"].map(str::to_owned);
        let end = std::iter::once("--".to_owned()).chain(self.arguments(seed));
        let arguments: Vec<String> =
            begin.into_iter().chain(cargo.iter().cloned()).chain(end).collect();
        match run_cargo(folder, &arguments, progress) {
            Ok(Ok(made)) => Ok(made.program),
            Ok(Err(words)) | Err(BuildError::Failed(words)) => {
                Err(LinkError::Failed { program: name.to_owned(), words })
            }
            Err(BuildError::Interrupted) => Err(LinkError::Interrupted),
            Err(BuildError::Harness(error)) => Err(error.into()),
        }
    }
}

/// What is said of a linker that shuffles here; for whoever wants to know before a run begins.
///
/// # Errors
///
/// If there is none, or no source to link from.
pub fn shuffles() -> Result<&'static str, LinkError> {
    let root = source_folder()?;
    let shuffler = Shuffler::find(&root)?;
    Ok(if shuffler.linker.is_empty() { "by rustc's own linker" } else { "by lld" })
}

/// The seed of a program's link order, above 0: another one for each program, so that what two programs have in common
/// does not lie alike in both; and for its control, whose link orders are its own.
pub(super) fn seed(program: &str, is_control: bool, order: u32) -> u32 {
    let name = format!("{program} {is_control} {order}");
    // The linker takes 0 for a seed of its own choice.
    1 + (protocol::fnv1a(name.as_bytes()) % (1 << 31)) as u32
}

/// Puts a linked program aside under a name that no other has, since the next one takes its place; gives its path.
pub(super) fn keep(root: &Path, name: &str, program: &Path) -> Result<PathBuf, VersionError> {
    let folder = cache_folder(root).join("links");
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| VersionError::File { path, source }
    };
    let content = fs::read(program).map_err(file(program))?;
    let safe = |c: char| if c.is_ascii_alphanumeric() || ".-_@".contains(c) { c } else { '-' };
    let name: String = name.chars().map(safe).collect();
    let kept = folder.join(format!("{name}-{:016x}", protocol::fnv1a(&content)));
    if !kept.is_file() {
        fs::create_dir_all(&folder).map_err(file(&folder))?;
        let beside = tempfile::Builder::new().prefix(".part-").tempdir_in(&folder);
        let beside = beside.map_err(file(&folder))?;
        let part = beside.path().join("program");
        // Whole or not at all, with the permission to run.
        fs::copy(program, &part).and_then(|_| fs::rename(&part, &kept)).map_err(file(&kept))?;
    }
    Ok(kept)
}

/// Refuses link orders that came out the same.
pub(super) fn all_differ(name: &str, programs: &[PathBuf]) -> Result<(), LinkError> {
    // They are named by their content.
    let different: BTreeSet<&PathBuf> = programs.iter().collect();
    if different.len() == programs.len() { Ok(()) } else { Err(LinkError::Same(name.to_owned())) }
}

/// A package whose program tells in which order its functions lie.
fn write_probe(folder: &Path) -> Result<(), VersionError> {
    let manifest = "[package]\nname = \"link-order\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
                    publish = false\n\n[[bin]]\nname = \"link-order\"\npath = \"main.rs\"\n\n[workspace]\n";
    let functions: Vec<String> = (0..FUNCTIONS)
        .map(|n| {
            format!(
                "#[inline(never)]\nfn f{n}(x: u64) -> u64 {{ std::hint::black_box(x) * {n}7 + 1 }}\n"
            )
        })
        .collect();
    let names: Vec<String> = (0..FUNCTIONS).map(|n| format!("f{n} as fn(u64) -> u64")).collect();
    let main = format!(
        "fn main() {{\n    let all = [{}];\n    let mut order: Vec<usize> = (0..all.len()).collect();\n    \
         order.sort_by_key(|&n| all[n] as usize);\n    println!(\"{{order:?}} {{}}\", all.len() as u64);\n}}\n",
        names.join(", ")
    );
    for (name, text) in
        [("Cargo.toml", manifest.to_owned()), ("main.rs", functions.concat() + &main)]
    {
        let path = folder.join(name);
        let file = |source| VersionError::File { path: path.clone(), source };
        fs::create_dir_all(folder).map_err(file)?;
        // As it is, cargo has nothing to do.
        if fs::read_to_string(&path).ok().as_deref() != Some(&text) {
            fs::write(&path, text).map_err(file)?;
        }
    }
    Ok(())
}

/// The line of what a linker said that tells most: the last that names what it does not know or have.
fn shortened(words: &str) -> String {
    let telling = ["unrecognized", "unknown", "invalid", "fatal error", "cannot find"];
    let lines = || words.lines().map(str::trim).filter(|line| !line.is_empty());
    // The command itself, which is long, begins with the linker in quotes.
    let mut chosen = lines()
        .filter(|line| !line.contains("\"cc\"") && telling.iter().any(|one| line.contains(one)));
    let chosen = chosen.next_back().or_else(|| lines().next()).unwrap_or("nothing");
    chosen.trim_start_matches("= note: ").chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linker_that_shuffles_puts_functions_in_another_order_for_each_seed() {
        let root = source_folder().unwrap();
        let shuffler = match Shuffler::find(&root) {
            Ok(shuffler) => shuffler,
            // Which is what the user is told, and all that there is to test here.
            Err(error) => {
                assert!(error.to_string().contains("rust-lld can"), "{error}");
                return;
            }
        };
        let folder = cache_folder(&root).join("link-order");
        let [one, other, again] = [7, 8, 7].map(|seed| shuffler.places(&folder, seed).unwrap());
        assert_ne!(one, other);
        assert_eq!(one, again, "a seed fixes the order");
    }

    #[test]
    fn of_what_a_linker_says_the_line_that_tells_most_is_kept() {
        let words = "error: linking with `cc` failed: exit status: 1\n  = note:  \"cc\" \"-m64\" \"unknown\"\n  \
                     = note: ld: unrecognized option '--shuffle-sections=.text*=1'\n          use --help\n";
        assert_eq!(shortened(words), "ld: unrecognized option '--shuffle-sections=.text*=1'");
        assert_eq!(shortened("error: no such thing\n"), "error: no such thing");
    }

    #[test]
    fn every_program_has_link_orders_of_its_own_and_its_control_others() {
        let mut seeds = BTreeSet::new();
        for program in ["memscope-rs@0.2.4", "memscope-rs@path:."] {
            for is_control in [false, true] {
                seeds.extend((0..64).map(|order| seed(program, is_control, order)));
            }
        }
        assert_eq!(seeds.len(), 4 * 64);
        assert!(!seeds.contains(&0), "of the linker's own choice");
        assert_eq!(seed("a", false, 3), seed("a", false, 3));
    }

    #[test]
    fn link_orders_that_are_the_same_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        fs::write(&program, "one").unwrap();
        let one = keep(folder.path(), "a b/c", &program).unwrap();
        assert_eq!(fs::read(&one).unwrap(), b"one");
        assert_eq!(keep(folder.path(), "a b/c", &program).unwrap(), one);
        fs::write(&program, "two").unwrap();
        let two = keep(folder.path(), "a b/c", &program).unwrap();
        assert!(all_differ("a", &[one.clone(), two.clone()]).is_ok());
        let error = all_differ("a", &[one, two.clone(), two]).unwrap_err();
        assert!(matches!(error, LinkError::Same(_)), "{error}");
    }
}
