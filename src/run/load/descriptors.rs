//! Room for the sockets of a load: the client's in this process, the server's in the subject, which
//! inherits the limit.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Descriptors that a process has open besides its sockets, generously.
const OTHERS: u64 = 100;

/// Raises the soft limit as far as is needed for so many connections at a time.
///
/// # Errors
///
/// In words, if the hard limit is in the way.
pub fn make_room(concurrent: usize) -> Result<(), String> {
    let needed = concurrent as u64 + OTHERS;
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)
        .map_err(|error| format!("the limit of open files cannot be read: {error}"))?;
    if soft >= needed {
        return Ok(());
    }
    let explained = format!(
        "{concurrent} connections at a time need {needed} open files; the limit is {soft} and cannot be \
         raised beyond {hard}: raise it (`ulimit -Hn {needed}` as root), or use a smaller --scale"
    );
    if hard < needed {
        return Err(explained);
    }
    setrlimit(Resource::RLIMIT_NOFILE, needed, hard).map_err(|_| explained)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_suffices_and_what_cannot_be_had_is_explained() {
        assert_eq!(make_room(1), Ok(()));
        let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        if let Some(more) = hard.checked_add(1).and_then(|more| usize::try_from(more).ok()) {
            let reason = make_room(more).unwrap_err();
            assert!(reason.contains("ulimit"), "{reason}");
        }
    }
}
