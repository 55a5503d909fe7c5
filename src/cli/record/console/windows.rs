//! A Windows console. Its keys are read as events, which needs no change of its mode: nothing is
//! echoed, Ctrl-C still interrupts, and there is nothing to put back.

use std::io::{self, IsTerminal};
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, poll, read};

/// Nothing to put back.
#[derive(Debug)]
pub(super) struct Mode;

impl Mode {
    /// `None` where stdin is no console.
    pub(super) fn of_keys() -> Option<Self> {
        io::stdin().is_terminal().then_some(Self)
    }
}

/// Waits for keys, at most for `limit`; `false` when no more will come.
pub(super) fn wait_for_keys(limit: Duration, keys: &mut Vec<char>) -> bool {
    match poll(limit) {
        Ok(true) => {}
        Ok(false) => return true,
        Err(_) => return false,
    }
    let Ok(event) = read() else { return false };
    if let Event::Key(key) = event
        && key.kind == KeyEventKind::Press
        && !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
    {
        keys.extend(match key.code {
            KeyCode::Char(character) => Some(character),
            KeyCode::Enter => Some('\r'),
            KeyCode::Backspace => Some('\x08'),
            _ => None,
        });
    }
    true
}

pub(super) fn columns() -> Option<usize> {
    crossterm::terminal::size().ok().map(|(columns, _)| usize::from(columns))
}

pub(super) fn can_move_up() -> bool {
    crossterm::ansi_support::supports_ansi()
}
