//! A subject's `main`: a job comes in, a reply goes out.
//!
//! The runner puts one end of a socket pair in place of standard input; the job arrives on it as one
//! line of JSON, and messages go back the same way. By hand, `--job JSON` does the same with the reply
//! on standard output, so that any recorded sample can be run again.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::ground_truth::{self, Counted, current_role};
use crate::measure;
use crate::os;
use crate::own::{self, Own};
use crate::protocol::{AllocatorRole, FinalHeap, Job, Message, Pass, ROLE_VARIABLE};
use crate::tracker::Tracker;

const HELP: &str = "\
A subject of memscope-bench: runs workloads under one tracker, and measures itself.
It is started by memscope-bench; by hand:

  --identity     print which tracker this is, as JSON
  --job JSON    do a job, print the reply as JSON; for example
                --job '{\"protocol\":2,\"workloads\":[\"basic-structures\"],\"pass\":\"audit\",
                        \"params\":{\"scale\":0.1,\"threads\":2,\"seed\":1}}'
";

/// Serves one job under the tracker `T`, of this crate's workloads and the reader's own; what [`main!`](crate::main!) calls.
pub fn serve<T: Tracker, O: Own>() -> ExitCode {
    let main_unix_ns = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| u64::try_from(since.as_nanos()).ok())
        .unwrap_or(0);
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        None => serve_channel::<T, O>(main_unix_ns),
        Some("--identity") => {
            let mode = T::MODES.first().copied().unwrap_or_default();
            print_json(&measure::identity::<T>(mode))
        }
        Some("--job") => serve_by_hand::<T, O>(&arguments.next().unwrap_or_default(), main_unix_ns),
        Some(other) => {
            let wanted_help = other == "--help" || other == "-h";
            // If even that cannot be written there is nobody to tell.
            let _ = if wanted_help {
                io::stdout().write_all(HELP.as_bytes())
            } else {
                io::stderr().write_all(HELP.as_bytes())
            };
            if wanted_help { ExitCode::SUCCESS } else { ExitCode::from(2) }
        }
    }
}

/// Whether the other end is closed. It says nothing more before a server listens, so nothing is lost by listening.
fn is_closed(mut channel: &UnixStream) -> bool {
    let _ = channel.set_nonblocking(true);
    let closed = matches!(channel.read(&mut [0]), Ok(0));
    let _ = channel.set_nonblocking(false);
    closed
}

fn serve_channel<T: Tracker, O: Own>(main_unix_ns: u64) -> ExitCode {
    // The runner may die without a chance to stop its subjects.
    os::end_with_parent();

    // What is alive now is the Rust runtime's.
    let at_main = ground_truth::counted();
    // Not `io::stdin()`, which allocates a buffer for good.
    let channel = match rustix::stdio::stdin().try_clone_to_owned() {
        Ok(descriptor) => UnixStream::from(descriptor),
        Err(error) => return refuse(&format!("no standard input: {error}")),
    };
    let mut line = String::new();
    if let Err(error) = BufReader::new(&channel).read_line(&mut line) {
        return refuse(&format!("no job on standard input: {error}"));
    }
    let job: Job = match serde_json::from_str(&line) {
        Ok(job) => job,
        Err(error) => return refuse(&format!("not a job: {error}")),
    };
    drop(line);
    // It may have died before we asked to die with it: then nobody holds the other end of the channel.
    if is_closed(&channel) {
        return ExitCode::FAILURE;
    }
    if job.progress
        && let Ok(channel) = channel.try_clone()
    {
        crate::progress::enable(channel);
    }
    let is_server = |name: &String| own::find::<O>(name).is_some_and(|m| m.traffic().is_some());
    if job.workloads.iter().any(is_server)
        && let Ok(channel) = channel.try_clone()
    {
        crate::control::enable(channel);
    }
    if !job.final_heap {
        return answer::<T, O>(&job, &channel, main_unix_ns);
    }
    // On a thread of its own, so that what threads keep for themselves is freed before the final_heap too.
    let answered = channel.try_clone().and_then(|channel| {
        let name = "job".to_owned();
        let thread = std::thread::Builder::new().name(name);
        thread.spawn(move || answer::<T, O>(&job, &channel, main_unix_ns))
    });
    let code = match answered.map(JoinHandle::join) {
        Ok(Ok(code)) => code,
        // As if it had panicked here.
        Ok(Err(_)) => return ExitCode::from(101),
        Err(error) => return refuse(&format!("no thread for the job: {error}")),
    };
    if let (Some(at_main), Some(now)) = (at_main, ground_truth::counted()) {
        send_final_heap(&channel, &at_main, &now);
    }
    code
}

