//! Progress of long work: a bar with the time left on a terminal, plain lines elsewhere; both on
//! standard error.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Plain lines come at most this often.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// The progress of one stage of work, counted in seconds of expected work.
pub(crate) struct Progress {
    stage: &'static str,
    bar: Option<ProgressBar>,
    begin: Instant,
    last_line: Option<Instant>,
}

impl Progress {
    /// Begins a stage.
    pub(crate) fn begin(stage: &'static str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(1000), ProgressDrawTarget::stderr());
            let template = "{prefix:>9} {bar:30.cyan} {percent:>3} %  {msg}";
            // The template is a constant, and tried by every run on a terminal.
            bar.set_style(
                ProgressStyle::with_template(template)
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar.set_prefix(stage);
            bar
        });
        Self { stage, bar, begin: Instant::now(), last_line: None }
    }

    /// Tells how far the stage is: the share done, from 0 to 1, and what comes next.
    pub(crate) fn tell(&mut self, done: f64, next: &str) {
        let done = done.clamp(0.0, 1.0);
        let left = if done > 0.0 {
            let seconds = self.begin.elapsed().as_secs_f64() * (1.0 - done) / done;
            format!("{} left", humantime::format_duration(Duration::from_secs(seconds as u64)))
        } else {
            String::new()
        };
        match &self.bar {
            Some(bar) => {
                bar.set_position((done * 1000.0) as u64);
                bar.set_message(format!("{left:<12} {next}"));
            }
            None if self.last_line.is_none_or(|last| last.elapsed() > LINE_EVERY) => {
                eprintln!("{}: {:.0} % {left}", self.stage, done * 100.0);
                self.last_line = Some(Instant::now());
            }
            None => {}
        }
    }

    /// Ends the stage.
    pub(crate) fn end(self) {
        let took = humantime::format_duration(Duration::from_secs(self.begin.elapsed().as_secs()));
        match &self.bar {
            Some(bar) => bar.finish_and_clear(),
            None => eprintln!("{}: done in {took}", self.stage),
        }
    }
}
