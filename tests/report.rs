//! The promise: the report is one well-formed file that needs nothing from outside, keeps what was
//! predicted apart from what NBE was seen to do, and says the same of the same recordings.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a failed set-up fails the test")]

mod support;

use std::fmt::Write;

use support::Folder;

const BAND: &str = "C6:05:04:03:02:01";

/// Ten samples a second: each segment lasts 2 s at its strength, after 2 s far away.
struct Session(String, i64);

impl Session {
    fn of(header: &str) -> Self {
        Self(
            format!(
                "{{\"rssi_recording\":1,{header}\"sources\":[{{\"id\":\"d-1\",\"kind\":\"bluegiga\",\"firmware\":\"1.3.2\"}}]}}\n"
            ),
            0,
        )
    }

    fn row(&mut self, keys: &str) {
        writeln!(self.0, "{{\"t_us\":{},{keys}}}", self.1).unwrap();
    }

    fn hear(&mut self, rssi_dbm: i32, samples: usize) {
        for _ in 0..samples {
            self.1 += 100_000;
            self.row(&format!("\"band\":\"{BAND}\",\"rssi\":{rssi_dbm}"));
        }
    }

    /// `seen` is what NBE is observed to do within it.
    fn segment(&mut self, id: u32, intent: &str, rssi_dbm: i32, seen: Option<&str>) {
        self.hear(-70, 20);
        self.row(&format!(
            "\"mark\":\"begin\",\"id\":{id},\"intent\":\"{intent}\",\"band\":\"{BAND}\",\"distance_cm\":3"
        ));
        self.hear(rssi_dbm, 20);
        if let Some(seen) = seen {
            self.row(&format!("\"observed\":\"{seen}\",\"by\":\"operator\""));
        }
        self.row(&format!("\"mark\":\"end\",\"id\":{id}"));
    }
}

/// Three taps and three hovers; NBE is seen to register as many of the taps as asked.
fn session(header: &str, seen: u32) -> String {
    let mut session = Session::of(header);
    for pair in 0..3 {
        session.segment(2 * pair + 1, "tap", -40, (pair < seen).then_some("tap"));
        session.segment(2 * pair + 2, "no_tap", -55, None);
    }
    session.0
}

fn report(folder: &Folder, arguments: &str) -> String {
    let ran = folder.run(&format!("report {arguments} -o out.html --force"));
    assert_eq!(ran.code, 0, "{ran:?}");
    folder.read("out.html")
}

/// The first line of the body.
fn first_line(html: &str) -> &str {
    html.split("<body>\n").nth(1).unwrap().lines().next().unwrap()
}

/// Every tag is closed by its own, in order, and every attribute is quoted.
fn assert_well_formed(html: &str) {
    let mut open = Vec::new();
    let (_, mut rest) = html.split_once("<!DOCTYPE html>").unwrap();
    while let Some((_, from_tag)) = rest.split_once('<') {
        let (tag, after) = from_tag.split_once('>').unwrap();
        assert!(!tag.contains('<') && tag.matches('"').count().is_multiple_of(2), "<{tag}>");
        match (tag.strip_prefix('/'), tag.strip_suffix('/')) {
            (Some(name), _) => assert_eq!(open.pop(), Some(name), "</{name}>"),
            (None, Some(_)) => {}
            (None, None) => open.push(tag.split_whitespace().next().unwrap()),
        }
        rest = after;
    }
    assert!(open.is_empty(), "{open:?}");
    for entity in html.split('&').skip(1) {
        let name = entity.split_once(';').unwrap().0;
        assert!(["amp", "lt", "gt", "quot", "#39"].contains(&name), "&{name}");
    }
}

#[test]
fn without_observations_the_first_line_says_not_confirmed() {
    let folder =
        Folder::with("a.rssi.jsonl", session("\"site\":\"Ward 3\",\"started\":\"2026-11-23T14:03:07Z\",", 0));
    let html = report(&folder, "a.rssi.jsonl");
    assert!(first_line(&html).contains("Not confirmed on this terminal"), "{}", first_line(&html));
    assert!(
        html.contains("<h1><bdi>Sign-off report: Ward 3</bdi></h1>") && html.contains("2026-11-23T14:03:07Z")
    );
    assert!(html.contains("<bdi>firmware</bdi> <bdi>1.3.2</bdi>"));
    let row = html.lines().find(|l| l.contains("tap: one tap is registered")).unwrap();
    assert!(row.contains("<td>3 of 3</td><td>not observed</td>"), "{row}");
    assert_well_formed(&html);
}

