//! Systems that are not Linux.

/// What a subject leaves behind stays.
pub fn adopt_orphans() {}

/// The system does not tell.
pub fn thread_cpu_ns() -> Option<u64> {
    None
}

/// tokio's own timer, which counts in milliseconds.
#[derive(Debug)]
pub struct Timer;

impl Timer {
    /// A timer that is not set.
    ///
    /// # Errors
    ///
    /// None here.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    /// Waits until then.
    ///
    /// # Errors
    ///
    /// None here.
    pub async fn wait_until(&mut self, then: std::time::Instant) -> Result<(), String> {
        tokio::time::sleep_until(then.into()).await;
        Ok(())
    }
}
