//! Progress lines for people, sent while a workload works.
//!
//! Off unless the job asks for them; then they must not disturb what is measured or counted, so a
//! line is formatted on the stack and written straight to the channel: no allocation, no lock.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;

static CHANNEL: OnceLock<UnixStream> = OnceLock::new();

/// Turns progress on for the rest of the process.
pub(crate) fn enable(channel: UnixStream) {
    // A second call changes nothing: there is one channel.
    let _ = CHANNEL.set(channel);
}

/// Sends a line of progress, if the job asked for it. Use [`progress!`](crate::progress!).
#[inline]
pub fn emit(line: fmt::Arguments<'_>) {
    if let Some(channel) = CHANNEL.get() {
        send(channel, line);
    }
}

#[cold]
fn send(mut channel: &UnixStream, line: fmt::Arguments<'_>) {
    let mut text = Line { bytes: [0; 512], used: 0 };
    // Lines are short, plain text of our own; one that would not fit is cut.
    let _ = text.write_str(r#"{"progress":""#);
    let _ = text.write_fmt(line);
    let _ = text.write_str("\"}\n");
    // If nobody listens any more, the work still has to be finished.
    let _ = channel.write_all(&text.bytes[..text.used]);
}

struct Line {
    bytes: [u8; 512],
    used: usize,
}

impl fmt::Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // Three bytes are kept for the end of the message.
        let end = self.bytes.len() - if text == "\"}\n" { 0 } else { 3 };
        let room = end.saturating_sub(self.used).min(text.len());
        self.bytes[self.used..self.used + room].copy_from_slice(&text.as_bytes()[..room]);
        self.used += room;
        Ok(())
    }
}

/// Sends a line of progress, if the job asked for it; takes what `format!` takes. The text must
/// need no escaping in JSON.
#[macro_export]
macro_rules! progress {
    ($($argument:tt)*) => {
        $crate::progress::emit(format_args!($($argument)*))
    };
}