#[test]
fn what_a_recording_does_not_say_of_the_session_can_be_given() {
    let folder = Folder::with("a.rssi.jsonl", session("", 0));
    let given = "a.rssi.jsonl --site Ward-9 --operator Ada --band-authenticated true";
    let html = report(&folder, given);
    assert!(
        html.contains("Sign-off report: Ward-9") && html.contains("<dt>Operator</dt><dd><bdi>Ada</bdi></dd>"),
        "{html}"
    );
    assert!(!html.contains("does not say whether the band was worn"));
    folder.write("a.rssi.jsonl", session("\"site\":\"Ward 3\",\"band_authenticated\":false,", 0));
    let html = report(&folder, given);
    assert!(html.contains("Sign-off report: Ward 3") && !html.contains("Ward-9"), "what was recorded stands");
}

#[test]
fn what_nbe_was_seen_to_do_stands_in_a_column_of_its_own() {
    let folder = Folder::with("a.rssi.jsonl", session("", 2));
    let html = report(&folder, "a.rssi.jsonl --set rssi_tap_threshold=-48");
    assert!(
        first_line(&html).contains("confirmed 2 of 3 taps, 3 of 3 hovers without a tap"),
        "{}",
        first_line(&html)
    );
    let row = html.lines().find(|l| l.contains("tap: one tap is registered")).unwrap();
    assert!(row.ends_with("<td>3</td><td>3 of 3</td><td>3 of 3</td><td>2 of 3</td></tr>"), "{row}");
    assert!(html.contains("The values after were given"));
}

#[test]
fn a_confirmation_to_which_nothing_listened_is_counted_and_not_tuned() {
    let folder = Folder::with("a.rssi.jsonl", session("", 0));
    let mut seen =
        "{\"rssi_recording\":1,\"sources\":[],\"nbe_parameters\":{\"rssi_tap_threshold\":-48}}\n".to_owned();
    for id in 1..=3 {
        let t_us = id * 100_000;
        writeln!(seen, "{{\"t_us\":{t_us},\"mark\":\"begin\",\"id\":{id},\"intent\":\"tap\"}}").unwrap();
        if id < 3 {
            writeln!(seen, "{{\"t_us\":{},\"observed\":\"tap\",\"by\":\"operator\"}}", t_us + 1).unwrap();
        }
        writeln!(seen, "{{\"t_us\":{},\"mark\":\"end\",\"id\":{id}}}", t_us + 2).unwrap();
    }
    folder.write("seen.rssi.jsonl", seen);
    for order in ["a.rssi.jsonl seen.rssi.jsonl", "seen.rssi.jsonl a.rssi.jsonl"] {
        let html = report(&folder, &format!("{order} --set rssi_tap_threshold=-48"));
        assert!(first_line(&html).contains("confirmed 2 of 3 taps"), "{}", first_line(&html));
        let row = html.lines().find(|l| l.contains("tap: one tap is registered")).unwrap();
        assert!(row.ends_with("<td>3</td><td>3 of 3</td><td>3 of 3</td><td>2 of 3</td></tr>"), "{row}");
        assert_well_formed(&html);
    }
}

#[test]
fn what_was_seen_with_other_parameters_confirms_nothing() {
    let folder = Folder::with("a.rssi.jsonl", session("\"nbe_parameters\":{\"rssi_tap_threshold\":-42},", 3));
    let html = report(&folder, "a.rssi.jsonl --set rssi_tap_threshold=-48");
    assert!(
        first_line(&html)
            .contains("Not confirmed on this terminal: what NBE was seen to do was seen with other")
    );
    assert!(html.contains("NBE ran with other values of rssi_tap_threshold"));
    // So does one that NBE cannot have.
    folder.write("b.rssi.jsonl", session("\"nbe_parameters\":{\"rssi_tap_threshold\":5},", 3));
    let html = report(&folder, "b.rssi.jsonl --set rssi_tap_threshold=-48");
    assert!(html.contains("NBE ran with other values of rssi_tap_threshold"));
    let html = report(&folder, "a.rssi.jsonl --set rssi_tap_threshold=-42");
    assert!(first_line(&html).contains("confirmed 3 of 3 taps"));
}

#[test]
fn the_same_recordings_give_the_same_bytes_and_their_hash() {
    let folder = Folder::with("a.rssi.jsonl", session("", 0));
    let first = report(&folder, "a.rssi.jsonl");
    assert_eq!(first, report(&folder, "a.rssi.jsonl"));
    folder.write(
        "abc.rssi.jsonl",
        b"{\"rssi_recording\":1,\"sources\":[{\"id\":\"d\",\"kind\":\"bluegiga\"}]}\n",
    );
    let html = report(&folder, "abc.rssi.jsonl");
    // By sha256sum.
    assert!(html.contains("29ff1252633b471211e849f6b7cee2823d96de1f17ce68a5629b43f65058c58d"), "{html}");
    assert!(html.contains("No segment says what should have happened"));
    assert_well_formed(&html);
}

