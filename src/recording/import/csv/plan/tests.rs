//! Headers as they are met in the field.

use super::*;

fn rows(lines: &[&str]) -> Vec<Vec<String>> {
    lines.iter().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn planned(columns: &str, lines: &[&str]) -> Result<Plan, ColumnsError> {
    plan(&columns.parse()?, &Rows { rows: &rows(lines) })
}

#[test]
fn usual_headers_are_guessed_and_said() {
    let plan = planned(
        "",
        &["RSSI-Value,MAC-Address,Timestamp,Distance", "-19,F0:79:C0:40:FB:93,2024-09-12 09:45:00,0"],
    );
    let plan = plan.unwrap();
    assert_eq!(
        (plan.time, plan.rssi, plan.band, plan.unit),
        (2, 0, BandFrom::Column(1), TimeUnit::WallClock)
    );
    assert!(plan.has_header && plan.distance.is_none());
    assert_eq!(plan.guesses[..3], ["time=Timestamp", "rssi=RSSI-Value", "band=MAC-Address"]);
    assert!(plan.guesses[3].contains("distance_cm=Distance"));

    let plan = planned("", &["t_us,source,band,rssi", "0,import-1,~a,-61"]).unwrap();
    assert_eq!((plan.time, plan.source, plan.band), (0, Some(1), BandFrom::Column(2)));
    assert_eq!(plan.unit, TimeUnit::Microseconds);

    let plan =
        planned("", &["Frame,Time,Source,DeviceName,RSSI,Tx Power", "1,0.000000000,05:dc:d7:1b:09:49,,-90,"])
            .unwrap();
    assert_eq!((plan.time, plan.source, plan.band), (1, None, BandFrom::Column(2)));
    assert_eq!(plan.unit, TimeUnit::Seconds);
}

#[test]
fn what_cannot_be_guessed_is_asked_for_with_an_example_for_this_file() {
    let example = |lines: &[&str]| match planned("", lines) {
        Err(ColumnsError::NotGuessed { missing, example }) => (missing, example),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        example(&["time,rssi,distance", "2021-03-12 10:49:10,-59.0,1"]),
        ("the band".into(), "\"time=time,rssi=rssi,band=~phone\"".into())
    );
    assert_eq!(example(&["1568794460.620863914,000000000301,e78f135624ce,-57"]).1, "time=1,rssi=4,band=2");
    let preamble = "2020-05-07 15:01:43.783210,Environment,Anechoic Chamber w/ Positioner";
    let data = "2020-05-07 14:54:30.208494,Bluetooth,5c:d0:7e:37:d7:a7,-57,1,1588877670.208494,38";
    assert_eq!(example(&[preamble, data]).1, "time=1,rssi=4,band=3,only=2:Bluetooth");
    // A log of a phone: other sensors between, and other columns with negative numbers.
    let log = [
        "2020-05-19 14:45:04.102,Range,15",
        "2020-05-19 14:45:04.112,Heading,203.75,218.05,15.0,14.82,-29.45,-37.36",
        "2020-05-19 14:45:04.150,Bluetooth,4D22566F-99CD-3C87-45CF-3D48BD1252DE,-82,BlueProxTx,-999.0,-1.0",
        "2020-05-19 14:45:04.354,Accelerometer,0.02,-0.3,-0.91",
    ];
    assert_eq!(example(&log).1, "time=1,rssi=4,band=3,only=2:Bluetooth");
    assert_eq!(example(&["1.5,-61,-59,~a", "1.6,-62,-59,~a"]).1, "\"time=1,rssi=COLUMN,band=~phone\"");
    assert_eq!(example(&["hello"]).1, "\"time=COLUMN,rssi=COLUMN,band=~phone\"");
}

#[test]
fn a_number_is_a_column_even_where_the_first_row_holds_it_as_a_value() {
    let plan = planned("time=1,rssi=2,band=3", &["1,-40,~a", "2,-41,~a"]).unwrap();
    assert_eq!((plan.time, plan.rssi, plan.has_header), (0, 1, false));
    let plan = planned("time=1,rssi=2,band=3", &["0.5,-40,1", "0.6,-41,1"]).unwrap();
    assert_eq!((plan.time, plan.band, plan.has_header), (0, BandFrom::Column(2), false));
    let plan = planned("time=1,rssi=37,band=~a", &["time,37", "2,-41"]).unwrap();
    assert_eq!((plan.rssi, plan.has_header), (1, true));
}

#[test]
fn columns_are_found_by_name_or_number() {
    let data = "1568794460.62,000000000301,e78f135624ce,-57";
    let plan = planned("time=1,source=2,band=3,rssi=4", &[data]).unwrap();
    assert_eq!((plan.time, plan.source, plan.rssi, plan.has_header), (0, Some(1), 3, false));
    assert_eq!(plan.unit, TimeUnit::Seconds);
    let plan = planned("time=1,band=3,rssi=4", &["when,who,whom,how", data]).unwrap();
    assert!(plan.has_header);
    let plan = planned("time=WHEN,band=~x,rssi=how", &["when,how", "1,-60"]).unwrap();
    assert!(plan.has_header && plan.guesses == ["times are seconds"]);
    let error = planned("time=9,band=3,rssi=4", &[data]).unwrap_err();
    assert!(matches!(error, ColumnsError::NoColumn { ref name, .. } if name == "9"));
}

#[test]
fn the_unit_is_told_by_name_or_magnitude() {
    use TimeUnit::*;
    for (cell, name, unit) in [
        ("1581249601.4", None, Seconds),
        ("4435.17", Some("elapsed"), Seconds),
        ("1581249601408", None, Milliseconds),
        ("1581249601408682", None, Microseconds),
        ("1581249601408682123", None, Nanoseconds),
        ("15", Some("timems"), Milliseconds),
        ("15", Some("tus"), Microseconds),
    ] {
        assert_eq!(guess_unit(cell, name), Some(unit), "{cell}");
    }
    assert_eq!(guess_unit("word", None), None);
}
