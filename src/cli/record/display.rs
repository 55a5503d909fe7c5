//! What a running recording shows, written on a thread of its own: a terminal or pipe that takes
//! no more text must not hold up the recording.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::console;

/// Texts that may wait to be shown.
const WAITING: usize = 1024;

/// How long the end of a recording waits for what is still to be shown.
const CLOSE_LIMIT: Duration = Duration::from_secs(3);

enum Shown {
    /// Lines that the next ones are drawn over.
    Meter(Vec<String>),
    /// A line for people.
    Note(String),
    /// Data for stdout.
    Data(Vec<u8>),
}

/// Shows texts, and never waits.
pub(super) struct Display {
    queue: SyncSender<Shown>,
    thread: Option<JoinHandle<()>>,
    /// Notes and data that were given, and that were shown.
    given: u64,
    shown: Arc<AtomicU64>,
}

impl Display {
    /// Nothing is shown yet.
    pub(super) fn start() -> Self {
        let (queue, texts) = sync_channel(WAITING);
        let shown = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&shown);
        let thread = thread::Builder::new().name("display".into()).spawn(move || paint(&texts, &count)).ok();
        Self { queue, thread, given: 0, shown }
    }

    /// Draws these lines over those of before; left out where others still wait.
    pub(super) fn meter(&self, lines: Vec<String>) {
        let _ = self.queue.try_send(Shown::Meter(lines));
    }

    /// A line for people.
    pub(super) fn note(&mut self, text: String) {
        self.must(Shown::Note(text));
    }

    /// Data for stdout.
    pub(super) fn data(&mut self, bytes: Vec<u8>) {
        self.must(Shown::Data(bytes));
    }

    fn must(&mut self, shown: Shown) {
        self.given += 1;
        let _ = self.queue.try_send(shown);
    }

    /// Takes the meter away; how many notes and data were not shown.
    pub(super) fn close(self) -> u64 {
        drop(self.queue);
        let asked = Instant::now();
        let is_running = || self.thread.as_ref().is_some_and(|thread| !thread.is_finished());
        while is_running() && asked.elapsed() < CLOSE_LIMIT {
            thread::park_timeout(Duration::from_millis(2));
        }
        self.given.saturating_sub(self.shown.load(Ordering::Relaxed))
    }
}

fn paint(texts: &Receiver<Shown>, count: &AtomicU64) {
    let mut screen = Screen { moves_up: console::can_move_up(), drawn: Vec::new() };
    let data_hits_meter = io::stdout().is_terminal();
    // A closed stderr or stdout leaves nobody to tell.
    while let Ok(shown) = texts.recv() {
        let counts = !matches!(shown, Shown::Meter(_));
        let _ = match shown {
            Shown::Meter(lines) => screen.draw(lines),
            Shown::Note(text) => screen.draw(Vec::new()).and_then(|()| writeln!(io::stderr(), "{text}")),
            Shown::Data(bytes) => {
                if data_hits_meter {
                    let _ = screen.draw(Vec::new());
                }
                let mut out = io::stdout().lock();
                out.write_all(&bytes).and_then(|()| out.flush())
            }
        };
        count.fetch_add(u64::from(counts), Ordering::Relaxed);
    }
    let _ = screen.draw(Vec::new());
}

/// The lines at the foot of the terminal.
struct Screen {
    moves_up: bool,
    drawn: Vec<String>,
}

impl Screen {
    fn draw(&mut self, lines: Vec<String>) -> io::Result<()> {
        if lines.is_empty() && self.drawn.is_empty() {
            return Ok(());
        }
        let text = if self.moves_up { self.over(&lines) } else { self.over_one(&lines) };
        self.drawn = lines;
        let mut err = io::stderr().lock();
        err.write_all(text.as_bytes()).and_then(|()| err.flush())
    }

    /// Goes back to the first line, clears all and writes the new ones; a line that wraps could
    /// not be drawn over.
    fn over(&self, lines: &[String]) -> String {
        let mut text = "\r".to_owned();
        if self.drawn.len() > 1 {
            text += &format!("\x1b[{}A", self.drawn.len() - 1);
        }
        text += "\x1b[J";
        let fitting = console::columns() - 1;
        let cut: Vec<_> = lines.iter().map(|line| line.chars().take(fitting).collect::<String>()).collect();
        text + &cut.join("\n")
    }

    /// All in one line, for terminals that know no other.
    fn over_one(&self, lines: &[String]) -> String {
        let fitting = console::columns() - 1;
        let cut = |lines: &[String]| lines.join("  ").chars().take(fitting).collect::<String>();
        let width = cut(&self.drawn).chars().count();
        let line = cut(lines);
        format!("\r{line:width$}{}", if lines.is_empty() { "\r" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_drawn_over_those_of_before() {
        let lines = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let screen = Screen { moves_up: true, drawn: lines(&["a", "b", "c"]) };
        assert_eq!(screen.over(&lines(&["d", "e"])), "\r\x1b[2A\x1b[Jd\ne");
        assert_eq!(screen.over(&[]), "\r\x1b[2A\x1b[J");
        assert_eq!(screen.over_one(&lines(&["d", "e"])), "\rd  e   ");
        assert_eq!(screen.over_one(&[]), "\r       \r");
    }
}
