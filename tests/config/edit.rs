//! Promise: an edit changes the value asked for and no other byte, whatever the file looks like.

use proptest::prelude::*;
use tapbench::engine::parameters::{Dongle, Parameter};
use tapbench::nbe_config::{Document, EditError, Layout};

use Dongle::{BleuIo, Bluegiga};
use Parameter::{CutoffClose, CutoffFar, TapThreshold, WindowLong, WindowTap};

fn set(text: &str, dongle: Dongle, layout: Layout, values: &[(Parameter, i64)]) -> String {
    let document = Document::parse(text.as_bytes()).unwrap();
    let edited = document.set(dongle, layout, values).unwrap();
    let mut expected = document.parameters_in(dongle, layout).unwrap_or_default();
    for &(parameter, value) in values {
        expected.set(parameter, value).unwrap();
    }
    assert_eq!(edited.parameters_in(dongle, layout).unwrap(), expected);
    String::from_utf8(edited.to_bytes()).unwrap()
}

fn set_one(text: &str, dongle: Dongle, parameter: Parameter, value: i64) -> String {
    set(text, dongle, Layout::Dongle, &[(parameter, value)])
}

#[test]
fn a_value_changes_where_it_stands_with_its_comment_and_spacing() {
    let before =
        "\u{feff}a=1 # é\r\n[ dongle . bluegiga ] # x\r\n  \"rssi_window_tap\"   =\t10\t# keep\r\nz = 1";
    assert_eq!(set_one(before, Bluegiga, WindowTap, 12), before.replace("10", "12"));
    for before in [
        "dongle.bluegiga.rssi_window_tap = 10\n",
        "dongle = { bluegiga = { rssi_window_tap = 10 }, x = 1 }\n",
        "dongle = {bluegiga.rssi_window_tap=10}",
        "[dongle]\nbluegiga.rssi_window_tap = 10\n",
        "[dongle]\nbluegiga = { rssi_window_tap = 10 } # c\n",
        "[dongle.bluegiga]\nrssi_window_tap = '10'\n",
    ] {
        let after = before.replace("'10'", "10").replace("10", "12");
        assert_eq!(set_one(before, Bluegiga, WindowTap, 12), after);
    }
    let top = "rssi_window_tap = 10\n[dongle.bluegiga]\nrssi_window_tap = 10\n";
    assert_eq!(set(top, Bluegiga, Layout::Top, &[(WindowTap, 12)]), top.replacen("10", "12", 1));
}

#[test]
fn a_value_that_is_already_so_keeps_its_spelling() {
    let text = "[dongle.bluegiga]\nrssi_window_tap = 0x0A\nrssi_cutoff_far = -8_3\n";
    assert_eq!(
        set(text, Bluegiga, Layout::Dongle, &[(WindowTap, 10), (CutoffFar, -83)]),
        text,
        "nothing changes"
    );
}

#[test]
fn a_missing_key_goes_to_the_end_of_its_table_in_the_files_style() {
    for (before, after) in [
        (
            "[dongle.bluegiga]\nrssi_window_tap = 10 # x\n\n[dongle.bleuio]\nrssi_window_tap = 10\n",
            "[dongle.bluegiga]\nrssi_window_tap = 10 # x\nrssi_cutoff_far = -90\n\n[dongle.bleuio]\nrssi_window_tap = 10\n",
        ),
        (
            "[dongle.bluegiga]\r\nrssi_window_tap=10",
            "[dongle.bluegiga]\r\nrssi_window_tap=10\r\nrssi_cutoff_far=-90",
        ),
        (
            "[dongle.bluegiga]\n  rssi_window_tap    = 10\n",
            "[dongle.bluegiga]\n  rssi_window_tap    = 10\n  rssi_cutoff_far    = -90\n",
        ),
        (
            "[dongle.bluegiga] # empty\n[other]\nx = 1\n",
            "[dongle.bluegiga] # empty\nrssi_cutoff_far = -90\n[other]\nx = 1\n",
        ),
        (
            "dongle.bluegiga.rssi_window_tap = 10\nz = 1\n",
            "dongle.bluegiga.rssi_window_tap = 10\ndongle.bluegiga.rssi_cutoff_far = -90\nz = 1\n",
        ),
        (
            "[dongle]\nbluegiga.rssi_window_tap = 10\nx = 1\n",
            "[dongle]\nbluegiga.rssi_window_tap = 10\nbluegiga.rssi_cutoff_far = -90\nx = 1\n",
        ),
        (
            "dongle.bluegiga = { rssi_window_tap = 10 } # c\n",
            "dongle.bluegiga = { rssi_window_tap = 10, rssi_cutoff_far = -90 } # c\n",
        ),
        ("dongle.bluegiga = {}\n", "dongle.bluegiga = { rssi_cutoff_far = -90 }\n"),
        (
            "dongle = { bluegiga.rssi_window_tap = 10 }\n",
            "dongle = { bluegiga.rssi_window_tap = 10, bluegiga.rssi_cutoff_far = -90 }\n",
        ),
        (
            "[dongle.bluegiga]\nlist = [\n 1,\n 2,\n]\n",
            "[dongle.bluegiga]\nlist = [\n 1,\n 2,\n]\nrssi_cutoff_far = -90\n",
        ),
    ] {
        assert_eq!(set_one(before, Bluegiga, CutoffFar, -90), after);
    }
}

