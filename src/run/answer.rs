//! From a subject's answer to the payload of its sample.

use protocol::{Cost, FinalHeap, Part, Pass, Reply};

use super::engine::Task;
use super::helpers::Helpers;
use super::wrap::ToolFindings;
use crate::plan::procedure::Experiment;
use crate::record::{
    Audited, Failed, Failure, Instructed, LatencySample, LeakSample, Outcome, Process, Repeated,
    RepetitionEnd, Server, Soaked, Timed, TrackerReportFindings, Verified,
};

/// A subject's answer, on its way to a payload.
pub(super) struct Answered {
    pub(super) reply: Reply,
    pub(super) process: Process,
    pub(super) server: Option<Server>,
    pub(super) report: Option<TrackerReportFindings>,
    pub(super) final_heap: Option<FinalHeap>,
    pub(super) helpers: Option<Helpers>,
}

impl Answered {
    /// The payload of the sample's kind. What a tool found is the tracker's report if the tool is the
    /// tracker, and a second witness otherwise.
    pub(super) fn outcome(
        mut self,
        task: &Task<'_>,
        tool: Option<ToolFindings>,
        is_tracker: bool,
    ) -> Outcome {
        let memcheck = tool.as_ref().and_then(|tool| tool.memcheck.clone());
        if is_tracker {
            self.reply.reported = tool.as_ref().map(|tool| tool.totals.clone());
            // What a tool holds for itself cannot be seen from inside.
            self.reply.own_heap = None;
            self.process.init_ns = None;
            self.process.readout_ns = None;
        }
        let (final_heap, list) = (self.final_heap, self.reply.leaks.take());
        match (task.kind.experiment, task.kind.pass) {
            (Some(Experiment::Growth), _) => Outcome::Growth(Box::new(self.repeated())),
            (Some(Experiment::Leaks), _) => {
                Outcome::Leaks(Box::new(LeakSample { audited: self.audited(), list }))
            }
            (Some(Experiment::Verify), _) => {
                let audited = self.audited();
                Outcome::Verify(Box::new(Verified { audited, final_heap, memcheck }))
            }
            (Some(Experiment::Soak), _) => {
                let points = std::mem::take(&mut self.reply.soak);
                Outcome::Soak(Box::new(Soaked { audited: self.audited(), points }))
            }
            // The tool in front of it counts them.
            (_, Pass::Timed) if task.kind.wrapper.is_some() => self.instructed(tool),
            (Some(Experiment::Latency), _) => Outcome::Latency(Box::new(self.timed_calls())),
            (_, Pass::Timed) => Outcome::Timed(Box::new(self.timed())),
            (_, Pass::Audit) => Outcome::Audit(Box::new(self.audited())),
        }
    }

    fn cost(&self) -> Cost {
        // The harness asked for at least one workload, and an answer for others is refused.
        let cost = self.reply.parts.first().map(|part| part.cost).unwrap_or_default();
        Cost {
            helpers_cpu_ns: self.helpers.map(|helpers| helpers.cpu_ns),
            helpers_resident_bytes: self.helpers.map(|helpers| helpers.resident_bytes),
            ..cost
        }
    }

    fn instructed(self, tool: Option<ToolFindings>) -> Outcome {
        let Some((instructions, counter)) = tool.and_then(|tool| tool.instructions) else {
            let reason = "no tool counted its instructions".to_owned();
            let failure = Failure::Garbled;
            let failed = Failed { failure, reason, load: None, memcheck: None };
            return Outcome::Failed(Box::new(failed));
        };
        Outcome::Instructions(Box::new(Instructed { process: self.process, instructions, counter }))
    }

    fn timed(self) -> Timed {
        let cost = self.cost();
        let Self { reply, process, server, report, .. } = self;
        let (server, report) = (server.map(Box::new), report.map(Box::new));
        Timed { process, cost, reported: reply.reported, server, report }
    }

    fn timed_calls(self) -> LatencySample {
        let cost = self.cost();
        let part = self.reply.parts.into_iter().next();
        let latencies = part.and_then(|part| part.latencies);
        LatencySample { process: self.process, cost, latencies }
    }

    fn audited(self) -> Audited {
        let cost = self.cost();
        let Self { reply, process, server, report, .. } = self;
        let part = reply.parts.into_iter().next();
        let (work, leaked, variables) = match part {
            Some(part) => (part.truth, part.leaked, part.variables),
            None => (None, None, Vec::new()),
        };
        Audited {
            process,
            cost,
            work,
            truth: reply.truth,
            reported: reply.reported,
            own_heap: reply.own_heap,
            leaked,
            variables,
            moments: reply.moments,
            server,
            report,
        }
    }

    fn repeated(self) -> Repeated {
        let repetitions = repetition_ends(&self.reply.parts);
        Repeated { process: self.process, cost: self.cost(), repetitions }
    }
}

/// How things stood after each repetition but the last, whose resident set nobody reads.
fn repetition_ends(parts: &[Part]) -> Vec<RepetitionEnd> {
    parts
        .windows(2)
        .map(|pair| RepetitionEnd {
            own_live_bytes: pair[0].own_live_bytes,
            resident_bytes: pair[1].cost.resident_before_bytes,
            allocations: pair[0].truth.as_ref().map(|truth| truth.heap.allocations),
        })
        .collect()
}
