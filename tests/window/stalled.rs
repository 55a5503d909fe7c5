//! A window that stands still: the recording misses nothing, and what the picture misses is counted.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dongle_protocols::advertising::AddressType;
use dongle_protocols::radio::{Advertiser, Scene, Signal};
use tapbench::bench::{Listening, LiveState, Place, Wanted, Workbench};
use tapbench::drivers::Scan;
use tapbench::drivers::simulated::Simulated;
use tapbench::engine::Rules;
use tapbench::engine::parameters::{Dongle, ParameterSet};
use tapbench::recording::{self, Input, Options, Reader, RowKind};

use super::LIMIT;

/// Bands around the dongle, each heard about 40 times a second.
const BANDS: u64 = 100;

/// What is recorded while the picture stands, in bytes: more than is kept for it.
const STALLED_BYTES: u64 = 3 << 20;

fn scene() -> Scene {
    let band = |n: u64| {
        let signal = Signal::Constant(-50 - i8::try_from(n % 40).unwrap());
        Advertiser::new(0xC605_0403_0000 + n, AddressType::Random, 20_000, signal).unwrap().non_connectable()
    };
    Scene::new(7, (0..BANDS).map(band).collect())
}

fn bench() -> Workbench {
    let workbench = Workbench::start(Arc::new(|| ())).unwrap();
    let rules = Rules { parameters: ParameterSet::published(Dongle::Bluegiga), ..Rules::default() };
    workbench.want(&Wanted { rules, compare: None, marks: None });
    workbench
}

fn listen(workbench: &Workbench, file: &Path) -> Listening {
    let driver = Simulated {
        id: "simulated-1".into(),
        scenario: "a hundred bands".into(),
        scene: scene(),
        seed: 7,
        scan: Scan::Passive,
    };
    let place = Place::Simulated("a hundred bands");
    workbench.listen_to(vec![Box::new(driver)], vec![place], Some(file.to_owned())).unwrap()
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < LIMIT, "not {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

fn rows(workbench: &Workbench) -> (usize, u64) {
    workbench.deck().as_ref().map_or((0, 0), |deck| (deck.trace.samples(), deck.trace.not_shown))
}

/// Ends the session, and gives how many samples the recording has, all that were sent.
fn whole(workbench: &Workbench, listening: Listening, file: &Path) -> usize {
    listening.stop();
    until("ended", || matches!(workbench.live(), LiveState::Ended(_)));
    assert_eq!(workbench.live(), LiveState::Ended(None), "nothing was lost");
    drop(listening);
    let input = Input { path: file.to_string_lossy().into_owned() };
    let mut reader = Reader::new(recording::open(&input, None).unwrap(), Options::default()).unwrap();
    let (mut scene, mut count, mut is_closed) = (scene(), 0, false);
    while let Some(row) = reader.next_row().unwrap() {
        match row.kind {
            RowKind::Sample(sample) => {
                let sent = scene.next_until(u64::MAX).unwrap();
                let address = scene.advertisers()[sent.advertiser].address();
                let heard = reader.names().band(sample.band).and_then(|band| band.as_address());
                assert_eq!((heard, sample.rssi_dbm), (Some(address), sent.rssi_dbm), "sample {count}");
                assert_eq!(u64::try_from(row.t_us), Ok(sent.t_us), "sample {count}");
                count += 1;
            }
            RowKind::Close => is_closed = true,
            other => panic!("{other:?}"),
        }
    }
    assert!(is_closed, "the recording is closed");
    count
}

#[test]
fn a_window_without_frames_misses_nothing_either() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let file = folder.path().join("stalled.rssi.jsonl");
    let workbench = bench();
    let listening = listen(&workbench, &file);
    // Nobody looks meanwhile.
    until("streaming", || listening.written() > 500_000);
    let recorded = whole(&workbench, listening, &file);
    assert!(recorded > 5000, "{recorded}");
    assert_eq!(rows(&workbench), (recorded, 0));
}

#[test]
fn a_frame_that_never_ends_costs_the_picture_and_not_the_recording() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let file = folder.path().join("stalled.rssi.jsonl");
    let workbench = bench();
    let listening = listen(&workbench, &file);
    until("streaming", || rows(&workbench).0 > 0);
    {
        let stalled = workbench.deck();
        let before = listening.written();
        until("stalled for long", || listening.written() > before + STALLED_BYTES);
        assert!(stalled.is_some());
    }
    until("counted", || rows(&workbench).1 > 0);
    let recorded = whole(&workbench, listening, &file);
    let (shown, not_shown) = rows(&workbench);
    assert_eq!(shown as u64 + not_shown, recorded as u64);
    println!("{recorded} recorded, {not_shown} of them not shown");
}
