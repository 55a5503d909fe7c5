//! Bands chosen by what they advertise, and the one in the hand.

use super::*;

/// Two Nymi bands that say their names when asked, and a stranger.
const ROOM: &str = r#"
[[advertiser]]
address = "C6:05:04:03:02:01"
address_type = "random"
data = "02010603FFB201"
name = "Nymi-1"
interval_ms = 50
rssi = -45

[[advertiser]]
address = "45:05:04:03:02:02"
address_type = "random"
data = "020106030318AA"
name = "Nymi-2"
interval_ms = 50
rssi = -60

[[advertiser]]
address = "00:07:80:81:44:94"
address_type = "public"
data = "0201060A16AA1801020304050607"
name = "Stranger"
interval_ms = 50
rssi = -70
"#;

const FIRST: &str = "C6:05:04:03:02:01";

#[test]
fn a_band_is_found_by_its_name_and_written_under_another() {
    for kind in ["bleuio", "bluegiga"] {
        let folder = Folder::new();
        let dongle = Dongle::of_kind(kind, &folder, ROOM);
        let out = out(&folder);
        let options = ["--name", "Nymi-1", "--as", "left", "--duration", "1.5s"];
        let (code, said) = ended(record(&out, &dongle.source, &options).spawn().unwrap());
        assert_eq!(code, 0, "{said}");
        let rows = rows(&out);
        let samples: Vec<_> = rows.iter().filter(|row| row.get("rssi").is_some()).collect();
        assert!(samples.len() > 20, "{kind}: {}", samples.len());
        assert!(samples.iter().all(|row| row["band"] == "~left" && row["addr"] == FIRST), "{samples:?}");
        let left_out = said.lines().find_map(|line| line.strip_prefix("rows of other bands left out: "));
        assert!(left_out.unwrap().parse::<usize>().unwrap() > 40, "{said}");
        assert!(!said.contains("two bands"), "{said}");
    }
}

#[test]
fn services_manufacturers_and_bytes_choose_too_and_any_of_them_is_enough() {
    let folder = Folder::new();
    let dongle = Dongle::hearing(&folder, ROOM);
    let out = out(&folder);
    for (options, bands) in [
        (&["--company", "0x01B2"][..], &[FIRST][..]),
        (&["--service", "18AA"][..], &["00:07:80:81:44:94"][..]),
        (&["--data", "0318aa", "--company", "434"][..], &[FIRST, "45:05:04:03:02:02"][..]),
    ] {
        let options = [options, &["--force", "--duration", "600ms"]].concat();
        let (code, said) = ended(record(&out, &dongle.source, &options).spawn().unwrap());
        assert_eq!(code, 0, "{said}");
        let heard: Vec<_> = rows(&out).iter().filter_map(|row| Some(row.get("band")?.to_string())).collect();
        let mut heard: Vec<_> = heard.iter().map(|band| band.trim_matches('"')).collect();
        heard.sort_unstable();
        heard.dedup();
        let mut bands = bands.to_vec();
        bands.sort_unstable();
        assert_eq!(heard, bands, "{options:?}");
    }
}

#[test]
fn two_bands_under_one_name_are_noticed() {
    let folder = Folder::new();
    let dongle = Dongle::hearing(&folder, ROOM);
    let options = ["--name", "Nymi", "--as", "mine", "--duration", "2.5s"];
    let (code, said) = ended(record(&out(&folder), &dongle.source, &options).spawn().unwrap());
    assert_eq!(code, 0, "{said}");
    let warning = said.lines().find(|line| line.contains("two bands are under one name"));
    assert!(warning.is_some_and(|line| line.contains(FIRST) && line.contains("45:05:")), "{said}");
}

#[test]
fn what_a_recording_cannot_tell_is_refused_at_once() {
    let folder = Folder::with("in", "{\"rssi_recording\":1}\n");
    let ran = folder.run("record out --source replay:in --name Nymi");
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("holds no names") && ran.stderr.contains("--band"), "{ran:?}");
    for options in
        ["--company 0076", "--service 18", "--data 5", "--name=", "--all --data 55", "--as x --all"]
    {
        assert_eq!(folder.run(&format!("record out --source replay:in {options}")).code, 2, "{options}");
    }
    assert!(!folder.path().join("out").exists());
}

#[test]
fn the_band_that_is_brought_to_the_dongle_is_found() {
    let folder = Folder::new();
    let near = ROOM.replacen("rssi = -60", "path = [[0, 3.0], [2.5, 3.0], [3.0, 0.03]]", 1);
    let dongle = Dongle::hearing(&folder, &near);
    let bands = ["bands", "--source", &dongle.source, "--duration", "5s"];
    let json = tapbench().args(bands).args(["--format", "json"]).output().unwrap();
    assert_eq!(json.status.code(), Some(0));
    let listed: Value = serde_json::from_slice(&json.stdout).unwrap();
    let listed = listed["bands"].as_array().unwrap();
    assert_eq!(listed.len(), 3);
    let mine: Vec<_> = listed.iter().filter(|band| band["rose_most"] == true).collect();
    assert_eq!(mine.len(), 1, "{listed:?}");
    assert_eq!((&mine[0]["band"], &mine[0]["name"]), (&"45:05:04:03:02:02".into(), &"Nymi-2".into()));
    assert_eq!(mine[0]["address_kind"], "resolvable");
    let said = String::from_utf8(json.stderr).unwrap();
    assert!(said.contains("its address changes"), "{said}");
    assert_eq!(listed.iter().find(|band| band["band"] == FIRST).unwrap()["companies"][0], "0x01B2");
}
