//! A session: sources streaming into one bounded queue, and what becomes of their rows: put in
//! order, filtered and named, and written to one recording.

mod alias;
mod bands;
mod choice;
mod keep;
mod listen;
mod merge;
mod operator;
mod order;
mod record;
mod report;
mod stream;
mod watch;

pub use alias::Alias;
pub use bands::{Bands, Listed, Listing};
pub use choice::{Choice, company};
pub use keep::Keep;
pub use listen::listen;
pub use merge::{Merge, merge};
pub use operator::{Action, Said, StepMark};
pub use record::{Plan, record};
pub use report::{Lost, Report};
pub use stream::{Hand, NotOpened, Stream, Waker};
pub use watch::Watch;

use serde_json::{Map, Value};

use crate::recording::print;

/// A row's line with other keys.
fn edited(line: &[u8], edit: impl FnOnce(Map<String, Value>) -> Map<String, Value>) -> Vec<u8> {
    match serde_json::from_slice(line) {
        Ok(Value::Object(keys)) => {
            let mut new = Vec::with_capacity(line.len() + 32);
            print::object(&mut new, &edit(keys));
            new
        }
        _ => line.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use crate::drivers::{Row, What};

    /// A row that decides nothing.
    pub(super) fn other_row(t_us: i64) -> Row {
        Row::new(t_us, What::Other, format!("{{\"t_us\":{t_us}}}\n").into_bytes())
    }

    /// A row as a replayed recording hands it over.
    pub(super) fn row(what: What, line: &str) -> Row {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        Row::new(value["t_us"].as_i64().unwrap(), what, format!("{line}\n").into_bytes())
    }
}
