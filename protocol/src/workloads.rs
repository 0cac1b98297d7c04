//! The facts of the workloads: all that is known of one without running it. Their code is the crate
//! `memscope-bench-subject`'s, a file each.

/// A workload.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// Its name on the command line and in records: `basic-structures`.
    pub name: &'static str,
    /// Its title in reports and in the stress test's progress: `Basic Data Structure Stress Test`.
    pub title: &'static str,
    /// One sentence: what it does, at its size at scale 1.0.
    pub summary: &'static str,
    /// Where it comes from.
    pub kind: Kind,
    /// What it runs on.
    pub setup: Setup,
    /// Whether allocations that are never freed are part of it.
    pub leaks_on_purpose: bool,
    /// Its outer loops: the count of each at scale 1.0, which is what the scale multiplies, and how many
    /// rounds each iteration has. A round is what the workload announces with `Probe::round`.
    pub rounds: &'static [(u32, u32)],
}

impl Workload {
    /// Whether two runs at one seed make the same allocations, to the event. Threads that race for a
    /// queue or a lock make this untrue.
    pub fn is_deterministic(&self) -> bool {
        self.setup == Setup::Plain
    }

    /// Rounds at a scale, all loops together: at least one.
    pub fn rounds_at(&self, scale: f64) -> u64 {
        let rounds =
            self.rounds.iter().map(|&(count, each)| scaled(count, scale) as u64 * u64::from(each));
        rounds.sum::<u64>().max(1)
    }

    /// What a client outside has to do, for a server.
    pub fn traffic(&self) -> Option<Traffic> {
        match self.setup {
            Setup::Server(traffic) => Some(traffic),
            _ => None,
        }
    }

    /// Its kind and name, as Criterion has it and as patterns may: `phase/basic-structures`.
    pub fn path(&self) -> String {
        format!("{}/{}", self.kind.word(), self.name)
    }
}

/// Where a workload comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A phase of the memscope stress test, by its number from 1.
    Phase(u8),
    /// A stability scenario of the Nodepp suite, by its number from 9: they follow the phases.
    Scenario(u8),
    /// One of this project's own.
    Own,
}

impl Setup {
    /// Whether as many threads do the work as one asks for.
    pub fn has_workers(self) -> bool {
        matches!(self, Self::Runtime | Self::Pool)
    }
}

impl Kind {
    /// With its number: `phase 3`.
    pub fn numbered(self) -> String {
        match self {
            Self::Phase(number) | Self::Scenario(number) => format!("{} {number}", self.word()),
            Self::Own => self.word().to_owned(),
        }
    }

    /// In one word, as Criterion's groups begin with it: `phase/basic-structures`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Phase(_) => "phase",
            Self::Scenario(_) => "scenario",
            Self::Own => "own",
        }
    }
}

/// What a workload runs on. It is set up outside the measured region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// The main thread alone.
    Plain,
    /// Threads that it starts and joins itself.
    Threads,
    /// A multi-threaded tokio runtime.
    Runtime,
    /// A rayon thread pool.
    Pool,
    /// A multi-threaded tokio runtime with sockets, and a client outside.
    Server(Traffic),
}

/// What a client does to a server, and what it expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// Requests that are all answered with [`PAGE`].
    Answered,
    /// Requests that all meet a connection which is closed or reset.
    Broken,
}

/// The page that `http-longevity` answers with.
pub const PAGE: &str = "<h1>Hello, World!</h1>";

/// Connections that a server scenario is to serve at scale 1.0, as in the published suite.
pub const CONNECTIONS: u32 = 100_000;

/// Connections that are open at a time, at most, as in the published suite.
pub const CONCURRENT: usize = 1_000;

/// An outer count of the published suite at a scale: rounded up, at least 1.
pub fn scaled(count: u32, scale: f64) -> usize {
    // The subtraction keeps 0.07 × 100 = 7.000000000000001 from becoming 8.
    ((f64::from(count) * scale - 1e-9).ceil() as usize).max(1)
}

/// Looks a workload up by its exact name.
pub fn find(name: &str) -> Option<&'static Workload> {
    ALL.iter().find(|workload| workload.name == name)
}

/// The place of a workload in [`ALL`], by which tables are sorted; those that are unknown come last.
pub fn place(name: &str) -> usize {
    ALL.iter().position(|workload| workload.name == name).unwrap_or(ALL.len())
}

