//! The Nymi Bluetooth Endpoint's service, stopped while the window needs what it holds, and started again
//! for it. All of it happens on a thread of its own: Windows may ask a person first.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use jiff::Timestamp;

use crate::drivers::serial::until_free;
use crate::helper::{self, Helper};
use crate::service::{self, Manager, QUERY_LIMIT, State, marker};
use crate::system::Commands;

use super::ask::Wake;
use super::problem::Problem;

/// Wishes that may wait.
const WISHES: usize = 8;

/// How it stands with the service, as far as this program had to do with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It was left alone.
    #[default]
    Alone,
    /// It is being stopped.
    Stopping,
    /// It is stopped, until it is given back or this program ends.
    Stopped,
    /// It is being started again.
    Starting,
    /// An earlier run was killed and left it stopped; since when, in words.
    LeftStopped(String),
}

/// What came of a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// The service is out of the way.
    OutOfTheWay,
    /// It could not be got out of the way.
    InTheWay(Problem),
    /// It runs again.
    Runs,
    /// It could not be started.
    Failed(Problem),
}

enum Wish {
    /// Out of the way of this port, where it is one.
    Stop(Option<String>),
    Start,
    Restart,
}

impl Wish {
    fn failed(&self, problem: Problem) -> Came {
        match self {
            Self::Stop(_) => Came::InTheWay(problem),
            Self::Start | Self::Restart => Came::Failed(problem),
        }
    }
}

#[derive(Default)]
struct News {
    standing: Standing,
    /// In the order of the wishes; a window that stands still takes none.
    came: VecDeque<Came>,
}

/// The service, from the window's side. Dropped, it is given back.
pub struct Endpoint {
    wishes: SyncSender<Wish>,
    news: Arc<Mutex<News>>,
}

impl Endpoint {
    /// This system's; `wake` is called when there is something new.
    pub fn of_the_system(wake: Wake) -> Self {
        let program = std::env::current_exe().unwrap_or_default();
        Self::with(program, Commands::of_the_system(), marker::folders(), wake)
    }

    /// One whose manager is asked by these commands; `program` is what stops it, and `marks` are the
    /// folders in which a note of that is left.
    pub fn with(program: PathBuf, commands: Commands, marks: Vec<PathBuf>, wake: Wake) -> Self {
        let (wishes, asked) = sync_channel(WISHES);
        let news = Arc::new(Mutex::new(News::default()));
        let keeper = Keeper { program, commands, marks, news: Arc::clone(&news), wake, held: None };
        // Without a thread nobody takes the wishes, which is said then.
        drop(thread::Builder::new().name("endpoint".into()).spawn(move || keeper.work(&asked)));
        Self { wishes, news }
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        lock(&self.news).standing.clone()
    }

    /// What came of a wish, the oldest first, once.
    pub fn take_came(&self) -> Option<Came> {
        lock(&self.news).came.pop_front()
    }

    /// Has it stopped, and waits until it has let go of `port`.
    pub fn stop(&self, port: Option<String>) {
        self.wish(Wish::Stop(port));
    }

    /// Has it started again.
    pub fn start(&self) {
        self.wish(Wish::Start);
    }

    /// Has it read its config anew.
    pub fn restart(&self) {
        self.wish(Wish::Restart);
    }

    fn wish(&self, wish: Wish) {
        if let Err(TrySendError::Full(wish) | TrySendError::Disconnected(wish)) = self.wishes.try_send(wish) {
            let problem = Problem::new("the service of the Endpoint is busy with an earlier wish")
                .remedy("wait a minute, and try again");
            lock(&self.news).came.push_back(wish.failed(problem));
        }
    }
}

fn lock(news: &Mutex<News>) -> MutexGuard<'_, News> {
    news.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread.
struct Keeper {
    program: PathBuf,
    commands: Commands,
    marks: Vec<PathBuf>,
    news: Arc<Mutex<News>>,
    wake: Wake,
    held: Option<(Helper, Manager)>,
}

