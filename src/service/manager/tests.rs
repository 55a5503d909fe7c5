use super::*;

fn ran(status: i32, stdout: &[u8], stderr: &str) -> Captured {
    let stdout = String::from_utf8_lossy(stdout).into_owned();
    Captured::Ran { status: Some(status), stdout, stderr: stderr.to_owned() }
}

fn unit() -> Manager {
    Manager::Systemd { unit: "nymi-nbe.service".into() }
}

#[test]
fn sc_says_the_state_in_any_language() {
    let state = |status, bytes: &[u8]| Manager::Windows.state(&ran(status, bytes, ""));
    assert_eq!(state(0, include_bytes!("../fixtures/sc-queryex-running-en.txt")), Ok(State::Running));
    assert_eq!(state(0, include_bytes!("../fixtures/sc-queryex-running-fr.txt")), Ok(State::Running));
    assert_eq!(state(0, include_bytes!("../fixtures/sc-queryex-stopped-de.txt")), Ok(State::Stopped));
    assert_eq!(state(1060, include_bytes!("../fixtures/sc-failed-1060-en.txt")), Ok(State::NotInstalled));
    // Where the exit status is cut to a byte, the number printed counts.
    assert_eq!(state(36, include_bytes!("../fixtures/sc-failed-1060-de.txt")), Ok(State::NotInstalled));
}

#[test]
fn what_cannot_be_read_is_no_state() {
    for answer in [
        ran(0, b"", ""),
        ran(0, b"STATE : RUNNING\r\n", ""),
        ran(0, b"TYPE : 10\r\nSTATE : 44 \r\n", ""),
        ran(5, b"[SC] OpenSCManager FAILED 5:\r\n", ""),
        Captured::NotFound,
        Captured::TimedOut,
    ] {
        assert!(Manager::Windows.state(&answer).is_err(), "{answer:?}");
        assert!(Manager::Windows.configuration(&answer).is_err(), "{answer:?}");
        assert!(unit().state(&answer).is_err(), "{answer:?}");
    }
}

#[test]
fn sc_says_how_it_is_started_in_any_language() {
    let auto = ran(0, include_bytes!("../fixtures/sc-qc-auto-en.txt"), "");
    let command = Some(r"C:\Nymi\Bluetooth_Endpoint\lbe.exe --service".to_owned());
    let automatic = Configuration { starts_by_itself: true, is_disabled: false, command };
    assert_eq!(Manager::Windows.configuration(&auto), Ok(automatic));
    let disabled = ran(0, include_bytes!("../fixtures/sc-qc-disabled-de.txt"), "");
    let command = Some(r#""C:\Program Files\Nymi\lbe.exe" --service"#.to_owned());
    let disabled_one = Configuration { starts_by_itself: false, is_disabled: true, command };
    assert_eq!(Manager::Windows.configuration(&disabled), Ok(disabled_one));
}

#[test]
fn orders_that_have_nothing_to_do_are_done() {
    let ordered = |status, bytes: &[u8]| Manager::Windows.ordered(&ran(status, bytes, ""));
    assert_eq!(ordered(0, b""), Ok(()));
    assert_eq!(ordered(1062, b"[SC] ControlService FEHLER 1062:\r\n"), Ok(()));
    assert_eq!(ordered(1056, b""), Ok(()));
    assert_eq!(ordered(5, include_bytes!("../fixtures/sc-failed-5-fr.txt")), Err(Refusal::NoRights));
    assert_eq!(ordered(1058, b""), Err(Refusal::Disabled));
    assert_eq!(ordered(1053, b""), Err(Refusal::Other("ended with status 1053".into())));
}

#[test]
fn systemd_says_the_state() {
    let state = |text: &[u8]| unit().state(&ran(0, text, ""));
    assert_eq!(state(b"LoadState=loaded\nActiveState=active\n"), Ok(State::Running));
    assert_eq!(state(b"LoadState=loaded\nActiveState=failed\n"), Ok(State::Stopped));
    assert_eq!(state(b"LoadState=not-found\nActiveState=inactive\n"), Ok(State::NotInstalled));
    assert!(state(b"LoadState=loaded\nActiveState=\n").is_err());
    let configuration = |text: &[u8]| unit().configuration(&ran(0, text, ""));
    assert!(configuration(b"UnitFileState=enabled\n").is_ok_and(|c| c.starts_by_itself && !c.is_disabled));
    assert!(configuration(b"UnitFileState=masked\n").is_ok_and(|c| !c.starts_by_itself && c.is_disabled));
    assert!(configuration(b"UnitFileState=\n").is_err());
}

#[test]
fn systemd_refuses_in_words_and_numbers() {
    let denied = "Failed to stop nymi-nbe.service: Interactive authentication required.\n";
    assert_eq!(unit().ordered(&ran(1, b"", denied)), Err(Refusal::NoRights));
    assert_eq!(unit().ordered(&ran(4, b"", "")), Err(Refusal::NoRights));
    assert_eq!(unit().ordered(&ran(5, b"", "Unit not loaded.")), Err(Refusal::NotInstalled));
    let masked = "Failed to start nymi-nbe.service: Unit nymi-nbe.service is masked.\n";
    assert_eq!(unit().ordered(&ran(1, b"", masked)), Err(Refusal::Disabled));
    assert!(matches!(unit().ordered(&Captured::NotFound), Err(Refusal::Other(_))));
}

#[test]
fn the_endpoint_is_found_among_the_units() {
    let listing = "cron.service enabled enabled\nnymi-bluetooth-endpoint.service enabled enabled\n\
                   nymi-agent.service enabled enabled\nnbed.service disabled enabled\nnbd.service static -\n";
    assert_eq!(endpoint_units(listing), ["nymi-bluetooth-endpoint.service", "nbed.service"]);
    assert!(endpoint_units("").is_empty());
}