/// Every workload, in the order of the published suites.
pub const ALL: &[Workload] = &[
    Workload {
        name: "basic-structures",
        title: "Basic Data Structure Stress Test",
        summary: "1,000 vectors of 100 to 1,099 numbers, 50 batches of 200 strings, and 100 boxed maps of \
              50 maps of 20 vectors of 10 strings.",
        kind: Kind::Phase(1),
        setup: Setup::Plain,
        leaks_on_purpose: false,
        rounds: &[(1_000, 1), (50, 1), (100, 1)],
    },
    Workload {
        name: "nested-structures",
        title: "Complex Nested Structure Test",
        summary: "50 boxed B-trees of 20 shared, locked queues of 10 boxed maps of 15 vectors of 8 strings, \
              and 20 trees of 781 nodes with 20 strings each.",
        kind: Kind::Phase(2),
        setup: Setup::Plain,
        leaks_on_purpose: false,
        rounds: &[(50, 1), (20, 1)],
    },
    Workload {
        name: "concurrent-tasks",
        title: "Concurrent Memory Operations Test",
        summary: "100 tasks of 50 iterations, each inserting 1,000 bytes into one shared map and building 20 \
              vectors of 30 strings.",
        kind: Kind::Phase(3),
        setup: Setup::Runtime,
        leaks_on_purpose: false,
        rounds: &[(100, 50)],
    },
    Workload {
        name: "data-processing",
        title: "Large Scale Data Processing Test",
        summary: "1,000 rows of 2,000 numbers, 500 batches of 5,000 numbers in parallel, and 20 managers of \
              100 users with 10 posts each.",
        kind: Kind::Phase(4),
        setup: Setup::Pool,
        leaks_on_purpose: false,
        rounds: &[(1_000, 1), (500, 1), (20, 1)],
    },
    Workload {
        name: "fragmentation",
        title: "Memory Fragmentation Test",
        summary: "100 cycles of five random chunks of 10 to 50,000 bytes with the oldest dropped in between, \
              then 200 rounds of a small vector, a string and a boxed map of 50 vectors.",
        kind: Kind::Phase(5),
        setup: Setup::Plain,
        leaks_on_purpose: false,
        rounds: &[(100, 1), (200, 1)],
    },
    Workload {
        name: "reference-cycles",
        title: "Circular Reference Stress Test",
        summary: "50 trees of 20 reference-counted nodes with 50 strings each, linked at random; those on \
              cycles leak, on purpose.",
        kind: Kind::Phase(6),
        setup: Setup::Plain,
        leaks_on_purpose: true,
        rounds: &[(50, 1)],
    },
    Workload {
        name: "mixed-workload",
        title: "Mixed Workload Simulation",
        summary: "A database of 500 records built 100 times, a cache that takes 200 entries and holds 100, \
              and 50 batches of 100 messages, all at once.",
        kind: Kind::Phase(7),
        setup: Setup::Runtime,
        leaks_on_purpose: false,
        rounds: &[(100, 1), (200, 1), (50, 1)],
    },
    Workload {
        name: "leak-detection",
        title: "Memory Leak Detection Test",
        summary: "100 iterations of 1,000 vectors of 50 strings, then 100 boxed vectors of 50 shared strings, \
              and now and then 50 buffers of 10,000 bytes; nothing leaks.",
        kind: Kind::Phase(8),
        setup: Setup::Plain,
        leaks_on_purpose: false,
        rounds: &[(100, 1)],
    },
    Workload {
        name: "http-longevity",
        title: "Atomic Longevity",
        summary: "An HTTP server answers 100,000 requests, 1,000 at a time, each on a connection of its own.",
        kind: Kind::Scenario(9),
        setup: Setup::Server(Traffic::Answered),
        leaks_on_purpose: false,
        rounds: &[(CONNECTIONS, 1)],
    },
    Workload {
        name: "rapid-lifecycle",
        title: "Rapid Lifecycle",
        summary: "1,000,000 times a shared integer, an event emitter, and a listener that holds the integer.",
        kind: Kind::Scenario(10),
        setup: Setup::Plain,
        leaks_on_purpose: false,
        rounds: &[(1_000_000, 1)],
    },
    Workload {
        name: "broken-pipe",
        title: "Broken Pipe",
        summary: "A server drops 100,000 connections, 1,000 at a time, unread; its clients meet resets and \
              broken pipes.",
        kind: Kind::Scenario(11),
        setup: Setup::Server(Traffic::Broken),
        leaks_on_purpose: false,
        rounds: &[(CONNECTIONS, 1)],
    },
    Workload {
        name: "worker-channel",
        title: "Worker and Channel Integrity",
        summary: "One thread sends 100,000 formatted messages through a channel to 2 workers, which take, \
              read and drop them.",
        kind: Kind::Scenario(12),
        setup: Setup::Threads,
        leaks_on_purpose: false,
        rounds: &[(100_000, 1)],
    },
    Workload {
        name: "planted-leaks",
        title: "Planted Leaks",
        summary: "100 rounds that each leak 13 allocations of known sizes in four ways, now and then a thread's \
              buffer too, amid 200 vectors and strings that do not leak.",
        kind: Kind::Own,
        setup: Setup::Threads,
        leaks_on_purpose: true,
        rounds: &[(100, 1)],
    },
    Workload {
        name: "known-sites",
        title: "Known Sites",
        summary: "100 rounds of five functions that each make allocations of one size for one type of variable; \
              their numbers are known beforehand.",
        kind: Kind::Own,
        setup: Setup::Plain,
        leaks_on_purpose: false,
        rounds: &[(100, 1)],
    },
    Workload {
        name: "reallocations",
        title: "Reallocations",
        summary: "20,000 rounds of a small vector that grows three times and shrinks once, a large one that grows \
              once, and one of zeros: how does a tracker count that, and does its allocator copy?",
        kind: Kind::Own,
        setup: Setup::Plain,
        leaks_on_purpose: false,
        rounds: &[(20_000, 1)],
    },
    Workload {
        name: "one-stack",
        title: "One Stack",
        summary: "33,554,432 allocations of 16 bytes and 16 of 32 MiB, all from one call stack, which stay: is an \
              estimate biased where sizes differ?",
        kind: Kind::Own,
        setup: Setup::Plain,
        leaks_on_purpose: true,
        rounds: &[(512, 1)],
    },
    Workload {
        name: "live-set",
        title: "Live Set",
        summary: "A million live allocations of 16 to 128 bytes, a million times one of them replaced: what does it \
              cost to have more alive?",
        kind: Kind::Own,
        setup: Setup::Plain,
        leaks_on_purpose: false,
        rounds: &[(1_000, 1)],
    },
    Workload {
        name: "event-rate",
        title: "Event Rate",
        summary: "The same work in a fifth of a second, amid a million allocations: what does it cost to allocate \
              more often?",
        kind: Kind::Own,
        setup: Setup::Plain,
        leaks_on_purpose: false,
        rounds: &[(1_000, 1)],
    },
];