impl Keeper {
    fn work(mut self, asked: &Receiver<Wish>) {
        if let Some(since) = self.left_since() {
            self.stands(Standing::LeftStopped(since));
        }
        while let Ok(wish) = asked.recv() {
            let came = match &wish {
                Wish::Stop(port) => self.stop().map(|()| {
                    until_free(port.as_slice());
                    Came::OutOfTheWay
                }),
                Wish::Start => self.start().map(|()| Came::Runs),
                Wish::Restart => self.restart().map(|()| Came::Runs),
            };
            lock(&self.news).came.push_back(came.unwrap_or_else(|problem| wish.failed(problem)));
            (self.wake)();
        }
    }

    fn stands(&self, standing: Standing) {
        lock(&self.news).standing = standing;
        (self.wake)();
    }

    /// Since when an earlier run has left it stopped, where that is so.
    fn left_since(&self) -> Option<String> {
        let left = marker::left(&self.marks).filter(|left| !left.is_held)?;
        let manager = service::manager(&self.commands, QUERY_LIMIT).ok()?;
        if manager.now(&self.commands) == Ok(State::Running) {
            return None;
        }
        Some(left.marker.map_or("an earlier run".to_owned(), |marker| marker.since(Timestamp::now())))
    }

    /// A service that does not run, or is not there, is in nobody's way.
    fn stop(&mut self) -> Result<(), Problem> {
        if self.held.is_some() {
            return Ok(());
        }
        let Ok(manager) = service::manager(&self.commands, QUERY_LIMIT) else { return Ok(()) };
        match manager.now(&self.commands) {
            Ok(State::Stopped | State::NotInstalled) if self.left_since().is_none() => Ok(()),
            _ => self.hold(manager),
        }
    }

    fn hold(&mut self, manager: Manager) -> Result<(), Problem> {
        let before = std::mem::replace(&mut lock(&self.news).standing, Standing::Stopping);
        (self.wake)();
        match helper::hold(&self.program, &manager, || {}) {
            Ok(helper) => {
                self.held = Some((helper, manager));
                self.stands(Standing::Stopped);
                Ok(())
            }
            Err(error) => {
                self.stands(before);
                let what = format!("the service {} is not stopped: {error}", manager.name());
                Err(Problem::new(what).remedy(error.remedy(&manager)))
            }
        }
    }

    fn start(&mut self) -> Result<(), Problem> {
        if self.held.is_none() {
            // What an earlier run left is taken over first.
            self.hold(self.manager()?)?;
        }
        let Some((helper, manager)) = self.held.take() else { return Ok(()) };
        self.stands(Standing::Starting);
        let started = helper.give_back();
        self.stands(Standing::Alone);
        started.map_err(|why| {
            if let Some(since) = self.left_since() {
                self.stands(Standing::LeftStopped(since));
            }
            Problem::new(format!("the service {} is still stopped: {why}", manager.name()))
                .remedy(manager.start_remedy())
        })
    }

    fn restart(&mut self) -> Result<(), Problem> {
        let manager = self.manager()?;
        match manager.now(&self.commands) {
            Ok(State::NotInstalled) => Err(not_here()),
            Ok(State::Stopped) if self.held.is_none() && self.left_since().is_none() => {
                let what =
                    format!("the service {} does not run, so there is nothing to restart", manager.name());
                Err(Problem::new(what).remedy(manager.start_remedy()))
            }
            _ => self.start(),
        }
    }

    fn manager(&self) -> Result<Manager, Problem> {
        service::manager(&self.commands, QUERY_LIMIT).map_err(|_| not_here())
    }
}

fn not_here() -> Problem {
    Problem::new("the service of the Nymi Bluetooth Endpoint is not found on this computer")
        .remedy("on the terminal itself restart it, or restart the terminal; tapbench doctor says more")
}
