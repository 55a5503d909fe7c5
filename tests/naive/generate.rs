//! Random recordings, rules and filters for the naive model and the engine to disagree about:
//! small windows, means that sit on the thresholds, times that sit on the limits.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;
use tapbench::engine::parameters::{Parameter, ParameterSet};
use tapbench::engine::{
    AbsentRule, Model, PartialWindow, Policy, ProximityCheck, Rules, TapRule, UnlockRule,
};

use super::Filter;
use super::recording::{Kind, Recording, Row, Spelling};

/// Two addresses that end alike, for whatever looks at the end only.
const BANDS: [&str; 3] = ["C6:05:04:03:02:01", "00:1B:DC:07:02:01", "~left_wrist-2"];
const SOURCES: [&str; 3] = ["bluegiga-1", "bleuio-1", "spare"];
const INTENTS: [&str; 6] = ["tap", "no_tap", "stay", "leave", "return", "note"];
/// Rows that decide nothing and move time.
const OTHERS: [&str; 6] = [
    ",\"observed\":\"tap\",\"by\":\"operator\"",
    ",\"source\":\"omnikey-1\",\"nfc\":\"inserted\",\"uid\":\"hmac:5d0c\"",
    ",\"source\":\"bluegiga-1\",\"source_event\":\"dropped\",\"count\":12",
    ",\"comment\":{\"rssi\":-1}",
    "",
    ",\"source_event\":\"lost\",\"source\":\"bluegiga-1\"",
];

/// Parameters around one another, in any order, with every switch.
pub fn rules() -> impl Strategy<Value = Rules> {
    let parameters = (
        1..=6_i64,
        1..=6_i64,
        prop_oneof![9 => -56..=-44_i64, 1 => Just(0), 1 => -127..=0_i64],
        prop_oneof![9 => -58..=-46_i64, 1 => Just(0)],
        prop_oneof![6 => -64..=-56_i64, 2 => -60..=-44_i64, 1 => -127..=-1_i64],
    )
        .prop_map(|(tap, long, threshold, close, far)| {
            let mut set = ParameterSet::default();
            for (parameter, value) in Parameter::ALL.into_iter().zip([tap, long, threshold, close, far]) {
                set.set(parameter, value).expect("in its domain");
            }
            set
        });
    (parameters, model(), policy()).prop_map(|(parameters, model, policy)| Rules {
        parameters,
        model,
        policy,
    })
}

fn model() -> impl Strategy<Value = Model> {
    (
        select(vec![PartialWindow::Wait, PartialWindow::Use]),
        select(vec![TapRule::Mean, TapRule::EverySampleAbove]),
        prop_oneof![3 => Just(0_u8), 1 => 1..=4_u8],
        prop_oneof![3 => Just(0_u32), 1 => select(vec![1, 100, 1000, 10_000])],
        select(vec![ProximityCheck::EveryWindow, ProximityCheck::EverySample]),
        select(vec![AbsentRule::NoSample, AbsentRule::NotClose]),
        prop_oneof![2 => Just(30_u32), 2 => 0..=3_u32],
        prop_oneof![2 => Just(10_u32), 2 => 0..=3_u32],
        prop_oneof![4 => Just(UnlockRule::OnPresent), 1 => Just(UnlockRule::Gate)],
    )
        .prop_map(|(partial, tap, db, ms, check, absent, after, countdown, unlock)| Model {
            partial_window: partial,
            tap_rule: tap,
            rearm_hysteresis_db: db,
            rearm_cooldown_ms: ms,
            proximity_check: check,
            absent_rule: absent,
            absent_after_s: after,
            lock_countdown_s: countdown,
            unlock_rule: unlock,
        })
}

fn policy() -> impl Strategy<Value = Policy> {
    let mostly = || prop_oneof![4 => Just(true), 1 => Just(false)];
    (mostly(), mostly(), mostly()).prop_map(|(lock, unlock, keep)| Policy {
        lock_when_away: lock,
        unlock_when_present: unlock,
        keep_unlocked_when_present: keep,
    })
}

/// What a row is before it is known which segments are open.
#[derive(Clone, Debug)]
enum Draft {
    Rssi { source: usize, named: bool, band: usize, rssi: i64 },
    Begin { id: u64, intent: usize, band: Option<usize>, source: Option<usize> },
    End { which: usize },
    Other(usize),
}