/// A function of `known-sites` that allocates, and what it does in each round. All that the workload
/// allocates is allocated by these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownSite {
    /// The function's name.
    pub function: &'static str,
    /// The container of the variables that it hands to the tracker.
    pub container: &'static str,
    /// Allocations in a round; each is one variable's.
    pub allocations: u64,
    /// Bytes in each.
    pub bytes: u64,
    /// Of these, the bytes of the reference counts that stand before the value.
    pub counts: u64,
}

/// The sites of `known-sites`, in their order.
pub const KNOWN_SITES: [KnownSite; 5] = [
    KnownSite {
        function: "site_of_vectors",
        container: "Vec",
        allocations: 40,
        bytes: 160,
        counts: 0,
    },
    KnownSite {
        function: "site_of_strings",
        container: "String",
        allocations: 25,
        bytes: 80,
        counts: 0,
    },
    KnownSite {
        function: "site_of_boxes",
        container: "Box",
        allocations: 10,
        bytes: 1_024,
        counts: 0,
    },
    // Two counts of eight bytes stand before the value.
    KnownSite { function: "site_of_rcs", container: "Rc", allocations: 15, bytes: 64, counts: 16 },
    KnownSite {
        function: "site_of_arcs",
        container: "Arc",
        allocations: 5,
        bytes: 272,
        counts: 16,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_counts_are_rounded_up() {
        for (index, workload) in ALL.iter().enumerate() {
            assert_eq!(place(workload.name), index, "{}", workload.name);
        }
        assert_eq!((scaled(100, 0.07), scaled(100, 0.071), scaled(5, 0.001)), (7, 8, 1));
    }
}
