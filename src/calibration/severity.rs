//! What follows from a problem with a repeat.

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It is said, and the repeat counts.
    Warning,
    /// The repeat does not count unless the operator says so.
    Refusal,
}
