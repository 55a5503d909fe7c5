//! Bringing a service to a state: which commands, in which order, and what their answers mean. It
//! runs nothing and has no clock.

use super::manager::{Manager, Refusal, State};
use crate::system::{Captured, CommandLine};

/// Where it is to be brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Started.
    Running,
    /// Not started.
    Stopped,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Run this, and come back with the answer.
    Run(CommandLine),
    /// Wait a little, and come back.
    Wait,
    /// It is where it should be; whether it was so from the beginning.
    Reached {
        /// Nothing was ordered.
        was_there: bool,
    },
    /// It will not get there.
    Failed(Refusal),
}

/// What the last turn asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Nothing,
    State,
    Order,
}

/// One change of a service's state.
#[derive(Debug)]
pub struct Change {
    manager: Manager,
    goal: Goal,
    asked: Asked,
    was_ordered: bool,
    /// Why the state could not be told the last time.
    unclear: Option<String>,
}

impl Change {
    /// Brings a service to its goal.
    pub fn new(manager: Manager, goal: Goal) -> Self {
        Self { manager, goal, asked: Asked::Nothing, was_ordered: false, unclear: None }
    }

    /// The next turn, from the answer to the command of the last; `time_is_up` ends the waiting.
    pub fn next(&mut self, answer: Option<&Captured>, time_is_up: bool) -> Turn {
        match (self.asked, answer) {
            (Asked::State, Some(answer)) => {
                let state = self.manager.state(answer);
                self.on_state(state, time_is_up)
            }
            (Asked::Order, Some(answer)) => match self.manager.ordered(answer) {
                Ok(()) => self.ask(),
                Err(refusal) => Turn::Failed(refusal),
            },
            _ => self.ask(),
        }
    }

    /// Whether the service was touched.
    pub fn was_ordered(&self) -> bool {
        self.was_ordered
    }

    fn ask(&mut self) -> Turn {
        self.asked = Asked::State;
        Turn::Run(self.manager.query())
    }

    fn on_state(&mut self, state: Result<State, String>, time_is_up: bool) -> Turn {
        self.asked = Asked::Nothing;
        let opposite = match (self.goal, &state) {
            (Goal::Running, Ok(State::Running)) | (Goal::Stopped, Ok(State::Stopped)) => {
                return Turn::Reached { was_there: !self.was_ordered };
            }
            (_, Ok(State::NotInstalled)) => return Turn::Failed(Refusal::NotInstalled),
            (Goal::Running, Ok(State::Stopped)) | (Goal::Stopped, Ok(State::Running | State::Paused)) => true,
            _ => false,
        };
        self.unclear = state.err();
        // What cannot be read is not stopped; started it is all the same, which does no harm.
        let opposite = opposite || (self.unclear.is_some() && self.goal == Goal::Running);
        let is_dark = self.unclear.is_some() && self.goal == Goal::Stopped && !self.was_ordered;
        if time_is_up || is_dark {
            let why = self.unclear.take().unwrap_or_else(|| "the service does not get there in time".into());
            return Turn::Failed(Refusal::Other(why));
        }
        if opposite && !self.was_ordered {
            self.was_ordered = true;
            self.asked = Asked::Order;
            return Turn::Run(match self.goal {
                Goal::Running => self.manager.start(),
                Goal::Stopped => self.manager.stop(),
            });
        }
        // On its way, in either direction, or hard to read.
        Turn::Wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Captured {
        Captured::Ran { status: Some(0), stdout: text.into(), stderr: String::new() }
    }

    fn state(number: u8) -> Captured {
        said(&format!("TYP : 10\r\nSTATUS : {number}\r\n"))
    }

    /// Plays the answers; which commands were run, and how it ended.
    fn play(goal: Goal, answers: &[Captured]) -> (Vec<String>, Turn) {
        let mut change = Change::new(Manager::Windows, goal);
        let mut answers = answers.iter();
        let (mut ran, mut answer) = (Vec::new(), None);
        loop {
            let rest = answers.len();
            match change.next(answer.take(), rest == 0) {
                Turn::Run(line) => {
                    ran.push(line.arguments[0].clone());
                    answer = answers.next();
                    assert!(answer.is_some(), "more commands than answers: {ran:?}");
                }
                Turn::Wait => {}
                end => return (ran, end),
            }
        }
    }

    #[test]
    fn it_is_stopped_once_and_watched_until_it_is_down() {
        let (ran, end) = play(Goal::Stopped, &[state(4), said(""), state(3), state(3), state(1)]);
        assert_eq!(ran, ["queryex", "stop", "queryex", "queryex", "queryex"]);
        assert_eq!(end, Turn::Reached { was_there: false });
    }

    #[test]
    fn what_is_there_already_is_left_alone() {
        assert_eq!(
            play(Goal::Stopped, &[state(1)]),
            (vec!["queryex".into()], Turn::Reached { was_there: true })
        );
        assert_eq!(play(Goal::Running, &[state(4)]).1, Turn::Reached { was_there: true });
    }

    #[test]
    fn one_on_its_way_is_awaited_before_it_is_ordered_back() {
        let (ran, end) = play(Goal::Running, &[state(3), state(1), said(""), state(2), state(4)]);
        assert_eq!(ran, ["queryex", "queryex", "start", "queryex", "queryex"]);
        assert_eq!(end, Turn::Reached { was_there: false });
    }

    #[test]
    fn refusals_and_hanging_services_end_it() {
        let denied = Captured::Ran {
            status: Some(5),
            stdout: "[SC] ControlService FEHLER 5:\n".into(),
            stderr: String::new(),
        };
        assert_eq!(play(Goal::Stopped, &[state(4), denied]).1, Turn::Failed(Refusal::NoRights));
        let absent = Captured::Ran { status: Some(1060), stdout: String::new(), stderr: String::new() };
        assert_eq!(play(Goal::Stopped, &[absent]).1, Turn::Failed(Refusal::NotInstalled));
        let hangs = play(Goal::Stopped, &[state(4), said(""), state(3), state(3)]).1;
        assert!(matches!(hangs, Turn::Failed(Refusal::Other(_))), "{hangs:?}");
        let started = play(Goal::Running, &[Captured::TimedOut, said(""), state(4)]);
        assert_eq!(started.0, ["queryex", "start", "queryex"]);
        let (ran, silent) = play(Goal::Stopped, &[Captured::NotFound, Captured::NotFound]);
        assert_eq!(ran, ["queryex"], "it was waited for");
        assert!(
            matches!(&silent, Turn::Failed(Refusal::Other(why)) if why.contains("not on this system")),
            "{silent:?}"
        );
    }
}
