//! One subject process: started, given its job, watched, stopped if it must be, and classified.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use subject::ground_truth::Role;
use subject::protocol::{Job, Message, ROLE_VARIABLE, Reply};

use super::interrupt;
use crate::records::Failure;

/// How often a silent subject is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How long a subject may take to exit once it has answered.
const EXIT_WITHIN: Duration = Duration::from_secs(10);

/// The most that a subject may write to its logs, in bytes.
const LOG_LIMIT: u64 = 64 << 20;

/// The names of a sample's logs.
const LOGS: [&str; 2] = ["stdout.log", "stderr.log"];

/// What a subject may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Wall time.
    pub timeout: Duration,
    /// Resident set, in bytes.
    pub memory: u64,
}

/// What became of a subject.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It answered, and exited as it should.
    Answered(Box<Reply>),
    /// It did not.
    Failed(Failure, String),
    /// The user asked to end while it ran; there is nothing to record.
    Interrupted,
}

/// A subject's run.
#[derive(Clone, Debug)]
pub struct Ran {
    /// When it was started, in nanoseconds since the Unix epoch.
    pub started_unix_ns: u64,
    /// From before the start to after the end.
    pub took: Duration,
    /// What became of it.
    pub verdict: Verdict,
}

/// Starts `program` in `folder` (which exists, and gets its logs), gives it the job, and waits. Lines of
/// progress are passed on as they come.
pub fn run(
    program: &Path,
    job: &Job,
    role: Role,
    folder: &Path,
    limits: Limits,
    progress: &mut dyn FnMut(&str),
) -> Ran {
    let begin = Instant::now();
    let started_unix_ns = unix_ns();
    let verdict = match start(program, role, folder) {
        Err(error) => Verdict::Failed(Failure::Spawn, format!("{}: {error}", program.display())),
        Ok((child, channel)) => {
            let watch = Watch { child, channel, folder, limits, begin };
            watch.until_the_end(job, progress)
        }
    };
    Ran { started_unix_ns, took: begin.elapsed(), verdict }
}

fn unix_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

fn start(program: &Path, role: Role, folder: &Path) -> io::Result<(Child, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    let [stdout, stderr] = LOGS.map(|name| File::create(folder.join(name)));
    let child = Command::new(program)
        .env(ROLE_VARIABLE, role.to_variable())
        // Trackers may write files where they stand.
        .current_dir(folder)
        .stdin(OwnedFd::from(theirs))
        .stdout(stdout?)
        .stderr(stderr?)
        // A group of its own: to be stopped with all that it starts, and not by the terminal's Ctrl-C.
        .process_group(0)
        .spawn()?;
    Ok((child, ours))
}

/// A running subject. Whatever happens, it is gone when this is dropped.
struct Watch<'a> {
    child: Child,
    channel: UnixStream,
    folder: &'a Path,
    limits: Limits,
    begin: Instant,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.stop();
        }
    }
}

