//! What each command does to the state, and to the threads behind it.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{self, Context, Theme, ThemePreference};

use crate::bench::{self, ANSWERING, Case, Deck, Listening, Place, Problem, RECOMMENDING, Whom, Workbench};
use crate::drivers::Driver;
use crate::drivers::nfc::PcSc;
use crate::engine::parameters::ParameterSet;
use crate::recording::Observed;

use super::application::{App, waker};
use super::calibrate;
use super::command::{Command, Foot};
use super::open;
use super::playing;
use super::segment;
use super::state::{Dialog, Finding, Palette, State};

impl App {
    /// Carries a command out.
    pub fn carry_out(&mut self, command: Command, ctx: &Context) {
        if calibrate::disturbs(&command, self.listening.as_ref()) {
            self.state.said = Some("The calibration sets its own marks.".into());
            return;
        }
        if self.would_lose(&command) {
            return;
        }
        let before = std::mem::discriminant(&self.state.dialog);
        self.obey(command, ctx);
        let is_new = std::mem::discriminant(&self.state.dialog) != before;
        if is_new && self.state.dialog != Dialog::None {
            // What is typed next is meant for the dialog.
            ctx.memory_mut(|memory| memory.focused().map(|id| memory.surrender_focus(id)));
        }
    }

    fn obey(&mut self, command: Command, ctx: &Context) {
        match command {
            Command::AskOpen => {
                let mut shown = None;
                self.with_deck(|_, deck| shown.clone_from(&deck.path));
                open::begin(&mut self.state, shown.as_deref(), waker(ctx));
            }
            Command::GoTo(path) => {
                if let Some(command) = open::go_to(&mut self.state, &path) {
                    self.carry_out(command, ctx);
                }
            }
            Command::Open(path) => self.open(vec![path], false),
            Command::OpenAll { paths, beside } => self.open(paths, beside),
            Command::ShowRecording(path) => self.show_listed(path),
            Command::NextRecording => self.show_next(1),
            Command::RecordingBefore => self.show_next(-1),
            Command::CloseRecording(path) => {
                let next = self.collection.as_ref().and_then(|collection| collection.close(&path));
                if let Some(next) = next {
                    self.show_listed(next);
                }
            }
            Command::CancelOpening => self.cancel_opening(),
            Command::CancelJudging => {
                if let Some(collection) = &self.collection {
                    collection.cancel();
                }
            }
            Command::Listen(place) => self.listen(vec![place], None),
            Command::ListenToo(place) => {
                let before = self.listening.as_ref().filter(|listening| listening.file.is_none());
                let mut places = before.map(|listening| listening.places.clone()).unwrap_or_default();
                places.push(place);
                self.listen(places, None);
            }
            Command::StopEndpointFor(command) => self.stop_endpoint_for(*command),
            Command::BorrowDongle => self.borrow_dongle(),
            Command::StartEndpoint => self.endpoint.start(),
            Command::RestartEndpoint => self.endpoint.restart(),
            Command::Stop => {
                if let Some(listening) = &self.listening {
                    listening.stop();
                }
            }
            Command::Record => {
                let free = self.listening.as_ref().filter(|listening| listening.file.is_none());
                if let Some(places) = free.map(|listening| listening.places.clone()) {
                    self.record(places);
                }
            }
            Command::RecordInto(folder) => match bench::can_record_into(&folder) {
                Ok(()) => {
                    self.state.said = Some(format!("Recordings go to {}", folder.display()));
                    self.choose_folder(folder);
                }
                Err(problem) => self.state.problem = Some(problem),
            },
            Command::Begin(intent) => {
                self.with_session(|session| session.begin(intent));
                self.play(|state, deck| segment::retype(state, deck, intent));
            }
            Command::AddSegment => self.edit(segment::add_here),
            Command::DeleteSegment => self.edit(segment::delete),
            Command::AskSave => self.ask_save(),
            Command::Save(path) => self.save(path),
            Command::GiveUpSegments => self.give_up(ctx),
            Command::EndSegment => self.with_session(Listening::end),
            Command::Saw(Observed::Tap) if self.saw_tap_while_confirming() => {}
            Command::Saw(observed) => self.with_session(|session| session.observed(observed)),
            Command::TakeAsOne => self.take_as_one(),
            Command::FindBand => {
                self.with_session(Listening::find);
                let now_us = self.workbench.as_ref().map_or(0, Workbench::now_us);
                let finding = Finding { begin_us: now_us, came: None };
                self.state.finding = self.listening.is_some().then_some(finding);
            }
            Command::Undo => self.state.values.undo(),
            Command::Redo => self.state.values.redo(),
            Command::KeepB => self.state.values.keep_b(),
            Command::SwapB => self.state.values.swap_b(),
            Command::DropB => self.state.values.compare_with(None),
            Command::Defaults => self.state.values.replace(ParameterSet::published(self.state.dongle)),
            Command::DefaultsOf(dongle) => {
                self.state.dongle = dongle;
                self.state.values.replace(ParameterSet::published(dongle));
            }
            Command::AskLoad => {
                self.state.problem = None;
                self.state.dialog = Dialog::Load(self.state.config.path.clone());
            }
            Command::Load(path) => {
                self.state.problem = None;
                self.jobs.load(path, self.state.dongle);
            }
            Command::Recommend => self.recommend(),
            Command::TakeRecommendation => {
                if let Some(recommended) = self.state.recommended() {
                    let (values, is_foreign) =
                        (self.state.values.now().overlaid(&recommended), self.is_deck_foreign());
                    self.state.values.replace_by(values, is_foreign);
                }
            }
            Command::Symptoms => self.symptoms(),
            Command::ShowConfig => self.show_config(),
            Command::CompareConfig => self.compare_config(),
            Command::ChooseToWrite(parameter, is_written) => self.choose_to_write(parameter, is_written),
            Command::TakeFromConfig(parameter, value) => {
                self.state.values.set(parameter, value.into(), false);
                self.compare_config();
            }
            Command::WriteConfig => self.write_config(),
            Command::CopyIgel => self.copy_igel(ctx, None),
            Command::CopyIgelValue(parameter) => self.copy_igel(ctx, Some(parameter)),
            Command::CopyReport => {
                if let Some(path) = &self.state.calibrate.report {
                    ctx.copy_text(path.display().to_string());
                    self.state.said = Some("The path of the report is copied.".into());
                }
            }
            Command::Follow => self.state.view.follow(),
            Command::PlayPause => self.play(|state, deck| {
                state.transport.toggle(deck.trace.last_t_us);
                if state.transport.is_playing() {
                    state.view.play();
                }
            }),
            Command::SampleBefore => self.play(|state, deck| playing::step(state, deck, false, false)),
            Command::SampleAfter => self.play(|state, deck| playing::step(state, deck, true, false)),
            Command::EventBefore => self.play(|state, deck| playing::step(state, deck, false, true)),
            Command::EventAfter => self.play(|state, deck| playing::step(state, deck, true, true)),
            Command::Seek(t_us) => self.play(|state, deck| {
                state.transport.seek(t_us, deck.trace.last_t_us);
                state.view.reveal(state.now_us(deck));
            }),
            Command::Faster => self.state.transport.faster(),
            Command::Slower => self.state.transport.slower(),
            Command::Loop => self.play(playing::repeat),
            Command::ShowAll => self.state.transport.show_all(),
            Command::FitAll => self.with_deck(|state, deck| state.view.fit(deck)),
            Command::Show(begin_us, end_us) => self.state.view.show(begin_us, end_us),
            Command::Foot(foot) => {
                self.state.foot = Some(foot).filter(|foot| self.state.foot != Some(*foot));
            }
            Command::ReadReaders => {
                (self.state.foot, self.state.nfc.said) = (Some(Foot::Nfc), Vec::new());
                self.state.nfc.readers.clear();
                self.jobs.read_readers(bench::present_folder());
            }
            Command::AskReaderFix(at) => {
                self.state.nfc.fix = self.state.nfc.readers.get(at).and_then(|reader| reader.fix.clone());
                self.state.dialog = Dialog::ReaderFix;
            }
            Command::FixReader => {
                self.state.dialog = Dialog::None;
                if let Some(fix) = self.state.nfc.fix.take() {
                    self.jobs.mend_reader(fix);
                }
            }
            Command::MarkNfcTaps => self.mark_nfc_taps(),
            Command::ZoomIn => egui::gui_zoom::zoom_in(ctx),
            Command::ZoomOut => egui::gui_zoom::zoom_out(ctx),
            Command::ZoomReset => ctx.set_zoom_factor(1.0),
            Command::Calibration(act) => self.calibrate(act),
            Command::Theme => ctx.set_theme(match ctx.theme() {
                Theme::Dark => ThemePreference::Light,
                Theme::Light => ThemePreference::Dark,
            }),
            Command::Palette => self.state.dialog = Dialog::Palette(Palette::default()),
            Command::Help => self.state.dialog = Dialog::Help,
            Command::Close if self.state.calibrate.is_cue => self.state.calibrate.is_cue = false,
            Command::Close if self.state.dialog == Dialog::None => {
                (self.state.editing.chosen, self.state.editing.new_us) = (None, None);
            }
            Command::Close => (self.state.dialog, self.state.afterwards) = (Dialog::None, None),
            Command::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
        }
    }

