//! Promise: a write that cannot be done leaves the file as it was, nothing beside it, and says why.

use std::path::Path;
use std::process::Stdio;

use tapbench::helper::{NotWritten, Rights, write_with};
use tapbench::nbe_config::{Obstacle, Outcome, Replacement};

use super::{Bench, GOOD, Run};

const SET: &str = "set nbe.toml --dongle bluegiga rssi_tap_threshold=-50";

#[cfg(unix)]
#[test]
fn a_read_only_file_is_refused_even_to_root() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::with(GOOD);
    let permissions = std::fs::Permissions::from_mode(0o444);
    std::fs::set_permissions(bench.path("nbe.toml"), permissions).unwrap();
    bench.run(SET).exits(2).says("marked read-only").says("chmod u+w");
    assert_eq!(bench.text("nbe.toml"), GOOD);
    assert_eq!(bench.others(&["nbe.toml"]), [""; 0]);
}

#[cfg(unix)]
#[test]
fn permissions_and_owner_stay() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let bench = Bench::with(GOOD);
    let path = bench.path("nbe.toml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    // Only root may give a file away; without, the owner is the same before and after anyway.
    let _ = chown(&path, Some(12_345), Some(54_321));
    let before = std::fs::metadata(&path).unwrap();
    bench.run(SET).exits(0);
    let after = std::fs::metadata(&path).unwrap();
    assert_ne!(before.ino(), after.ino(), "replaced, not overwritten");
    assert_eq!((after.mode(), after.uid(), after.gid()), (before.mode(), before.uid(), before.gid()));
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_and_stays_a_link() {
    let bench = Bench::new();
    bench.put("real/config.toml", GOOD);
    std::os::unix::fs::symlink("real/config.toml", bench.path("nbe.toml")).unwrap();
    bench.run(SET).exits(0).says("config.toml.bak-");
    assert!(std::fs::symlink_metadata(bench.path("nbe.toml")).unwrap().is_symlink());
    assert_eq!(bench.text("real/config.toml"), GOOD.replace("-42", "-50"));
    bench.run("restore nbe.toml").exits(0);
    assert_eq!(bench.text("real/config.toml"), GOOD);
    std::fs::remove_file(bench.path("real/config.toml")).unwrap();
    bench.run(&format!("{SET} --create --agent-url ws://a")).exits(2).says("cannot follow");
}

#[test]
fn what_is_no_file_is_refused() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("nbe.toml")).unwrap();
    bench.run(SET).exits(2).says("it is a folder");
    bench
        .run("set no/such/nbe.toml --dongle bluegiga rssi_tap_threshold=-50 --create --agent-url ws://a")
        .exits(2)
        .says("cannot write no/such/nbe.toml");
}

#[cfg(target_os = "linux")]
#[test]
fn while_another_writes_it_waits_and_says_who() {
    let bench = Bench::with(GOOD);
    let folder = std::fs::File::open(bench.path("")).unwrap();
    folder.lock().unwrap();
    let held = format!("another tapbench (process {}) is writing", std::process::id());
    bench.run(SET).exits(2).says(&held);
    assert_eq!((bench.text("nbe.toml").as_str(), bench.others(&["nbe.toml"]).len()), (GOOD, 0));
    // As a kill does.
    drop(folder);
    bench.run(SET).exits(0);
}

#[test]
fn of_many_at_once_each_writes_or_says_that_it_did_not() {
    let bench = Bench::with(GOOD);
    let values = -60..-50;
    let set = |value: i32| {
        let line = format!("set nbe.toml --dongle bluegiga rssi_tap_threshold={value}");
        bench.command(&line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let runs: Vec<_> = values.clone().map(|value| (value, set(value))).collect();
    let mut written = vec![-42];
    for (value, child) in runs {
        let run = Run::of(child.wait_with_output().unwrap());
        match run.exit {
            0 => written.push(value),
            _ => {
                let said = run.exits(2).err.clone();
                let whys = ["another program changed it in the meantime", "another tapbench (process "];
                assert!(whys.iter().any(|why| said.contains(why)), "{said}");
            }
        }
    }
    // Each that was written is there once: the last as the file, those before it as backups.
    let mut there: Vec<_> = bench.others(&[]).iter().map(|name| bench.text(name)).collect();
    let mut expected: Vec<_> = written.iter().map(|value| GOOD.replace("-42", &value.to_string())).collect();
    there.sort();
    expected.sort();
    assert!(there == expected && written.len() > 1, "{there:?}");
}

#[test]
fn a_helper_writes_what_was_shown_and_nothing_else() {
    let bench = Bench::with(GOOD);
    let new = GOOD.replace("-42", "-50");
    let mut replacement =
        Replacement { path: bench.path("nbe.toml"), old: Some(GOOD.into()), new: new.clone().into() };
    let program = Path::new(env!("CARGO_BIN_EXE_tapbench"));
    let Ok(Outcome::Written { backup: Some(backup) }) = write_with(program, Rights::Own, &replacement) else {
        panic!("not written");
    };
    assert_eq!(
        (bench.text("nbe.toml"), std::fs::read_to_string(backup).unwrap()),
        (new.clone(), GOOD.into())
    );
    // The same again: what was shown is there no more.
    let refused = write_with(program, Rights::Own, &replacement);
    assert!(matches!(refused, Err(NotWritten::File(error)) if error.obstacle == Obstacle::ChangedMeanwhile));
    replacement.path = bench.path("other.toml");
    assert!(matches!(write_with(program, Rights::Own, &replacement), Err(NotWritten::NotAccepted(_))));
    assert_eq!((bench.text("nbe.toml"), bench.others(&[]).len()), (new, 2));
}
