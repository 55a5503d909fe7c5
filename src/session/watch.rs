//! Whoever looks on at a session, and may act in the operator's name.

use super::operator::{Action, Said};
use crate::drivers::Row;
use crate::reading::Band;

/// Someone who looks on. Times are microseconds on the session's clock. Nothing here may wait.
pub trait Watch {
    /// A source gave a row of a band that is kept, on its way to be written.
    fn heard(&mut self, _row: &Row) {}
    /// A row was written, as `line`.
    fn row(&mut self, now_us: i64, line: &[u8]);
    /// No row before `until_us` will be written any more.
    fn quiet(&mut self, until_us: i64);
    /// The operator did something.
    fn said(&mut self, now_us: i64, said: Said);
    /// Two bands that are written under one name are heard at the same time.
    fn two_at_once(&mut self, both: (Band, Band));
    /// Time passed; at least five times a second.
    fn tick(&mut self, now_us: i64);
    /// What is to be done at `t_us` in the operator's name; asked behind each row and each tick
    /// until there is nothing.
    fn act(&mut self, _t_us: i64) -> Option<Action> {
        None
    }
}
