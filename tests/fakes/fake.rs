//! A subject that misbehaves, for tests: its modes are the ways in which subjects fail.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use nix::sys::resource::{Resource, setrlimit};
use subject::probe::NoProbe;
use subject::protocol::Reported;
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<Sticky> = GroundTruth::new(Sticky);

/// Whether an allocation is to be leaked.
static LEAKS: AtomicBool = AtomicBool::new(false);

/// Whether allocating waits for ever, as under a tracker that deadlocks.
static STUCK: AtomicBool = AtomicBool::new(false);

/// In which allocation from now on it pauses; 0 for never.
static PAUSES_IN: AtomicU32 = AtomicU32::new(0);

/// How long it pauses.
const PAUSE: Duration = Duration::from_millis(20);

/// The system's allocator, until it is stuck.
struct Sticky;

// SAFETY: every call is forwarded unchanged to the system's allocator, or never returns.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Sticky {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        while STUCK.load(Relaxed) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let left = PAUSES_IN.load(Relaxed);
        if left > 0 && PAUSES_IN.fetch_sub(1, Relaxed) == 1 {
            std::thread::sleep(PAUSE);
        }
        // SAFETY: the caller's contract is passed on unchanged.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Does something when a server has been at work for a while.
fn later(what: impl FnOnce() + Send + 'static) {
    std::thread::spawn(|| {
        std::thread::sleep(Duration::from_millis(300));
        what();
    });
}

struct Fake {
    mode: &'static str,
}

impl Tracker for Fake {
    type Probe = NoProbe;
    const NAME: &'static str = "fake";
    const MODES: &'static [&'static str] = &[
        "right",
        "panic",
        "refuse",
        "abort",
        "exit",
        "hang",
        "hog",
        "garble",
        "cut-off",
        "babble",
        "late-crash",
        "readout",
        "report",
        "chatter",
        "linger",
        "leak",
        "killed-later",
        "stuck-later",
        "pauses",
        "orphan",
        "unmarked",
        "holder",
        "family",
        "endless",
        "binary",
        "overflow",
        "late-flood",
        "late-hog",
        "deaf",
        "bomb",
        "late-deadlock",
        "processor-limit",
        "memory-limit",
        "full-disk",
        "homeless",
        "foreign",
        "hush",
    ];

    /// Called when the reply is made, by code that is not the tracker's: what is leaked here is the
    /// program's.
    fn version() -> &'static str {
        if LEAKS.load(Relaxed) || std::env::var_os("FAKE_LEAK").is_some() {
            std::mem::forget(std::hint::black_box(Box::new([1_u8; 48])));
        }
        "0.0.1-fake"
    }

    fn init(mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        match mode {
            "panic" => panic!("the fake tracker panics while it is initialised"),
            "refuse" => return Err("the fake tracker does not want to".into()),
            "abort" => std::process::abort(),
            "exit" => std::process::exit(7),
            "hang" => std::thread::sleep(Duration::from_secs(3600)),
            "hog" => hog(),
            // In a session of its own, behind a shell that ends at once.
            "orphan" => shell("(setsid sleep 31557 &) ; exit 0"),
            // Without anything in its environment that tells whose it is.
            "unmarked" => shell("(env -i setsid sleep 31559 &) ; exit 0"),
            // What it starts holds its end of the channel.
            "holder" => {
                start("sleep 31558", Stdio::from(std::io::stdin().as_fd().try_clone_to_owned()?));
                std::process::exit(7);
            }
            // Without the end of a line `tail` keeps all that it reads.
            "family" => shell("head -c 900000000 /dev/zero | tail"),
            "endless" => loop {
                answer(&[b'x'; 1 << 16]);
            },
            "binary" => answer(b"\xff\xfe\n"),
            "overflow" => {
                std::hint::black_box(deeper(0));
            }
            "deaf" | "bomb" | "processor-limit" | "memory-limit" | "full-disk" | "homeless"
            | "hush" => misbehave(mode)?,
            "foreign" => answer(b"{\"reply\":{\"protocol\":99}}\n"),
            "garble" => answer(b"this is no message\n"),
            "cut-off" => {
                answer(b"{\"reply\":{\"protocol\":1,");
                std::process::exit(0);
            }
            "babble" => babble(),
            "leak" => LEAKS.store(true, Relaxed),
            // By now a server is at work.
            "killed-later" => later(|| {
                let myself = nix::unistd::Pid::this();
                let _ = nix::sys::signal::kill(myself, nix::sys::signal::Signal::SIGKILL);
            }),
            // While the workload runs: there are some hundred allocations before.
            "pauses" => PAUSES_IN.store(1_000, Relaxed),
            "stuck-later" => later(|| STUCK.store(true, Relaxed)),
            // What trackers print must not disturb the reply.
            "chatter" => println!("{{\"reply\":\"not on this channel\"}}"),
            _ => {}
        }
        Ok(Self { mode })
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    fn reported(&self) -> Result<Reported, TrackerError> {
        match self.mode {
            "readout" => Err("the fake tracker has lost its figures".into()),
            "late-crash" => {
                std::thread::spawn(|| {
                    // Long enough for the reply to be sent before.
                    std::thread::sleep(Duration::from_millis(300));
                    std::process::abort();
                });
                struct Slow;
                impl Drop for Slow {
                    fn drop(&mut self) {
                        std::thread::sleep(Duration::from_secs(30));
                    }
                }
                at_exit(Slow);
                Ok(Reported::default())
            }
            "late-flood" => {
                at_exit(Last(babble));
                Ok(Reported::default())
            }
            "late-deadlock" => {
                at_exit(Last(|| {
                    STUCK.store(true, Relaxed);
                    std::hint::black_box(Box::new(1));
                }));
                Ok(Reported::default())
            }
            "late-hog" => {
                at_exit(Last(hog));
                Ok(Reported::default())
            }
            "linger" => {
                struct Forever;
                impl Drop for Forever {
                    fn drop(&mut self) {
                        std::thread::sleep(Duration::from_secs(3600));
                    }
                }
                at_exit(Forever);
                Ok(Reported::default())
            }
            _ => Ok(Reported::default()),
        }
    }

    fn write_report(self, _folder: &Path) -> Result<(), TrackerError> {
        match self.mode {
            "report" => std::process::abort(),
            _ => Ok(()),
        }
    }
}

