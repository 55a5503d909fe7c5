//! The public data sets that some tests read. They are not part of the repository; where they are
//! absent (see `recordings/README.md` for where they come from), such a test says so and passes.

use std::path::PathBuf;

/// A file of the data sets, which lie in `shared/data` beside the repository or where
/// `TAPBENCH_DATA` says.
pub fn shared_data(path: &str) -> Option<PathBuf> {
    let folder = match std::env::var_os("TAPBENCH_DATA") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
    };
    let file = folder.join(path);
    if file.exists() {
        return Some(file);
    }
    println!("skipped: {path} is not here");
    None
}