fn draft() -> impl Strategy<Value = Draft> {
    let rssi = prop_oneof![
        // A held distance, so that means sit still; then everything that counts; then the odd ones.
        6 => select(vec![-62, -60, -58, -52, -50, -48, -46, -40]),
        4 => -66..=-38_i64,
        1 => select(vec![127, -127, 20, 0]),
    ];
    prop_oneof![
        16 => (0..2_usize, any::<bool>(), 0..BANDS.len(), rssi)
            .prop_map(|(source, named, band, rssi)| Draft::Rssi { source, named, band, rssi }),
        2 => (1..60_u64, 0..INTENTS.len(), limit(BANDS.len()), limit(SOURCES.len()))
            .prop_map(|(id, intent, band, source)| Draft::Begin { id, intent, band, source }),
        2 => (0..8_usize).prop_map(|which| Draft::End { which }),
        1 => (0..OTHERS.len()).prop_map(Draft::Other),
    ]
}

fn limit(among: usize) -> impl Strategy<Value = Option<usize>> {
    prop_oneof![3 => Just(None), 1 => (0..among).prop_map(Some)]
}

fn step() -> impl Strategy<Value = i64> {
    const S: i64 = 1_000_000;
    prop_oneof![
        3 => Just(0),
        6 => select(vec![1, 1_000, 100_000, 999_999]),
        3 => select(vec![S, 2 * S, 3 * S]),
        2 => select(vec![10 * S - 1, 10 * S, 10 * S + 1, 20 * S]),
        1 => select(vec![30 * S - 1, 30 * S, 30 * S + 1, 40 * S, 45 * S]),
    ]
}

/// Recordings whose lines are all good.
pub fn recording() -> impl Strategy<Value = Recording> {
    let spelling = || {
        prop_oneof![
            6 => Just(Spelling::Plain),
            1 => Just(Spelling::Spaced),
            1 => Just(Spelling::Reordered),
            1 => Just(Spelling::Escaped),
        ]
    };
    let bands = 1..=BANDS.len();
    let rows = prop::collection::vec((step(), draft(), spelling()), 0..90);
    (0..=2_usize, bands, rows, any::<bool>()).prop_map(|(sources, bands, drafts, closed)| {
        let mut recording = Recording {
            sources: SOURCES[..sources].iter().map(|s| (*s).to_owned()).collect(),
            rows: Vec::new(),
        };
        let (mut t_us, mut used, mut open) = (0, BTreeSet::new(), Vec::new());
        for (step, draft, spelling) in drafts {
            t_us += step;
            let kind = settle(draft, sources, bands, &mut used, &mut open);
            recording.rows.push(Row { t_us, kind, spelling });
        }
        // Shorter ones print their duration with an exponent.
        t_us = if t_us > 0 { t_us.max(100) } else { 0 };
        if closed || t_us == 100 {
            let kind = Kind::Other(",\"end\":true,\"samples\":2");
            recording.rows.push(Row { t_us, kind, spelling: Spelling::Plain });
        }
        recording
    })
}

/// Ids are used once, only an open segment ends, and a sample says its source where the header
/// names several.
fn settle(draft: Draft, sources: usize, bands: usize, used: &mut BTreeSet<u64>, open: &mut Vec<u64>) -> Kind {
    match draft {
        Draft::Rssi { source, named, band, rssi } => {
            let named = named || sources > 1;
            let source = named.then(|| SOURCES[source].to_owned());
            Kind::Rssi { source, band: BANDS[band % bands].into(), rssi }
        }
        Draft::Begin { id, intent, band, source } if used.insert(id) => {
            open.push(id);
            let band = band.map(|b| BANDS[b].to_owned());
            Kind::Begin { id, intent: INTENTS[intent], band, source: source.map(|s| SOURCES[s].to_owned()) }
        }
        Draft::End { which } if !open.is_empty() => Kind::End { id: open.remove(which % open.len()) },
        Draft::Other(which) => Kind::Other(OTHERS[which]),
        Draft::Begin { .. } | Draft::End { .. } => Kind::Other(""),
    }
}

/// Mostly everything; at times some bands, some sources, or none that is there.
pub fn filter() -> impl Strategy<Value = Filter> {
    let some = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        prop_oneof![3 => Just(Vec::new()), 1 => prop::sample::subsequence(names, 1..=2)]
    };
    (some(&BANDS), some(&SOURCES)).prop_map(|(bands, sources)| Filter { bands, sources })
}
