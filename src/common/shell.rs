//! Commands as a shell reads them.

/// An argument, in quotes if a shell would read it otherwise.
pub fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=@:,".contains(c);
    if argument.chars().all(plain) { argument.to_owned() } else { format!("'{argument}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_otherwise_is_in_quotes() {
        assert_eq!(quoted("memscope-rs@0.1.2/full"), "memscope-rs@0.1.2/full");
        assert_eq!(quoted("memscope-rs@git:a#b"), "'memscope-rs@git:a#b'");
        assert_eq!(quoted("memscope-rs@0.1.*"), "'memscope-rs@0.1.*'");
    }
}