#[test]
fn nothing_is_loaded_and_nothing_from_a_header_is_markup() {
    let hostile = r#""site":"<script>alert(1)</script>\u0000\u202e&amp;","operator":"\"><img src=x onerror=y>","notes":"]]></style>","sources":[{"id":"<b>","kind":"bluegiga","<i>":["'\""]}],"x":1}"#;
    let text = session("", 0).replacen(
        "\"sources\":[{\"id\":\"d-1\",\"kind\":\"bluegiga\",\"firmware\":\"1.3.2\"}]}",
        hostile,
        1,
    );
    let folder = Folder::with("a&b.rssi.jsonl", text);
    let html = report(&folder, "a&b.rssi.jsonl");
    for markup in [
        "<script", "<img", "<b>", "<i>", "\u{0}", "src=\"", "href", "http:", "https:", "url(http", "@import",
        "<link",
    ] {
        assert!(!html.contains(markup), "{markup}");
    }
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && html.contains("a&amp;b.rssi.jsonl"));
    assert_well_formed(&html);
}

#[test]
fn recordings_are_called_by_their_files_and_their_paths_stand_in_one_table() {
    let folder = Folder::with("a.rssi.jsonl", session("", 0));
    folder.write("b.rssi.jsonl", session("", 0));
    let path = |name: &str| folder.path().join(name).display().to_string();
    let html = report(&folder, &format!("{} {}", path("a.rssi.jsonl"), path("b.rssi.jsonl")));
    for name in ["a.rssi.jsonl", "b.rssi.jsonl"] {
        assert!(html.contains(&format!("<th scope=\"row\"><bdi>{name}</bdi> 1</th>")), "{name}");
        assert!(html.contains(&format!("<th scope=\"row\"><bdi>{}</bdi></th>", path(name))), "{name}");
    }
}

#[test]
fn plots_have_titles_and_tables_have_headers() {
    let folder = Folder::with("a.rssi.jsonl", session("", 1));
    let html = report(&folder, "a.rssi.jsonl");
    let svgs: Vec<_> = html.split("<svg ").skip(1).collect();
    assert_eq!(svgs.len(), 2, "a plot and a heat map");
    for svg in svgs {
        let labelled = svg.split_once("aria-labelledby=\"").unwrap().1.split_once('"').unwrap().0;
        for id in labelled.split(' ') {
            assert!(svg.contains(&format!("id=\"{id}\">")), "{id}");
        }
    }
    assert!(html.contains("segments 1 tap held, 2 no_tap held,"));
    for table in html.split("<table>").skip(1) {
        assert!(table.contains("<caption>") && table.contains("<th scope=\"col\">"), "{table}");
    }
    assert!(html.contains("0 misses in 3 tap repeats still allow a miss rate of 63 %"));
    assert!(html.contains("p50 ") && html.contains("p90 ") && html.contains("p99 "));
}

#[test]
fn an_existing_file_and_a_bad_recording_are_refused() {
    let folder = Folder::with("a.rssi.jsonl", session("", 0));
    folder.write("bad.rssi.jsonl", "{\"rssi_recording\":1}\nnonsense\n");
    folder.write("out.html", "kept");
    let ran = folder.run("report a.rssi.jsonl -o out.html");
    assert!(ran.code == 2 && ran.stderr.contains("--force") && folder.read("out.html") == "kept", "{ran:?}");
    let ran = folder.run("report bad.rssi.jsonl -o new.html");
    assert!(ran.code == 2 && !folder.path().join("new.html").exists(), "{ran:?}");
    let ran = folder.run("report a.rssi.jsonl bad.rssi.jsonl -o new.html");
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(folder.read("new.html").contains("A recording that was named for this report could not be read"));
}

#[test]
fn what_is_not_published_for_a_dongle_is_not_judged() {
    let text = session("", 0).replace("\"kind\":\"bluegiga\"", "\"kind\":\"bleuio\"");
    let folder = Folder::with("a.rssi.jsonl", text);
    let html = report(&folder, "a.rssi.jsonl");
    let row = html.lines().find(|l| l.contains("<code>rssi_cutoff_far</code>")).unwrap();
    assert!(row.contains("<td>not known</td><td>not known</td><td>unchanged</td>"), "{row}");
    let row = html.lines().find(|l| l.contains("tap: one tap is registered")).unwrap();
    assert!(row.contains("<td>not judged: parameters not known</td><td>3 of 3</td>"), "{row}");
}

#[test]
fn a_long_recording_is_drawn_by_columns() {
    let mut long = Session::of("");
    for hour in 0..30 {
        long.hear(-50 - hour, 2000);
    }
    let folder = Folder::with("a.rssi.jsonl", long.0);
    let html = report(&folder, "a.rssi.jsonl");
    // 60,000 samples and as many means, of some 10 bytes each, were more than a megabyte.
    assert!(html.len() < 500_000, "{} bytes", html.len());
}
