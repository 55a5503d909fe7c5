//! The Endpoint's service in the window: stopped for what needs its dongle or its reader, said as long as
//! it is stopped, and given back when nothing needs it any more.

use eframe::egui::Ui;

use crate::bench::{Came, Endpoint, Place, Standing};

use super::application::App;
use super::command::Command;
use super::look::Look;
use super::state::Dialog;
use super::symbols;

impl App {
    /// Asks this service, which stands in for the system's.
    pub fn use_endpoint(&mut self, endpoint: Endpoint) {
        self.endpoint = endpoint;
    }

    /// Has the service stopped, and carries this out then.
    pub(super) fn stop_endpoint_for(&mut self, command: Command) {
        let port = match &command {
            Command::Listen(Place::Dongle(_, port)) => Some(port.clone()),
            _ => None,
        };
        self.state.dialog = Dialog::None;
        (self.state.once_stopped, self.state.used_stopped) = (Some(command), false);
        self.endpoint.stop(port);
    }

    pub(super) fn borrow_dongle(&mut self) {
        match self.scout.offers().into_iter().find(|offer| offer.is_held) {
            Some(offer) => self.stop_endpoint_for(Command::Listen(offer.place)),
            None => self.state.said = Some("No dongle is held by another program.".into()),
        }
    }

    /// Takes note of what became of the service; what is to be done now that it is out of the way.
    pub(super) fn follow_endpoint(&mut self) -> Option<Command> {
        match self.endpoint.take_came() {
            Some(Came::OutOfTheWay) => {
                // What cannot begin all the same gives it back too.
                self.state.used_stopped = true;
                return self.state.once_stopped.take();
            }
            Some(Came::Runs) => self.state.said = Some("The Endpoint runs again.".into()),
            Some(Came::InTheWay(problem)) => {
                (self.state.once_stopped, self.state.problem) = (None, Some(problem));
            }
            Some(Came::Failed(problem)) => self.state.problem = Some(problem),
            None => {}
        }
        if self.endpoint.standing() == Standing::Stopped && self.state.once_stopped.is_none() {
            let is_used = self.listening.is_some() || self.jobs.running().is_some();
            if !is_used && self.state.used_stopped {
                self.endpoint.start();
            }
            self.state.used_stopped = is_used;
        }
        None
    }
}

/// What must not be forgotten while it is stopped.
pub fn line(ui: &mut Ui, standing: &Standing, commands: &mut Vec<Command>) {
    let look = Look::of(ui);
    let (words, is_over) = match standing {
        Standing::Alone => return,
        Standing::Stopping if cfg!(windows) => {
            ("The Endpoint is being stopped; Windows may ask for an administrator.".to_owned(), false)
        }
        Standing::Stopping => ("The Endpoint is being stopped.".to_owned(), false),
        Standing::Stopped => ("The Endpoint is stopped: no tap is detected on this terminal. It is started again when this ends.".to_owned(), true),
        Standing::Starting => ("The Endpoint is being started again.".to_owned(), false),
        Standing::LeftStopped(since) => {
            (format!("The Endpoint is stopped by tapbench since {since}, and no tap is detected on this terminal: that run was killed."), true)
        }
    };
    ui.horizontal_wrapped(|ui| {
        if is_over {
            symbols::dot(ui, look.bad);
            ui.colored_label(look.bad, words);
            if ui.small_button("Start the Endpoint again").clicked() {
                commands.push(Command::StartEndpoint);
            }
        } else {
            ui.spinner();
            ui.label(words);
        }
    });
}

/// Offers to listen to a dongle that another program holds; whether that was taken.
pub fn stop_and_listen(ui: &mut Ui, place: &Place, commands: &mut Vec<Command>) -> bool {
    let hint = "Has its service stopped: no tap is detected on this terminal until you stop listening; then it is started again";
    let is_taken = ui.button("Stop the Endpoint, and listen").on_hover_text(hint).clicked();
    if is_taken {
        commands.push(Command::StopEndpointFor(Box::new(Command::Listen(place.clone()))));
    }
    is_taken
}

/// Offers to have the service read its config anew.
pub fn restart(ui: &mut Ui, commands: &mut Vec<Command>) {
    let hint = "Stops and starts its service, which reads nbe.toml at its start; needs an administrator";
    if ui.button("Restart the Endpoint").on_hover_text(hint).clicked() {
        commands.push(Command::RestartEndpoint);
    }
}
