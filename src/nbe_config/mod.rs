//! `nbe.toml`: reading, checking with line and column, editing in place without touching anything
//! else, writing so that a crash leaves the old file or the new one, and the same values as IGEL
//! partition parameters.

pub mod backup;
mod change;
mod check;
mod document;
mod edit;
mod effective;
mod file_error;
mod finding;
pub mod igel;
mod migrate;
mod order;
mod place;
mod position;
mod replacement;
mod safe_write;
mod spelling;
mod staging;
mod tree;
mod write_lock;

pub use change::{ChangeError, DEFAULT_FILE, Plan, Refusal, Request};
pub use change::{change, default_document_beside, default_file_beside};
pub use check::{Context, check, check_bytes, problem_of_agent_url};
pub use document::{BadValue, Document, Layout, Layouts, MAX_BYTES, SyntaxError, SyntaxErrorKind};
pub use edit::EditError;
pub use effective::{Effective, Origin, effective};
pub use file_error::{FileError, Obstacle};
pub use finding::{Finding, Severity};
pub use migrate::MigrateError;
pub use order::{OrderViolation, violations};
pub use place::Place;
pub use position::Position;
pub use replacement::{Outcome, Replacement, read_if_there};
pub use safe_write::{read, read_limited};
pub use spelling::near_miss;