#[test]
fn a_missing_table_is_added_in_the_files_style() {
    for (before, after) in [
        ("", "[dongle.bleuio]\nrssi_window_tap = 8\n"),
        ("a = 1\r\n", "a = 1\r\n\r\n[dongle.bleuio]\r\nrssi_window_tap = 8\r\n"),
        ("a = 1", "a = 1\n\n[dongle.bleuio]\nrssi_window_tap = 8"),
        ("[dongle.bluegiga]\nx=1\n\n", "[dongle.bluegiga]\nx=1\n\n[dongle.bleuio]\nrssi_window_tap=8\n"),
        (
            "[dongle.bleuio.sub]\nx = 1\n",
            "[dongle.bleuio.sub]\nx = 1\n\n[dongle.bleuio]\nrssi_window_tap = 8\n",
        ),
        ("dongle = {}\n", "dongle = { bleuio = { rssi_window_tap = 8 } }\n"),
        (
            "dongle = { bluegiga = { x = 1 } }\nz = 2\n",
            "dongle = { bluegiga = { x = 1 }, bleuio = { rssi_window_tap = 8 } }\nz = 2\n",
        ),
        (
            "dongle.bluegiga.rssi_window_tap = 10\nz = 1\n",
            "dongle.bluegiga.rssi_window_tap = 10\ndongle.bleuio.rssi_window_tap = 8\nz = 1\n",
        ),
        (
            "[dongle]\nbluegiga = { x = 1 }\n",
            "[dongle]\nbluegiga = { x = 1 }\n\n[dongle.bleuio]\nrssi_window_tap = 8\n",
        ),
    ] {
        assert_eq!(set_one(before, BleuIo, WindowTap, 8), after);
    }
}

#[test]
fn top_level_keys_stay_above_the_first_table() {
    let values = [(WindowTap, 8)];
    for (before, after) in [
        ("a = 1\n[t]\nb = 2\n", "a = 1\nrssi_window_tap = 8\n[t]\nb = 2\n"),
        ("# head\n[t]\nb = 2\n", "rssi_window_tap = 8\n\n# head\n[t]\nb = 2\n"),
        ("# head\n", "# head\nrssi_window_tap = 8\n"),
    ] {
        assert_eq!(set(before, Bluegiga, Layout::Top, &values), after);
    }
}

#[test]
fn what_is_no_table_is_not_written_into() {
    for text in [
        "dongle = 5\n",
        "[dongle]\nbluegiga = 1\n",
        "[[dongle.bluegiga]]\nrssi_window_tap = 1\n",
        "[[dongle]]\n[dongle.bluegiga]\nrssi_window_tap = 1\n",
        "[dongle.bluegiga.rssi_window_tap]\nx = 1\n",
    ] {
        let document = Document::parse(text.as_bytes()).unwrap();
        let result = document.set(Bluegiga, Layout::Dongle, &[(WindowTap, 5)]);
        assert!(matches!(result, Err(EditError::InTheWay { .. })), "{text}: {result:?}");
    }
}

#[test]
fn migrating_takes_the_comments_along() {
    let before = "# site\nagent_url = \"ws://a\"\n\n# tuned in ward 3\nrssi_tap_threshold = -50 # Tuesday\nrssi_window_tap = 0x0A\n\nother = 1\n";
    let after = "# site\nagent_url = \"ws://a\"\n\n\nother = 1\n\n[dongle.bluegiga]\n# tuned in ward 3\nrssi_tap_threshold = -50 # Tuesday\nrssi_window_tap = 0x0A\n";
    let migrated = |text: &str| {
        let document = Document::parse(text.as_bytes()).unwrap().migrated(Bluegiga).unwrap();
        String::from_utf8(document.to_bytes()).unwrap()
    };
    assert_eq!(migrated(before), after);
    assert_eq!(migrated(after), after, "nothing left to move");
    for (before, after) in [
        (
            "rssi_window_tap = 10\r\n[dongle.bluegiga] # t\r\nrssi_cutoff_far = -80\r\n",
            "[dongle.bluegiga] # t\r\nrssi_cutoff_far = -80\r\nrssi_window_tap = 10\r\n",
        ),
        (
            "rssi_window_tap = 10 # c\ndongle.bluegiga.rssi_cutoff_far = -80\n",
            "dongle.bluegiga.rssi_cutoff_far = -80\ndongle.bluegiga.rssi_window_tap = 10 # c\n",
        ),
        (
            "# above\nrssi_window_tap = 10 # c\ndongle.bluegiga = { x = 1 }\n",
            "# above\n# c\ndongle.bluegiga = { x = 1, rssi_window_tap = 10 }\n",
        ),
        (
            "rssi_window_tap = 10\n[dongle.bluegiga]\nrssi_window_tap = 10\n",
            "[dongle.bluegiga]\nrssi_window_tap = 10\n",
        ),
        (
            "s = \"\"\"\n# text\"\"\"\nrssi_window_tap = 1",
            "s = \"\"\"\n# text\"\"\"\n\n[dongle.bluegiga]\nrssi_window_tap = 1\n",
        ),
    ] {
        assert_eq!(migrated(before), after);
    }
    let differing = "rssi_window_tap = 10\n[dongle.bluegiga]\nrssi_window_tap = 11\n";
    assert!(Document::parse(differing.as_bytes()).unwrap().migrated(Bluegiga).is_err());
}