/// Does a job and sends the answer.
fn answer<T: Tracker, O: Own>(job: &Job, mut channel: &UnixStream, main_unix_ns: u64) -> ExitCode {
    let message = do_job::<T, O>(job, main_unix_ns);
    let failed = matches!(message, Message::Failed { .. });
    let sent = serde_json::to_string(&message)
        .map_err(io::Error::other)
        .and_then(|text| channel.write_all(format!("{text}\n").as_bytes()));
    if sent.is_err() || failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Sends the account of the whole process. By now all is freed that can be, so this allocates nothing.
fn send_final_heap(mut channel: &UnixStream, at_main: &Counted, now: &Counted) {
    let final_heap = FinalHeap { at_main: at_main.program, program: now.program, own: now.own };
    let mut buffer = [0_u8; 2048];
    let mut free = &mut buffer[..];
    let written = serde_json::to_writer(&mut free, &Message::FinalHeap(final_heap))
        .map_err(io::Error::other)
        .and_then(|()| free.write_all(b"\n"));
    let left = free.len();
    if written.is_ok() {
        // A runner that is gone has no use for it.
        let _ = channel.write_all(&buffer[..buffer.len() - left]);
    }
}

fn serve_by_hand<T: Tracker, O: Own>(job: &str, main_unix_ns: u64) -> ExitCode {
    let job: Job = match serde_json::from_str(job) {
        Ok(job) => job,
        Err(error) => return refuse(&format!("not a job: {error}")),
    };
    // The allocator has taken its role before `main`: a job for another one needs another process.
    if let Ok(role) = role_for::<T>(&job)
        && role != current_role()
        && std::env::var_os(ROLE_VARIABLE).is_none()
        && let Ok(myself) = std::env::current_exe()
    {
        let error = Command::new(myself)
            .args(std::env::args_os().skip(1))
            .env(ROLE_VARIABLE, role.to_variable())
            .exec();
        return refuse(&format!("could not start anew: {error}"));
    }
    match do_job::<T, O>(&job, main_unix_ns) {
        Message::Failed { stage, reason } => refuse(&format!("{stage}: {reason}")),
        Message::Reply(reply) => print_json(&reply),
        Message::Progress(_) | Message::Listening(_) | Message::FinalHeap(_) => ExitCode::SUCCESS,
    }
}

fn do_job<T: Tracker, O: Own>(job: &Job, main_unix_ns: u64) -> Message {
    let outcome = role_for::<T>(job).and_then(|role| {
        if role == current_role() {
            measure::run::<T, O>(job, main_unix_ns)
        } else {
            let (variable, value) = (ROLE_VARIABLE, role.to_variable());
            Err(("job", format!("this job needs {variable}={value} in the environment")))
        }
    });
    match outcome {
        Ok(reply) => Message::Reply(Box::new(reply)),
        Err((stage, reason)) => Message::Failed { stage: stage.to_owned(), reason },
    }
}

/// The role that the allocator wrapper must have been started in for this job.
fn role_for<T: Tracker>(job: &Job) -> Result<AllocatorRole, measure::Failure> {
    let mode = measure::mode_of::<T>(&job.mode)?;
    // An allocator that waits for the tracker's start is idle by itself; any other is passed by.
    let idle = job.idle && !T::COUNTS_FROM_INIT;
    let bypass = idle || T::MODES_WITHOUT_ALLOCATOR.contains(&mode);
    Ok(AllocatorRole { audit: job.pass == Pass::Audit, bypass })
}

fn print_json(value: &impl serde::Serialize) -> ExitCode {
    let printed = serde_json::to_string(value)
        .map_err(io::Error::other)
        .and_then(|text| writeln!(io::stdout(), "{text}"));
    if printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn refuse(reason: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "{reason}");
    ExitCode::from(2)
}
