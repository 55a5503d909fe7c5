//! What the window shows, without a window: an open recording and what the engine makes of it,
//! decided anew when a parameter changes; a source that is listened to; a config about to be
//! changed. Work is done on threads of its own, and the window only looks.

mod ask;
mod browse;
mod collection;
mod deck;
mod distribution;
mod explain;
mod filter;
mod jobs;
mod kept;
mod live;
mod means;
mod nfc;
mod onlooker;
mod problem;
mod pyramid;
mod read;
mod readers;
mod save;
mod segments;
mod sources;
mod trace;
mod transport;
mod worker;

pub use ask::Wake;
pub use browse::{Browser, Entry, Folder, completed, places};
pub use collection::{Collection, Item, Judged, Judgement, total};
pub use deck::{Compared, Decided, Deck};
pub use distribution::{Counts, Distribution};
pub use explain::{explain, explain_decision};
pub use filter::{By, Filter};
pub use jobs::{ConfigPlan, Jobs, Outcome, new_recording, present_folder, sample_recordings};
pub use kept::{Kept, remember};
pub use live::{Listening, LiveState};
pub use means::Means;
pub use nfc::NfcTrace;
pub use problem::Problem;
pub use pyramid::{FAN, Pyramid};
pub use readers::{Fix, SeenReader};
pub use save::name_of_copy;
pub use segments::{Marked, Marks, added, changed, without};
pub use sources::{Offer, Place, Scout};
pub use trace::{Gap, Series, Trace};
pub use transport::{Transport, after, before};
pub use worker::{Wanted, Workbench};
