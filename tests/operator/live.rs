//! Every decision made while recording comes out of replaying the recording.

use super::*;

/// Two bands that come and go, one of them under way of falling silent.
const ROOM: &str = r#"
seed = 5
[[advertiser]]
address = "C6:05:04:03:02:01"
address_type = "random"
interval_ms = 20
path = [[0, 0.6], [1, 0.6], [1.2, 0.03], [1.8, 0.03], [2, 0.6], [2.5, 40], [3.5, 40], [4, 0.03]]
noise_db = 3

[[advertiser]]
address = "C6:05:04:03:02:02"
address_type = "random"
interval_ms = 30
path = [[0, 1.5], [1.5, 0.02], [2.5, 1.5]]
noise_db = 4
loss = 0.3
"#;

/// A model in which all of it happens within seconds.
const HASTY: &str = "[model]\nabsent_after_s = 1\nlock_countdown_s = 1\n";

const SMALL: [&str; 4] = ["--dongle", "bluegiga", "--set", "rssi_window_long=10"];

#[test]
fn what_is_decided_live_is_what_replay_decides() {
    let folder = Folder::new();
    folder.write("hasty.toml", HASTY);
    let model = folder.path().join("hasty.toml");
    let options = [&SMALL[..], &["--model", model.to_str().unwrap()]].concat();
    let (first, second) = (Dongle::hearing(&folder, ROOM), Dongle::hearing(&folder, ROOM));
    let out = out(&folder);
    let mut command = record(&out, &first.source, &options);
    command.args(["--source", &second.source, "--all", "--duration", "5.5s", "--format", "jsonl"]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let live = String::from_utf8(output.stdout).unwrap();
    for event in ["tap", "present", "away", "countdown_started", "locked", "unlocked"] {
        assert!(live.contains(&format!("\"event\":\"{event}\"")), "no {event}: {live}");
    }
    assert!(live.contains("bleuio-1") && live.contains("bleuio-2"));
    assert_eq!(live, replayed(&out, &options[2..]));
}

#[test]
fn a_band_that_falls_silent_in_a_crowd_leaves_at_once_too() {
    let folder = Folder::new();
    folder.write("hasty.toml", HASTY);
    let mut text = "{\"rssi_recording\":1,\"sources\":[{\"id\":\"b1\",\"kind\":\"bluegiga\"}]}\n".to_owned();
    for t_ms in (0..4000).step_by(10) {
        let band = if t_ms < 600 { "~a" } else { "~stranger" };
        text += &format!("{{\"t_us\":{},\"source\":\"b1\",\"band\":\"{band}\",\"rssi\":-50}}\n", t_ms * 1000);
    }
    folder.write("in.rssi.jsonl", text);
    let model = folder.path().join("hasty.toml");
    let options = [&SMALL[2..], &["--model", model.to_str().unwrap()]].concat();
    let (out, live) = (out(&folder), folder.path().join("live"));
    let source = format!("replay:{}", folder.path().join("in.rssi.jsonl").display());
    let mut command = record(&out, &source, &options);
    command.args(["--format", "jsonl", "--band", "~a"]).stdout(std::fs::File::create(&live).unwrap());
    let child = command.spawn().unwrap();
    until("the lock", || super::text(&live).contains("\"locked\""));
    assert!(!super::text(&out).contains("\"end\""), "it is still under way");
    let (code, said) = ended(child);
    assert_eq!(code, 0, "{said}");
    assert_eq!(super::text(&live), replayed(&out, &options));
}

#[test]
fn a_band_that_falls_silent_leaves_at_once_and_in_the_replay_at_the_same_instant() {
    let folder = Folder::new();
    folder.write("hasty.toml", HASTY);
    let mut text = "{\"rssi_recording\":1,\"sources\":[{\"id\":\"b1\",\"kind\":\"bluegiga\"}]}\n".to_owned();
    for t_ms in (0..600).step_by(20) {
        text += &format!("{{\"t_us\":{},\"source\":\"b1\",\"band\":\"~a\",\"rssi\":-50}}\n", t_ms * 1000);
    }
    text += "{\"t_us\":60000000,\"end\":true,\"samples\":30}\n";
    folder.write("in.rssi.jsonl", text);
    let model = folder.path().join("hasty.toml");
    let options = [&SMALL[2..], &["--model", model.to_str().unwrap()]].concat();
    let (out, live) = (out(&folder), folder.path().join("live"));
    let source = format!("replay:{}", folder.path().join("in.rssi.jsonl").display());
    let mut command = record(&out, &source, &options);
    let child =
        command.args(["--format", "jsonl"]).stdout(std::fs::File::create(&live).unwrap()).spawn().unwrap();
    until("the lock", || super::text(&live).contains("\"locked\""));
    assert_eq!(super::text(&out).lines().count(), 31, "nothing was written since");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let (code, said) = ended(child);
    assert_eq!(code, 0, "{said}");
    let live = super::text(&live);
    assert!(live.contains(r#"{"t_us":1580000,"band":"~a","event":"away"}"#), "{live}");
    assert!(live.contains(r#"{"t_us":2580000,"band":"~a","event":"locked"}"#), "{live}");
    assert_eq!(live, replayed(&out, &options));
}

#[test]
fn a_pipe_that_nobody_reads_does_not_hold_up_the_recording() {
    let folder = Folder::new();
    let mut text = "{\"rssi_recording\":1,\"sources\":[{\"id\":\"b1\",\"kind\":\"bluegiga\"}]}\n".to_owned();
    for i in 0..8000 {
        let rssi = if i % 2 == 0 { -80 } else { -30 };
        text += &format!("{{\"t_us\":{i},\"source\":\"b1\",\"band\":\"~a\",\"rssi\":{rssi}}}\n");
    }
    folder.write("in.rssi.jsonl", text);
    let source = format!("replay:{}", folder.path().join("in.rssi.jsonl").display());
    let out = out(&folder);
    let options = ["--set", "rssi_window_tap=1", "--format", "jsonl"];
    let (code, said) = ended(record(&out, &source, &options).spawn().unwrap());
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("lines not shown") && said.contains("8000 samples"), "{said}");
    assert_eq!(super::text(&out).lines().count(), 8002);
}

#[test]
fn verbose_says_each_decision_and_missing_parameters_are_named() {
    let folder = Folder::new();
    let dongle = Dongle::hearing(&folder, ROOM);
    let options = ["--all", "--duration", "2s", "-v", "--dongle", "bluegiga"];
    let (code, said) = ended(record(&out(&folder), &dongle.source, &options).spawn().unwrap());
    assert_eq!(code, 0, "{said}");
    assert!(said.lines().any(|line| line.contains(" s C6:05:04:03:02:01: tap, mean -")), "{said}");
    let options = ["--all", "--force", "--duration", "1s", "-v"];
    let (code, said) = ended(record(&out(&folder), &dongle.source, &options).spawn().unwrap());
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("no taps and locks are shown: no value for") && said.contains("--config"),
        "{said}"
    );
    let other = folder.path().join("other");
    let options = ["--all", "--format", "jsonl"];
    let (code, said) = ended(record(&other, &dongle.source, &options).spawn().unwrap());
    assert_eq!(code, 2, "{said}");
    assert!(!other.exists());
}
