//! Promise: no file, however broken, makes the checker or the editor panic.

use tapbench::engine::parameters::{Dongle, Parameter};
use tapbench::nbe_config::{Context, Document, Layout, MAX_BYTES, check_bytes, igel};

const SEEDS: [&str; 6] = [
    "agent_url = \"ws://127.0.0.1:9120/socket/websocket\"\n\n[dongle.bluegiga]\nrssi_window_tap = 10\nrssi_window_long = 50\nrssi_tap_threshold = -42\nrssi_cutoff_close = -70\nrssi_cutoff_far = -83\n\n[dongle.bleuio]\nrssi_window_tap = 10\n",
    "\u{feff}agent_url='wss://agent.example:443/x'\r\nrssi_window_tap = 10 # é\r\nrssi_tap_threshold = 0\r\n",
    "dongle = { bluegiga = { rssi_window_tap = 10 }, bleuio.rssi_cutoff_far = -80 }\n",
    "dongle.bluegiga.rssi_window_tap = 10\ndongle.bleuio.rssi_window_tap = 0x10\n[[list]]\nx = [1, {a.b = 2}]\n",
    "[dongle]\nbluegiga = { rssi_windows_tap = '10' }\nx = 1979-05-27T07:32:00Z\ny = 1e3\n[a.b.c]\nrssi_cutoff_far = 1\n",
    "RSSI_WINDOW_TAP=10\nrssi_cutoff_close = -70\ns = \"\"\"\n# not a comment\n\"\"\"\nagent_url = 5\n",
];

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % (limit.max(1) as u64)).unwrap()
    }
}

fn mutate(random: &mut Random) -> Vec<u8> {
    let mut bytes = SEEDS[random.below(SEEDS.len())].as_bytes().to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        match random.below(9) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, 0),
            2 => bytes.insert(at, 0xff),
            3 => bytes.splice(at..at, std::iter::repeat_n(b'x', random.below(2_000))).for_each(drop),
            4 => {
                let piece = SEEDS[random.below(SEEDS.len())].as_bytes();
                let (from, length) = (random.below(piece.len()), random.below(60));
                bytes.splice(at..at, piece.iter().skip(from).take(length).copied()).for_each(drop);
            }
            5 => {
                let end = (at + random.below(30)).min(bytes.len());
                bytes.drain(at..end);
            }
            6 => bytes.insert(at, b"[]{}=.\"'#\n\r,-\\"[random.below(14)]),
            7 => bytes.splice(at..at, b"[[".repeat(random.below(300))).for_each(drop),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
    bytes
}

#[test]
fn ten_thousand_broken_files_give_errors_or_findings_and_never_a_panic() {
    let mut random = Random(0x5eed_2026);
    let (mut readable, mut broken) = (0, 0);
    for _ in 0..10_000 {
        let bytes = mutate(&mut random);
        let dongle = Dongle::ALL[random.below(2)];
        let findings = check_bytes(&bytes, Context { dongle: Some(dongle), is_default_file: false });
        igel::check(&String::from_utf8_lossy(&bytes), Some(dongle));
        let Ok(document) = Document::parse(&bytes) else {
            assert_eq!(findings.len(), 1);
            broken += 1;
            continue;
        };
        readable += 1;
        assert_eq!(document.to_bytes(), bytes);
        let parameter = Parameter::ALL[random.below(5)];
        for layout in [Layout::Top, Layout::Dongle] {
            if let Ok(edited) = document.set(dongle, layout, &[(parameter, -0), (Parameter::CutoffFar, -91)])
            {
                let value = edited.value(dongle, layout, Parameter::CutoffFar);
                assert_eq!(value.and_then(Result::ok).map(|(value, _)| value), Some(-91));
            }
        }
        if let Ok(migrated) = document.migrated(dongle) {
            assert!(Document::parse(&migrated.to_bytes()).is_ok());
        }
    }
    assert!(readable > 500 && broken > 500, "{readable} readable, {broken} broken");
}

#[test]
fn depth_and_size_are_limited() {
    for text in
        ["a.".repeat(200_000) + "b = 1", "[".repeat(400_000), "a = {".to_owned() + &"a={".repeat(300_000)]
    {
        assert!(Document::parse(text.as_bytes()).is_err());
    }
    let comment = format!("#{}", "x".repeat(MAX_BYTES));
    assert_eq!(check_bytes(comment.as_bytes(), Context::default())[0].code, "too-large");
    let many: String = (0..60_000).map(|n| format!("k{n} = {n}\n")).collect();
    assert!(check_bytes(many.as_bytes(), Context::default()).len() < 200);
    let braces: String = (0..50_000).map(|n| format!("t{n}={{}}\n")).collect();
    assert!(check_bytes(braces.as_bytes(), Context::default()).len() < 200);
    let tables: String = (0..60_000).map(|n| format!("[t{n}]\n")).collect();
    assert!(check_bytes(tables.as_bytes(), Context::default()).len() < 200);
}