/// A file as someone may have written it, and its values in Bluegiga's table.
fn config() -> impl Strategy<Value = String> {
    let value = |p: Parameter| (i64::from(p.spec().min)..=i64::from(p.spec().max)).prop_map(move |v| (p, v));
    let values = (
        proptest::option::of(value(WindowTap)),
        proptest::option::of(value(WindowLong)),
        proptest::option::of(value(TapThreshold)),
        proptest::option::of(value(CutoffClose)),
        proptest::option::of(value(CutoffFar)),
    )
        .prop_map(|(a, b, c, d, e)| [a, b, c, d, e].into_iter().flatten().collect::<Vec<_>>());
    let style = (0..4usize, prop_oneof![Just("\n"), Just("\r\n")], any::<[bool; 5]>());
    (values, style, "[ -~éß]{0,12}").prop_map(|(values, (form, newline, flags), comment)| {
        let [bom, last_newline, comments, tight, other] = flags;
        let equals = if tight { "=" } else { " = " };
        let remark = if comments { format!(" # {comment}") } else { String::new() };
        let mut lines = vec![format!("agent_url{equals}\"ws://host\"{remark}")];
        let pairs: Vec<String> = values.iter().map(|(p, v)| format!("{p}{equals}{v}")).collect();
        match form {
            0 => lines.push(format!("dongle.bluegiga{equals}{{ {} }}{remark}", pairs.join(", "))),
            1 => lines.extend(pairs.iter().map(|pair| format!("dongle.bluegiga.{pair}{remark}"))),
            2 => {
                lines.push(format!("[dongle]{remark}"));
                lines.extend(pairs.iter().map(|pair| format!("  bluegiga.{pair}")));
            }
            _ => {
                lines.push("[dongle.bluegiga]".into());
                lines.extend(pairs.iter().map(|pair| format!("\t{pair}{remark}")));
            }
        }
        if other {
            lines.extend(["", "[other]", "rssi = 1 # ä"].map(String::from));
        }
        let mut text = String::from(if bom { "\u{feff}" } else { "" });
        text.push_str(&lines.join(newline));
        text.push_str(if last_newline { newline } else { "" });
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn set_changes_one_line_and_set_back_gives_the_same_bytes(
        text in config(), which in 0..5usize, seed in any::<u32>(),
    ) {
        let parameter = Parameter::ALL[which];
        let spec = parameter.spec();
        let span = u32::try_from(spec.max - spec.min + 1).unwrap();
        let value = i64::from(spec.min) + i64::from(seed % span);
        let document = Document::parse(text.as_bytes()).unwrap();
        let old = document.parameters(Bluegiga).unwrap().get(parameter);
        let edited = document.set(Bluegiga, Layout::Dongle, &[(parameter, value)]).unwrap();
        let new_text = String::from_utf8(edited.to_bytes()).unwrap();
        let (before, after): (Vec<&str>, Vec<&str>) = (text.split('\n').collect(), new_text.split('\n').collect());
        if let Some(old) = old {
            let changed = before.iter().zip(&after).filter(|(a, b)| a != b).count();
            prop_assert_eq!(before.len(), after.len());
            prop_assert_eq!(changed, usize::from(i64::from(old) != value));
            let back = edited.set(Bluegiga, Layout::Dongle, &[(parameter, old.into())]).unwrap();
            prop_assert_eq!(back.to_bytes(), text.as_bytes());
        } else if before.len() == after.len() {
            prop_assert_eq!(before.iter().zip(&after).filter(|(a, b)| a != b).count(), 1);
        } else {
            // What is added is whole lines; every old line is still there, in order.
            let mut rest = after.iter().map(|line| line.trim_end_matches('\r'));
            for line in &before {
                prop_assert!(rest.any(|new| new == line.trim_end_matches('\r')), "{line:?} is gone");
            }
        }
    }
}