    /// Asks readers through this service, which stands in for the system's.
    pub fn use_smart_cards(&mut self, smart_cards: Arc<dyn PcSc>) {
        self.jobs.smart_cards = smart_cards;
    }

    /// Listens to a driver that stands in for what is at `place`.
    pub fn listen_to(&mut self, driver: Box<dyn Driver>, place: Place, file: Option<PathBuf>) {
        self.end_listening();
        if let Some(workbench) = &self.workbench {
            match workbench.listen_to(vec![driver], vec![place], file) {
                Ok(listening) => self.listening = Some(listening),
                Err(problem) => self.state.problem = Some(problem),
            }
        }
    }

    /// Records; what is heard goes on where that cannot be.
    fn record(&mut self, places: Vec<Place>) {
        match bench::can_record_into(&self.state.folder) {
            Ok(()) => self.listen(places, Some(bench::new_recording(&self.state.folder))),
            Err(problem) => self.state.problem = Some(problem),
        }
    }

    fn listen(&mut self, places: Vec<Place>, file: Option<PathBuf>) {
        // Only what is recorded is chosen: a list can be filtered and shown whole again.
        let followed = self.listening.as_ref().map(|listening| listening.whom.clone());
        let followed = followed.filter(|whom| whom.followed.is_some() && file.is_some());
        let (whom, problem) = match (followed, self.state.filter.choice()) {
            (Some(whom), _) => (whom, None),
            (None, Ok(choice)) if file.is_some() => (Whom::of(choice), None),
            (None, Ok(_)) => (Whom::default(), None),
            (None, Err(why)) => (Whom::default(), file.is_some().then(|| Problem::new(why))),
        };
        self.listen_for(places, file, whom);
        self.state.problem = self.state.problem.take().or(problem);
    }