impl Watch<'_> {
    fn until_the_end(mut self, job: &Job, progress: &mut dyn FnMut(&str)) -> Verdict {
        if let Err(error) = self.send(job) {
            return self.died(&format!("took no job ({error})"));
        }
        match self.read_reply(progress) {
            Heard::Reply(reply) => self.after_reply(job, reply),
            Heard::Refusal(stage, reason) => {
                // It will exit by itself; what it says is the verdict.
                Verdict::Failed(Failure::Refused, format!("{stage}: {reason}"))
            }
            Heard::Garbled(reason) => Verdict::Failed(Failure::Garbled, reason),
            Heard::Silence => self.died("ended without a reply"),
            Heard::Stopped(failure, reason) => Verdict::Failed(failure, reason),
            Heard::Interrupt => Verdict::Interrupted,
        }
    }

    fn send(&mut self, job: &Job) -> io::Result<()> {
        let mut text = serde_json::to_vec(job)?;
        text.push(b'\n');
        // The socket's buffer takes a job whole, whether the subject reads it or not.
        self.channel.write_all(&text)?;
        self.channel.set_read_timeout(Some(LOOK_EVERY))
    }

    fn read_reply(&mut self, progress: &mut dyn FnMut(&str)) -> Heard {
        let mut heard = Vec::new();
        let mut buffer = [0; 16 << 10];
        loop {
            match self.channel.read(&mut buffer) {
                Ok(0) if heard.is_empty() => return Heard::Silence,
                Ok(0) => return Heard::Garbled(cut_off(&heard)),
                Ok(read) => heard.extend_from_slice(&buffer[..read]),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                    // The other end is gone with unread data: it has died.
                    _ => return Heard::Silence,
                },
            }
            while let Some(end) = heard.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = heard.drain(..=end).collect();
                match serde_json::from_slice(&line) {
                    Ok(Message::Progress(line)) => progress(&line),
                    Ok(Message::Reply(reply)) => return Heard::Reply(reply),
                    Ok(Message::Failed { stage, reason }) => return Heard::Refusal(stage, reason),
                    Err(error) => {
                        let text = String::from_utf8_lossy(&line);
                        return Heard::Garbled(format!("{error}: {:?}", excerpt(&text, 200)));
                    }
                }
            }
            if let Some(stopped) = self.look() {
                return stopped;
            }
        }
    }

    /// Whether the subject has to be stopped, and then stops it.
    fn look(&mut self) -> Option<Heard> {
        let stopped = if interrupt::asked() {
            Heard::Interrupt
        } else if self.begin.elapsed() > self.limits.timeout {
            let limit = humantime::format_duration(self.limits.timeout);
            Heard::Stopped(Failure::TimedOut, self.in_words(&format!("stopped after {limit}")))
        } else if let Some(used) = self.resident().filter(|&used| used > self.limits.memory) {
            let limit = bytesize::ByteSize(self.limits.memory);
            let reason =
                format!("stopped with {} resident; {limit} allowed", bytesize::ByteSize(used));
            Heard::Stopped(Failure::OutOfMemory, self.in_words(&reason))
        } else if let Some(log) = LOGS.iter().find(|log| self.log_size(log) > LOG_LIMIT) {
            let reason = format!("stopped after {} in {log}", bytesize::ByteSize(LOG_LIMIT));
            // Nobody will read that much.
            if let Ok(file) = File::options().write(true).open(self.folder.join(log)) {
                let _ = file.set_len(1 << 20);
            }
            Heard::Stopped(Failure::FloodedLog, reason)
        } else {
            return None;
        };
        self.stop();
        Some(stopped)
    }

    /// Judges an answer, and the exit that follows it.
    fn after_reply(&mut self, job: &Job, reply: Box<Reply>) -> Verdict {
        let answered: Vec<&String> = reply.parts.iter().map(|part| &part.workload).collect();
        if answered != job.workloads.iter().collect::<Vec<_>>() {
            let reason = format!("asked for {:?}, answered for {answered:?}", job.workloads);
            return Verdict::Failed(Failure::Garbled, reason);
        }
        let deadline = Instant::now() + EXIT_WITHIN;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Verdict::Answered(reply),
                Ok(Some(status)) => {
                    let (failure, words) = classify(status);
                    return Verdict::Failed(
                        failure,
                        self.in_words(&format!("{words} after its reply")),
                    );
                }
                Ok(None) if Instant::now() > deadline => {
                    self.stop();
                    let reason = format!("still there {EXIT_WITHIN:?} after its reply");
                    return Verdict::Failed(Failure::TimedOut, reason);
                }
                Ok(None) => std::thread::sleep(Duration::from_micros(200)),
                Err(error) => return Verdict::Failed(Failure::Spawn, error.to_string()),
            }
        }
    }

    /// Judges a subject that closed its channel without an answer.
    fn died(&mut self, how: &str) -> Verdict {
        let deadline = Instant::now() + EXIT_WITHIN;
        while let Ok(None) = self.child.try_wait() {
            if Instant::now() > deadline {
                self.stop();
                return Verdict::Failed(
                    Failure::NoReply,
                    self.in_words("closed its channel and stayed"),
                );
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        match self.child.wait() {
            Ok(status) => {
                let (failure, words) = classify(status);
                Verdict::Failed(failure, self.in_words(&format!("{how}: {words}")))
            }
            Err(error) => Verdict::Failed(Failure::NoReply, format!("{how}: {error}")),
        }
    }

    /// Ends the subject and all that it started.
    fn stop(&mut self) {
        if let Ok(group) = i32::try_from(self.child.id()) {
            // It may have ended by itself meanwhile.
            let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
        let _ = self.child.wait();
    }

    /// Its resident set, in bytes, where the system tells.
    fn resident(&self) -> Option<u64> {
        let text = fs::read_to_string(format!("/proc/{}/statm", self.child.id())).ok()?;
        let pages: u64 = text.split_ascii_whitespace().nth(1)?.parse().ok()?;
        Some(pages * page_size())
    }

    fn log_size(&self, log: &str) -> u64 {
        fs::metadata(self.folder.join(log)).map_or(0, |about| about.len())
    }

    /// A reason, with the end of what the subject wrote to standard error.
    fn in_words(&self, reason: &str) -> String {
        let log = fs::read(self.folder.join(LOGS[1])).unwrap_or_default();
        let text = String::from_utf8_lossy(&log);
        let text = text.trim();
        // A panic tells its reason first and may append a backtrace.
        if let Some(panic) = text.find("panicked at") {
            return format!("{reason}; it said: {}", excerpt(&text[panic..], 400));
        }
        if text.is_empty() {
            reason.to_owned()
        } else {
            format!("{reason}; it said: {}", last(text, 400))
        }
    }
}

enum Heard {
    Reply(Box<Reply>),
    Refusal(String, String),
    Garbled(String),
    Silence,
    Stopped(Failure, String),
    Interrupt,
}

fn page_size() -> u64 {
    let size = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok().flatten();
    size.and_then(|size| u64::try_from(size).ok()).unwrap_or(4096)
}

fn classify(status: ExitStatus) -> (Failure, String) {
    match (status.code(), status.signal()) {
        (_, Some(signal)) => {
            let name =
                Signal::try_from(signal).map_or_else(|_| signal.to_string(), |s| s.to_string());
            (Failure::Crashed, format!("ended by {name}"))
        }
        // The exit code of a Rust program whose main thread panicked.
        (Some(101), _) => (Failure::Panicked, "panicked".to_owned()),
        (Some(code), _) => (Failure::NoReply, format!("exit code {code}")),
        (None, None) => (Failure::NoReply, "ended".to_owned()),
    }
}

fn cut_off(heard: &[u8]) -> String {
    let text = String::from_utf8_lossy(heard);
    format!("its reply is cut off: {:?}", excerpt(&text, 200))
}

/// The beginning of a text, for a message.
fn excerpt(text: &str, most: usize) -> &str {
    let end = text.char_indices().map(|(at, _)| at).nth(most).unwrap_or(text.len());
    text[..end].trim_end()
}

/// The end of a text, for a message.
fn last(text: &str, most: usize) -> &str {
    let from = text.char_indices().rev().map(|(at, _)| at).nth(most - 1).unwrap_or(0);
    &text[from..]
}

/// Deletes a sample's logs if they hold nothing, or all of them if nobody needs them.
pub fn tidy_logs(folder: &Path, keep: bool) {
    for log in LOGS {
        let path = folder.join(log);
        if !keep || fs::metadata(&path).is_ok_and(|about| about.len() == 0) {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(excerpt("äöü", 2), "äö");
        assert_eq!(excerpt("ab", 5), "ab");
        assert_eq!(last("äöü", 2), "öü");
        assert_eq!(last("ab", 5), "ab");
    }
}
