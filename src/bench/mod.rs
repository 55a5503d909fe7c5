//! What the window shows, without a window: an open recording and what the engine makes of it,
//! decided anew when a parameter changes; a source that is listened to; a config about to be
//! changed. Work is done on threads of its own, and the window only looks.

mod ask;
mod attention;
mod confirming;
mod deck;
mod distribution;
mod explain;
mod guide;
mod jobs;
mod kept;
mod live;
mod means;
mod onlooker;
mod problem;
mod pyramid;
mod rehearsal;
mod sign_off;
mod sources;
mod trace;
mod worker;

pub use ask::Wake;
pub use attention::{Awake, Bell};
pub use confirming::{ATTEMPTS, Confirming, new_file as new_confirmation};
pub use deck::{Compared, Decided, Deck};
pub use distribution::{Counts, Distribution};
pub use explain::{explain, explain_decision};
pub use guide::{Answer, Guidance, Guided, Meter, Seen};
pub use jobs::{ConfigPlan, Jobs, Outcome, new_recording, sample_recordings};
pub use kept::{Kept, Resumable, beside, broken_off};
pub use live::{Listening, LiveState};
pub use means::Means;
pub use problem::Problem;
pub use pyramid::Pyramid;
pub use rehearsal::{Mishap, Rehearsal};
pub use sign_off::ReportOf;
pub use sources::{Offer, Place, Scout};
pub use trace::{Gap, Series, Trace};
pub use worker::{Wanted, Workbench};
