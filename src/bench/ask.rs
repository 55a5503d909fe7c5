//! What is said to the bench's thread, and how it makes itself heard.

use std::path::PathBuf;
use std::sync::Arc;

use crate::reading::Band;
use crate::recording::Header;
use crate::session::{Listed, Said};

use super::kept_calibration::KeptCalibration;
use super::problem::Problem;
use super::reading::Reading;

/// Called when there is something new to see.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// What the thread is asked for.
pub(super) enum Ask {
    /// Open this recording, if it is still wanted then.
    Open(Arc<Reading>),
    /// Look again at what is wanted.
    Judge,
    /// A session's source is open.
    Began {
        /// What it is called.
        title: String,
        /// Its header.
        header: Header,
    },
    /// Rows were heard.
    Heard(Box<Batch>),
    /// Write what is kept of a calibration.
    Keep(PathBuf, Box<KeptCalibration>),
    /// The session has ended.
    Ended {
        /// Which session, counted from the first: another may have been begun meanwhile.
        session: u64,
        /// What is to be said of it.
        problem: Option<Problem>,
    },
}

/// What was written since the last batch.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Lines of a recording.
    pub(super) lines: Vec<u8>,
    /// No earlier row comes any more.
    pub(super) quiet_us: Option<i64>,
    /// The session's clock.
    pub(super) now_us: i64,
    /// Rows that were left out since the last batch.
    pub(super) not_shown: u64,
    /// The bands, where there is news of them.
    pub(super) listed: Option<Listed>,
    /// What came of the operator's last action.
    pub(super) said: Option<Said>,
    /// Two bands that are followed as one.
    pub(super) two_at_once: Option<(Band, Band)>,
}
