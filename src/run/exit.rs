//! A subject's end, in words.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use nix::sys::signal::Signal;

use crate::record::Failure;

/// What an exit that should not be is called.
pub(super) fn classify(status: ExitStatus) -> (Failure, String) {
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

/// A message that has no end.
pub(super) fn cut_off(heard: &[u8]) -> String {
    let text = String::from_utf8_lossy(heard);
    format!("its reply is cut off: {:?}", excerpt(&text, 200))
}

/// The beginning of a text, for a message.
pub(super) fn excerpt(text: &str, most: usize) -> &str {
    let end = text.char_indices().map(|(at, _)| at).nth(most).unwrap_or(text.len());
    text[..end].trim_end()
}

/// The end of a text, for a message.
pub(super) fn last(text: &str, most: usize) -> &str {
    let from = text.char_indices().rev().map(|(at, _)| at).nth(most - 1).unwrap_or(0);
    &text[from..]
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
