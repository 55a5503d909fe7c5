//! The operator's terminal while recording: single keys as they are pressed, how wide it is and
//! whether lines can be drawn over. Where stdin is no terminal there are no keys, and its end
//! means nothing.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;

/// How long at most until the keyboard's thread notices that it is to end.
const LOOK_UP: Duration = Duration::from_millis(100);

/// Columns where nobody says how many.
const COLUMNS: usize = 80;

/// Takes single keys; the terminal is again as it was once this is dropped.
#[derive(Debug)]
pub(super) struct Keyboard {
    _mode: system::Mode,
    is_over: Arc<AtomicBool>,
}

impl Keyboard {
    /// Gives each key and the instant at which it was pressed to `each`, on a thread of its own;
    /// `None` where there is no keyboard.
    pub(super) fn open(mut each: impl FnMut(char, Instant) + Send + 'static) -> Option<Self> {
        let mode = system::Mode::of_keys()?;
        let is_over = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_over);
        let thread = thread::Builder::new().name("keys".into()).spawn(move || {
            let mut keys = Vec::new();
            while !told.load(Ordering::Relaxed) && system::wait_for_keys(LOOK_UP, &mut keys) {
                let at = Instant::now();
                keys.drain(..).for_each(|key| each(key, at));
            }
        });
        thread.is_ok().then_some(Self { _mode: mode, is_over })
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

/// How many characters fit a line of stderr's terminal.
pub(super) fn columns() -> usize {
    system::columns().filter(|columns| *columns > 0).unwrap_or(COLUMNS)
}

/// Whether lines above the last can be drawn over on stderr's terminal.
pub(super) fn can_move_up() -> bool {
    system::can_move_up()
}
