//! The reader's own program, alone and under tools that are put in front of it.

use std::ffi::OsString;

use protocol::Reported;

use super::program::{ProgramError, Said, Taken, finished};
use super::wrap::Wrapper;
use crate::common::interrupt;

/// What a program took alone, and under each tool.
#[derive(Debug)]
pub struct Tried {
    /// Alone, block by block.
    pub alone: Vec<Taken>,
    /// Under the tools, in the order in which they were asked for.
    pub tools: Vec<UnderTool>,
}

/// What it took under a tool.
#[derive(Debug)]
pub struct UnderTool {
    /// The tool's name in the catalogue.
    pub name: String,
    /// The version that it gives.
    pub version: String,
    /// Block by block, as far as it came.
    pub samples: Vec<Taken>,
    /// What it counted in the last of them.
    pub totals: Option<Reported>,
    /// Why it went no further, if so.
    pub failure: Option<String>,
}

/// Runs a program in blocks, once alone and once under each tool, with an empty standard input: who is first in a block is
/// last in the next. What it prints alone, in the first block, goes to standard error. A tool under which it fails
/// is tried no further.
///
/// # Errors
///
/// If the program cannot be started, fails when it is alone, or takes no CPU time.
pub fn try_out(
    line: &[OsString],
    tools: &[(String, Box<dyn Wrapper>)],
    blocks: u32,
    progress: &mut dyn FnMut(f64, &str),
) -> Result<Tried, ProgramError> {
    interrupt::listen();
    let name = line.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut alone = Vec::new();
    let mut under: Vec<UnderTool> = tools
        .iter()
        .map(|(name, tool)| UnderTool {
            name: name.clone(),
            version: tool.version().to_owned(),
            samples: Vec::new(),
            totals: None,
            failure: None,
        })
        .collect();
    let arms = tools.len() + 1;
    let all = f64::from(blocks) * arms as f64;
    for block in 0..blocks {
        for turn in 0..arms {
            let done = (f64::from(block) * arms as f64 + turn as f64) / all;
            // The first block begins with the program alone, so that nothing else runs if it fails.
            let arm = (turn + block as usize) % arms;
            if arm == 0 {
                progress(done, &format!("{name}, alone"));
                let said = if block == 0 { Said::Aloud } else { Said::Nowhere };
                let taken = finished(line, &name, said)?;
                if taken.cpu_s <= 0.0 {
                    return Err(ProgramError::Short { program: name });
                }
                alone.push(taken);
                continue;
            }
            let under = &mut under[arm - 1];
            if under.failure.is_none() {
                progress(done, &format!("{name}, under {}", under.name));
                match sample(line, &name, &*tools[arm - 1].1) {
                    Ok((taken, totals)) => {
                        under.samples.push(taken);
                        under.totals = Some(totals);
                    }
                    Err(ProgramError::Interrupted) => return Err(ProgramError::Interrupted),
                    Err(error) => under.failure = Some(error.to_string()),
                }
            }
        }
    }
    Ok(Tried { alone, tools: under })
}

/// One run under a tool, and what the tool counted.
fn sample(
    line: &[OsString],
    name: &str,
    tool: &dyn Wrapper,
) -> Result<(Taken, Reported), ProgramError> {
    let folder = tempfile::tempdir().map_err(ProgramError::Folder)?;
    let mut wrapped = tool.command(folder.path()).map_err(ProgramError::Folder)?;
    wrapped.extend(line.iter().cloned());
    let taken = finished(&wrapped, name, Said::Into(folder.path()))?;
    Ok((taken, tool.take_findings(folder.path())?.totals))
}
