//! The smart-card service in a build that is without it.

use super::code::Code;
use super::service::{Connection, PcSc, Watch, Way};

/// No service.
#[derive(Clone, Copy, Debug, Default)]
pub struct Absent;

impl PcSc for Absent {
    fn watch(&self) -> Result<Box<dyn Watch>, Code> {
        Err(Code::NOT_IN_THIS_BUILD)
    }

    fn connect(&self, _: &str, _: Way) -> Result<Box<dyn Connection>, Code> {
        Err(Code::NOT_IN_THIS_BUILD)
    }
}
