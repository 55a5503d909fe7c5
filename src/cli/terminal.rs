//! Talking to the person and to the pipe: data on stdout, words on stderr, colour and quiet as asked.

use std::io::{self, BufRead, IsTerminal, Write};

use super::{Exit, Failure};
use crate::recording::Progress;

/// Options common to all commands.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Common options")]
pub struct Options {
    /// Say nothing on stderr but failures
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Say more on stderr
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Colour in what people read
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    color: Color,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How this run of the tool may speak.
#[derive(Debug)]
pub struct Terminal {
    quiet: bool,
    verbose: bool,
    color: Color,
}

impl Terminal {
    /// From the common options.
    pub fn new(options: &Options) -> Self {
        Self { quiet: options.quiet, verbose: options.verbose > 0, color: options.color }
    }

    /// Whether stdout gets colour.
    pub fn colors_stdout(&self) -> bool {
        self.colors(io::stdout().is_terminal())
    }

    fn colors(&self, is_terminal: bool) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        }
    }

    /// Whether a progress line may be drawn on stderr.
    pub fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// What draws the progress of reading a large file on stderr, where that is a terminal.
    pub fn progress(&self, path: &str) -> Option<Progress> {
        let path = path.to_owned();
        let mut shown = u64::MAX;
        self.shows_progress().then(|| -> Progress {
            Box::new(move |read, size| {
                let percent = read.saturating_mul(100) / size.max(1);
                if percent != shown {
                    shown = percent;
                    let mut err = io::stderr().lock();
                    let line =
                        if percent < 100 { format!("\r{path}: {percent} %") } else { "\r\x1b[K".into() };
                    // A closed stderr leaves nobody to tell.
                    let _ = err.write_all(line.as_bytes()).and_then(|()| err.flush());
                }
            })
        })
    }

    /// A line for the person, unless quiet.
    pub fn note(&self, text: impl AsRef<str>) {
        if !self.quiet {
            self.say("", "", text.as_ref());
        }
    }

    /// A line for the person who asked for more with `-v`.
    pub fn detail(&self, text: impl AsRef<str>) {
        if self.verbose {
            self.note(text);
        }
    }

    /// Whether nothing but failures is said.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether more is said with `-v`.
    pub fn is_verbose(&self) -> bool {
        self.verbose && !self.quiet
    }

    /// Something that may surprise, unless quiet.
    pub fn warn(&self, text: impl AsRef<str>) {
        if !self.quiet {
            self.say("warning: ", "33", text.as_ref());
        }
    }

    /// What was checked and did not hold; shown even when quiet.
    pub fn did_not_hold(&self, text: impl AsRef<str>) {
        self.say("", "", text.as_ref());
    }

    /// What ended a command or one of its inputs, with the remedy; shown even when quiet.
    pub fn failure(&self, failure: &Failure) {
        if failure.exit == Exit::Done {
            return;
        }
        self.say("error: ", "31", &failure.what);
        if let Some(remedy) = &failure.remedy {
            self.say("  try: ", "36", remedy);
        }
    }

    fn say(&self, prefix: &str, ansi: &str, text: &str) {
        let mut err = io::stderr().lock();
        // A closed stderr leaves nobody to tell.
        let _ = if self.colors(io::stderr().is_terminal()) && !prefix.is_empty() {
            writeln!(err, "\x1b[1;{ansi}m{prefix}\x1b[0m{text}")
        } else {
            writeln!(err, "{prefix}{text}")
        };
    }

    /// Whether a person can be asked.
    pub fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Whether there is a person at a terminal who says yes to this.
    pub fn agrees(&self, question: &str) -> bool {
        if !self.can_ask() {
            return false;
        }
        let mut err = io::stderr();
        let mut answer = String::new();
        let asked = write!(err, "{question} [y/N] ").and_then(|()| err.flush());
        let heard = asked.and_then(|()| io::stdin().lock().read_line(&mut answer));
        heard.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
    }

    /// Writes data to stdout in one go.
    pub fn print_bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        out.write_all(bytes).and_then(|()| out.flush()).map_err(stdout_failed)
    }

    /// Writes text to stdout in one go.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        self.print_bytes(text.as_bytes())
    }
}

/// A reader that went away (`… | head`) is no error; anything else is.
pub fn stdout_failed(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Failure { exit: Exit::Done, what: String::new(), remedy: None },
        _ => Failure::bad_input(format!("cannot write to the standard output: {error}")),
    }
}
