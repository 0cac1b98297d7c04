//! A running subject, watched to its end: what it says, what it uses, and what is done to its server.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use protocol::{FinalHeap, Message, PROTOCOL, Reply, STOP};

use super::exit::{classify, cut_off, excerpt, last};

use super::helpers::{self, Helpers};
use super::launch::{EXIT_WITHIN, Ending, LOGS, Launch};
use super::load::Running;
use super::survivors::Offspring;
use crate::common::interrupt;
use crate::common::printable::{from_json, printable};
use crate::record::{Failure, LoadResult};

/// How often a silent subject is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How long after a subject we may hear of the signal that ended it.
const HEARD_WITHIN: Duration = Duration::from_millis(100);

/// The most that a subject may write to its logs, in bytes.
const LOG_LIMIT: u64 = 64 << 20;

/// The longest message, in bytes: a list of all leaks of the largest workload has a tenth of that.
const LONGEST_MESSAGE: usize = 16 << 20;

/// A running subject. Whatever happens, it is gone when this is dropped.
pub(super) struct Watch<'a> {
    launch: &'a Launch<'a>,
    child: Child,
    /// It, and all that it starts.
    offspring: &'a Offspring,
    channel: UnixStream,
    /// What came on the channel and is no whole message yet.
    heard: Vec<u8>,
    /// How much of that was searched for the end of a message.
    searched: usize,
    begin: Instant,
    running: Option<Running>,
    loaded: Option<Result<LoadResult, String>>,
    final_heap: Option<FinalHeap>,
    helpers: Option<Helpers>,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.stop();
        }
    }
}

impl<'a> Watch<'a> {
    /// Takes over a subject that was started, with our end of its channel.
    pub(super) fn new(
        launch: &'a Launch<'a>,
        child: Child,
        offspring: &'a Offspring,
        channel: UnixStream,
        begin: Instant,
    ) -> Self {
        let (heard, searched, running) = (Vec::new(), 0, None);
        let (loaded, final_heap, helpers) = (None, None, None);
        Self {
            launch,
            child,
            offspring,
            channel,
            heard,
            searched,
            begin,
            running,
            loaded,
            final_heap,
            helpers,
        }
    }

    /// What became known of it besides its ending: of its load, and its last word.
    pub(super) fn told(&mut self) -> (Option<LoadResult>, Option<FinalHeap>) {
        (self.loaded.take().and_then(Result::ok), self.final_heap.take())
    }

    /// What a tool's processes beside it had used when it answered.
    pub(super) fn helpers(&self) -> Option<Helpers> {
        self.helpers
    }

    /// Gives it its job, and follows it to its end.
    pub(super) fn until_the_end(&mut self, progress: &mut dyn FnMut(&str)) -> Ending {
        match self.follow(progress) {
            Ending::Failed(..) if self.interrupted() => Ending::Interrupted,
            ending => ending,
        }
    }

    /// Whether a failure comes of an interruption. Ctrl-C reaches every process of the terminal: a subject
    /// that has no process group of its own yet dies of it, at times before we have heard of it ourselves.
    fn interrupted(&mut self) -> bool {
        let signal = self.child.try_wait().ok().flatten().and_then(|status| status.signal());
        let by_user = [Signal::SIGINT, Signal::SIGTERM].map(|signal| Some(signal as i32));
        let deadline = Instant::now() + HEARD_WITHIN;
        while by_user.contains(&signal) && !interrupt::asked() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        interrupt::asked()
    }

    fn follow(&mut self, progress: &mut dyn FnMut(&str)) -> Ending {
        if let Err(error) = self.send() {
            return self.died(&format!("took no job ({error})"));
        }
        loop {
            let message = match self.hear() {
                Heard::Message(message) => *message,
                Heard::Garbled(reason) => return Ending::Failed(Failure::Garbled, reason),
                Heard::Silence => return self.died("ended without a reply"),
                Heard::Stopped(failure, reason) => return Ending::Failed(failure, reason),
                Heard::Interrupt => return Ending::Interrupted,
            };
            match message {
                Message::Progress(line) => progress(&line),
                Message::Listening(port) => self.load(port),
                Message::FinalHeap(_) => {}
                Message::Reply(reply) => return self.after_reply(reply),
                // It will exit by itself; what it says is the ending.
                Message::Failed { stage, reason } => {
                    return Ending::Failed(Failure::Refused, format!("{stage}: {reason}"));
                }
            }
        }
    }

    fn send(&mut self) -> io::Result<()> {
        let mut text = serde_json::to_vec(self.launch.job)?;
        text.push(b'\n');
        // The socket's buffer takes a job whole, whether the subject reads it or not.
        self.channel.write_all(&text)?;
        self.channel.set_read_timeout(Some(LOOK_EVERY))
    }

