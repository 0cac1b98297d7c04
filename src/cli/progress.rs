//! Progress of long work: a bar with the time left on a terminal, plain lines elsewhere; both on
//! standard error.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use memscope_bench::run::engine::Progress;

use super::tell;

/// Plain lines come at most this often.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// The progress of a procedure, stage by stage.
#[derive(Default)]
pub(crate) struct Bar {
    stage: Option<Stage>,
}

struct Stage {
    name: String,
    bar: Option<ProgressBar>,
    begin: Instant,
    last_line: Option<Instant>,
}

impl Progress for Bar {
    fn note(&mut self, words: &str) {
        tell(format_args!("note: {words}"));
    }

    fn begin(&mut self, stage: &str) {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(1000), ProgressDrawTarget::stderr());
            let template = "{prefix:>9} {bar:30.cyan} {percent:>3} %  {msg}";
            // The template is a constant, and tried by every run on a terminal.
            bar.set_style(
                ProgressStyle::with_template(template)
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar.set_prefix(stage.to_owned());
            bar
        });
        let name = stage.to_owned();
        self.stage = Some(Stage { name, bar, begin: Instant::now(), last_line: None });
    }

    fn tell(&mut self, done: f64, next: &str) {
        let Some(stage) = &mut self.stage else { return };
        let done = done.clamp(0.0, 1.0);
        let left = if done > 0.0 {
            let seconds = stage.begin.elapsed().as_secs_f64() * (1.0 - done) / done;
            format!("{} left", humantime::format_duration(Duration::from_secs(seconds as u64)))
        } else {
            String::new()
        };
        match &stage.bar {
            Some(bar) => {
                bar.set_position((done * 1000.0) as u64);
                bar.set_message(format!("{left:<12} {next}"));
            }
            None if stage.last_line.is_none_or(|last| last.elapsed() > LINE_EVERY) => {
                tell(format_args!("{}: {:.0} % {left:<12} {next}", stage.name, done * 100.0));
                stage.last_line = Some(Instant::now());
            }
            None => {}
        }
    }

    fn end(&mut self) {
        let Some(stage) = self.stage.take() else { return };
        let took = humantime::format_duration(Duration::from_secs(stage.begin.elapsed().as_secs()));
        match &stage.bar {
            Some(bar) => bar.finish_and_clear(),
            None => tell(format_args!("{}: done in {took}", stage.name)),
        }
    }
}