/// Does what the system lets it do to itself.
fn misbehave(mode: &str) -> Result<(), TrackerError> {
    match mode {
        "deaf" => {
            let all = nix::sys::signal::SigSet::all();
            assert!(all.thread_block().is_ok(), "signals can be blocked");
            std::thread::sleep(Duration::from_secs(3600));
        }
        // A bounded one: some two hundred processes.
        "bomb" => shell(
            "bomb() { sleep 31559 & [ $1 = 0 ] || { bomb $(($1-1)) & bomb $(($1-1)) & }; }; bomb 6",
        ),
        "processor-limit" => {
            limit(Resource::RLIMIT_CPU, 1);
            loop {
                std::hint::spin_loop();
            }
        }
        "memory-limit" => {
            limit(Resource::RLIMIT_AS, 64 << 20);
            hog();
        }
        "full-disk" => {
            let full = std::fs::File::options().write(true).open("/dev/full")?;
            nix::unistd::dup2_stdout(full)?;
            for _ in 0..1_000 {
                println!("a tracker's line");
            }
        }
        // Its own, and what lies in it.
        "homeless" => std::fs::remove_dir_all(std::env::current_dir()?)?,
        // All that it did not open, as a daemon does.
        "hush" => {
            nix::unistd::dup2_stdin(std::fs::File::open("/dev/null")?)?;
            for descriptor in 3..64 {
                let _ = nix::unistd::close(descriptor);
            }
        }
        _ => unreachable!("all are above"),
    }
    Ok(())
}

/// Does something for the last time.
struct Last(fn());

impl Drop for Last {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn babble() {
    // Until nobody takes it any more.
    while std::io::stdout().write_all(&[b'x'; 1 << 16]).is_ok() {}
}

fn hog() {
    let mut hoard = Vec::new();
    loop {
        hoard.push(vec![1_u8; 16 << 20]);
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Lowers a limit of this process.
fn limit(resource: Resource, to: u64) {
    assert!(setrlimit(resource, to, to).is_ok(), "a limit can be lowered");
}

/// Recurses until the stack ends.
fn deeper(depth: u64) -> u64 {
    let room = std::hint::black_box([depth; 512]);
    if depth == u64::MAX { 0 } else { deeper(depth + 1) + room[(depth % 512) as usize] }
}

fn shell(script: &str) {
    let ended = Command::new("sh").args(["-c", script]).stdin(Stdio::null()).status();
    assert!(ended.is_ok(), "there is a shell");
}

/// Starts a command and does not wait for it.
fn start(command: &str, stdin: Stdio) {
    let started = Command::new("sh").args(["-c", &format!("exec {command}")]).stdin(stdin).spawn();
    assert!(started.is_ok(), "there is a shell");
}

/// Writes to the runner's channel, past the protocol.
fn answer(bytes: &[u8]) {
    let channel =
        std::io::stdin().as_fd().try_clone_to_owned().map(std::os::unix::net::UnixStream::from);
    let sent = channel.and_then(|mut channel| channel.write_all(bytes));
    assert!(sent.is_ok(), "the runner listens");
}

/// Has something dropped when the main thread ends, after the reply.
fn at_exit<T: 'static>(value: T) {
    use std::any::Any;
    use std::cell::RefCell;
    thread_local! {
        static KEPT: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
    }
    KEPT.with_borrow_mut(|kept| kept.push(Box::new(value)));
}

subject::main!(Fake);