    /// Listens to what is listened to anew, and takes all that the filter shows for one band.
    fn take_as_one(&mut self) {
        let Some(places) = self.listening.as_ref().map(|listening| listening.places.clone()) else { return };
        match Whom::followed(&self.state.filter) {
            Ok(whom) => self.listen_for(places, None, whom),
            Err(why) => self.state.problem = Some(Problem::new(why)),
        }
    }

    fn listen_for(&mut self, places: Vec<Place>, file: Option<PathBuf>, whom: Whom) {
        self.end_listening();
        (self.state.problem, self.state.finding) = (None, None);
        (self.state.keeps_values, self.state.keeps_view) = (false, false);
        let Some(workbench) = &self.workbench else { return };
        self.state.last_place = places.first().map(Place::title);
        match workbench.listen(places, file, whom, None) {
            Ok(listening) => self.listening = Some(listening),
            Err(problem) => self.state.problem = Some(problem),
        }
    }

    fn with_session(&self, act: impl FnOnce(&Listening)) {
        if let Some(listening) = &self.listening {
            act(listening);
        }
    }

    pub(super) fn with_deck(&mut self, act: impl FnOnce(&mut State, &Deck)) {
        let Some(workbench) = &self.workbench else { return };
        if let Some(deck) = workbench.deck().as_ref() {
            act(&mut self.state, deck);
        }
    }

    /// What is still being heard is not played.
    fn play(&mut self, act: impl FnOnce(&mut State, &Deck)) {
        self.with_deck(|state, deck| {
            if !deck.is_live {
                act(state, deck);
            }
        });
    }

    /// Only what can be saved is edited.
    fn edit(&mut self, act: impl FnOnce(&mut State, &Deck)) {
        self.play(|state, deck| {
            if deck.path.is_some() {
                act(state, deck);
            }
        });
    }

    fn recommend(&mut self) {
        if self.jobs.is_busy_for(RECOMMENDING) {
            return;
        }
        let Some(workbench) = &self.workbench else { return };
        if let Some(deck) = workbench.deck().as_ref() {
            let rules = State::rules(self.state.values.now());
            self.state.recommendation = None;
            let others = self.others(&deck.trace.title);
            self.jobs.recommend((deck.generation, deck.labelled()), others, rules, self.state.dongle);
        }
    }

    fn mark_nfc_taps(&mut self) {
        self.may_take_its_place();
        let Some(workbench) = &self.workbench else { return };
        if let Some(deck) = workbench.deck().as_ref().filter(|deck| !deck.is_live) {
            self.state.nfc.said.clear();
            self.jobs.mark_nfc_taps(deck.trace.title.clone());
        }
    }

    /// Has the guide's questions answered, at once or when what is open is decided.
    pub(super) fn symptoms(&mut self) {
        if self.jobs.is_busy_for(ANSWERING) {
            return;
        }
        self.state.dialog = Dialog::Symptoms;
        self.state.answers.clear();
        self.state.is_to_answer = true;
        let Some(workbench) = &self.workbench else { return };
        if let Some(deck) = workbench.deck().as_ref()
            && let Some(decided) = &deck.decided
        {
            let others = self.others(&deck.trace.title);
            (self.state.answered_from, self.state.is_to_answer) = (1 + others.len(), false);
            let shown = (deck.generation, Case::of(deck, decided));
            self.jobs.answer(shown, others, decided.rules.clone());
        }
    }

    /// Says what could not be done, where it was asked for too.
    pub(super) fn failed(&mut self, problem: Problem) {
        if self.state.dialog == Dialog::Config {
            self.state.config.said = vec![format!("{}.", problem.what)];
            self.state.config.said.extend(problem.remedy.as_ref().map(|r| format!("What to do: {r}.")));
        }
        self.state.problem = Some(problem);
    }
}