    /// Begins the load on a server that listens.
    fn load(&mut self, port: u16) {
        // The one before, of a workload that is repeated.
        self.end_load();
        match (self.launch.load, self.channel.try_clone()) {
            (Some(load), Ok(channel)) => self.running = Some(load.start(port, channel)),
            // Nobody will come; the server need not wait. If it cannot be told, time runs out.
            _ => drop(self.channel.write_all(STOP)),
        }
    }

    /// Waits for the load to end, if there is one. A failed one is remembered.
    fn end_load(&mut self) {
        if let Some(running) = self.running.take() {
            let loaded = running.end();
            if !matches!(self.loaded, Some(Err(_))) {
                self.loaded = Some(loaded);
            }
        }
    }

    /// The next message, or why there is none.
    fn hear(&mut self) -> Heard {
        let mut buffer = [0; 16 << 10];
        let mut has_exited = false;
        loop {
            if let Some(line) = self.line() {
                return message(&line);
            }
            if self.heard.len() > LONGEST_MESSAGE {
                self.stop();
                let longest = bytesize::ByteSize(LONGEST_MESSAGE as u64);
                return Heard::Garbled(format!("a message of more than {longest}"));
            }
            match self.channel.read(&mut buffer) {
                Ok(0) => return self.end_of_channel(),
                Ok(read) => self.heard.extend_from_slice(&buffer[..read]),
                Err(error) => match error.kind() {
                    // One that has ended says nothing more, even if a child of it holds the channel; but what it said
                    // before it ended may have come after we looked for the last time.
                    ErrorKind::WouldBlock | ErrorKind::TimedOut if has_exited => {
                        return self.end_of_channel();
                    }
                    ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                        has_exited = !matches!(self.child.try_wait(), Ok(None));
                    }
                    ErrorKind::Interrupted => {}
                    // The other end is gone with unread data: it has died.
                    _ => return Heard::Silence,
                },
            }
            if let Some(stopped) = self.look() {
                return stopped;
            }
        }
    }

    /// The next line, if it is there.
    fn line(&mut self) -> Option<Vec<u8>> {
        let new = &self.heard[self.searched..];
        let Some(end) = new.iter().position(|&byte| byte == b'\n') else {
            self.searched = self.heard.len();
            return None;
        };
        let end = self.searched + end;
        self.searched = 0;
        Some(self.heard.drain(..=end).collect())
    }

    fn end_of_channel(&self) -> Heard {
        match self.heard.as_slice() {
            [] => Heard::Silence,
            heard => Heard::Garbled(cut_off(heard)),
        }
    }

    /// Whether the subject has to be stopped, and then stops it.
    fn look(&mut self) -> Option<Heard> {
        let stopped = if interrupt::asked() {
            Heard::Interrupt
        } else if self.begin.elapsed() > self.launch.limits.timeout {
            let limit = humantime::format_duration(self.launch.limits.timeout);
            Heard::Stopped(Failure::TimedOut, self.in_words(&format!("stopped after {limit}")))
        } else if let Some(used) = self.resident().filter(|&used| used > self.launch.limits.memory)
        {
            let limit = bytesize::ByteSize(self.launch.limits.memory);
            let reason =
                format!("stopped with {} resident; {limit} allowed", bytesize::ByteSize(used));
            Heard::Stopped(Failure::OutOfMemory, self.in_words(&reason))
        } else if let Some(log) = LOGS.iter().find(|log| self.log_size(log) > LOG_LIMIT) {
            let reason = format!("stopped after {} in {log}", bytesize::ByteSize(LOG_LIMIT));
            // Nobody will read that much.
            if let Ok(file) = File::options().write(true).open(self.launch.folder.join(log)) {
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
    fn after_reply(&mut self, reply: Box<Reply>) -> Ending {
        let job = self.launch.job;
        if reply.protocol != PROTOCOL {
            let theirs = reply.protocol;
            let reason = format!("it speaks protocol {theirs}, and memscope-bench {PROTOCOL}");
            return Ending::Failed(Failure::Garbled, reason);
        }
        let answered: Vec<&String> = reply.parts.iter().map(|part| &part.workload).collect();
        if answered != job.workloads.iter().collect::<Vec<_>>() {
            let reason = format!("asked for {:?}, answered for {answered:?}", job.workloads);
            return Ending::Failed(Failure::Garbled, reason);
        }
        if !self.launch.wrapper.is_empty() {
            // The leader is the tool's own script, which waits, or has become the program.
            let mut all = self.offspring.all(self.child.id());
            all.remove(&self.child.id());
            self.helpers = helpers::used(all, self.launch.program);
        }
        self.end_load();
        let served = reply.parts.last().and_then(|part| part.served);
        let problem = match &self.loaded {
            Some(Err(reason)) => Some(reason.clone()),
            Some(Ok(loaded)) => loaded.problem(served.as_ref()),
            None => None,
        };
        let exit = self.exit(reply, job.final_heap);
        match (exit, problem) {
            (Ending::Answered(_), Some(reason)) => Ending::Failed(Failure::Load, reason),
            (exit, _) => exit,
        }
    }

    /// Waits for the exit that follows an answer, and for the final_heap before it.
    fn exit(&mut self, reply: Box<Reply>, final_heap: bool) -> Ending {
        let within = self.launch.exit_within;
        if final_heap {
            match self.hear() {
                Heard::Message(message) => {
                    if let Message::FinalHeap(final_heap) = *message {
                        self.final_heap = Some(final_heap);
                    }
                }
                Heard::Stopped(failure, reason) => return Ending::Failed(failure, reason),
                Heard::Interrupt => return Ending::Interrupted,
                // Without one its exit has to tell.
                Heard::Garbled(_) | Heard::Silence => {}
            }
        }
        let deadline = Instant::now() + within;
        let mut looked = Instant::now();
        loop {
            if looked.elapsed() > LOOK_EVERY {
                // What it may use it may use to its end.
                match self.look() {
                    Some(Heard::Stopped(failure, reason)) => {
                        return Ending::Failed(failure, format!("{reason}, after its reply"));
                    }
                    Some(_) => return Ending::Interrupted,
                    None => looked = Instant::now(),
                }
            }
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Ending::Answered(reply),
                Ok(Some(status)) => {
                    let (failure, words) = classify(status);
                    return Ending::Failed(
                        failure,
                        self.in_words(&format!("{words} after its reply")),
                    );
                }
                Ok(None) if Instant::now() > deadline => {
                    self.stop();
                    let reason = format!("still there {within:?} after its reply");
                    return Ending::Failed(Failure::TimedOut, reason);
                }
                Ok(None) => std::thread::sleep(Duration::from_micros(200)),
                Err(error) => return Ending::Failed(Failure::Spawn, error.to_string()),
            }
        }
    }

    /// Judges a subject that closed its channel without an answer.
    fn died(&mut self, how: &str) -> Ending {
        let deadline = Instant::now() + EXIT_WITHIN;
        while let Ok(None) = self.child.try_wait() {
            if Instant::now() > deadline {
                self.stop();
                return Ending::Failed(
                    Failure::NoReply,
                    self.in_words("closed its channel and stayed"),
                );
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        match self.child.wait() {
            Ok(status) => {
                let (failure, words) = classify(status);
                Ending::Failed(failure, self.in_words(&format!("{how}: {words}")))
            }
            Err(error) => Ending::Failed(Failure::NoReply, format!("{how}: {error}")),
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

    /// The resident set of it and of all that it started, in bytes, where the system tells.
    fn resident(&self) -> Option<u64> {
        let used: Vec<u64> =
            self.offspring.all(self.child.id()).into_iter().filter_map(resident_of).collect();
        (!used.is_empty()).then(|| used.iter().sum())
    }

    fn log_size(&self, log: &str) -> u64 {
        fs::metadata(self.launch.folder.join(log)).map_or(0, |about| about.len())
    }

    /// A reason, with the end of what the subject wrote to standard error.
    fn in_words(&self, reason: &str) -> String {
        let log = fs::read(self.launch.folder.join(LOGS[1])).unwrap_or_default();
        let text = String::from_utf8_lossy(&log);
        let text = printable(text.trim());
        // A panic tells its reason first and may append a backtrace.
        if let Some(panic) = text.find("panicked at") {
            return format!("{reason}; it said: {}", excerpt(&text[panic..], 400));
        }
        if text.is_empty() {
            reason.to_owned()
        } else {
            format!("{reason}; it said: {}", last(&text, 400))
        }
    }
}

enum Heard {
    Message(Box<Message>),
    Garbled(String),
    Silence,
    Stopped(Failure, String),
    Interrupt,
}

/// The resident set of a process, in bytes, where the system tells.
fn resident_of(process: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/statm")).ok()?;
    let pages: u64 = text.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(pages * page_size())
}

/// A line as a message.
fn message(line: &[u8]) -> Heard {
    let read = match std::str::from_utf8(line) {
        Ok(text) => from_json(text).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match read {
        Ok(message) => Heard::Message(Box::new(message)),
        Err(error) => {
            let text = String::from_utf8_lossy(line);
            Heard::Garbled(format!("{error}: {:?}", excerpt(&text, 200)))
        }
    }
}

fn page_size() -> u64 {
    let size = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok().flatten();
    size.and_then(|size| u64::try_from(size).ok()).unwrap_or(4096)
}
