//! Whole small files.

use proptest::prelude::*;

use super::*;
use crate::recording::import::Stretch;
use crate::recording::row::Intent;

fn imported(columns: &str, file: &str) -> Imported {
    read(file.as_bytes(), &columns.parse().unwrap()).unwrap()
}

fn samples(imported: &Imported) -> Vec<(i64, String, i8)> {
    let band = |h: &Heard| imported.names.band(h.sample.band).unwrap().to_string();
    imported.samples.iter().map(|h| (h.time_us, band(h), h.sample.rssi_dbm)).collect()
}

#[test]
fn crlf_semicolons_and_a_byte_order_mark_do_not_matter() {
    let file = "\u{feff}time;rssi;mac\r\n0,5;-61;c6:05:04:03:02:01\r\n1;-59.0;C60504030201\r\n";
    let got = imported("", file);
    assert_eq!(
        samples(&got),
        [(500_000, "C6:05:04:03:02:01".into(), -61), (1_000_000, "C6:05:04:03:02:01".into(), -59)]
    );
    assert_eq!((got.clock, got.loss), (Clock::Relative, None));
}

#[test]
fn spaces_separate_however_many() {
    let got = imported("time=1,rssi=2,band=~x", "1.5   -61\n2.5 -62\n");
    assert_eq!(got.samples.len(), 2);
}

#[test]
fn only_127_is_skipped_and_every_other_bad_row_is_lost() {
    let file = "time,rssi,mac\n0,127,a\n1,-61,a\n2,strong,a\nlater,-61,a\n3,-128,a\n4,-62\n5,-63,\n6,-64,a\n";
    let got = imported("", file);
    assert_eq!((got.samples.len(), got.skipped.of(Skip::NotAvailable), got.skipped.total()), (2, 1, 1));
    let Some(Loss::Lines { count: 5, first }) = got.loss else { panic!("{:?}", got.loss) };
    let places: Vec<_> = first.iter().map(|lost| (lost.line, lost.column)).collect();
    assert_eq!(places, [(4, Some(2)), (5, Some(1)), (6, Some(2)), (7, None), (8, Some(3))]);
    assert_eq!(first[0].to_string(), "line 4, column 2: \"strong\" is no signal strength");
    let crlf = imported("", &file.replace('\n', "\r\n"));
    assert!(
        matches!(crlf.loss, Some(Loss::Lines { count: 5, first: ref same }) if *same == first),
        "{crlf:?}"
    );
    let many = format!("{file}{}", "7,loud,a\n".repeat(90));
    let Some(Loss::Lines { count: 95, first }) = imported("", &many).loss else { panic!("not counted") };
    assert_eq!(first.len(), LOST_SHOWN);
}

#[test]
fn what_is_rounded_or_put_in_order_is_said() {
    let got = imported("", "time,rssi,mac\n2,-50.5,a\n1,-61.0,a\n3,-61,a\n");
    assert_eq!(samples(&got).iter().map(|s| s.2).collect::<Vec<_>>(), [-51, -61, -61]);
    let said = got.remarks.join("; ");
    assert!(said.contains("rounded to whole dBm, halves away from zero: 1"), "{said}");
    assert!(said.contains("put in order of time: 1"), "{said}");
    let plain = imported("", "time,rssi,mac\n1,-61.0,a\n1,-61,a\n").remarks.join("; ");
    assert!(!plain.contains("rounded") && !plain.contains("order"), "{plain}");
}

#[test]
fn an_open_quote_counts_every_line_it_swallows() {
    let got = imported("", "time,rssi,mac\n0,-61,a\n1,\"-61,a\n2,-61,a\n3,-61,a\n");
    assert!(
        matches!(got.loss, Some(Loss::Lines { count: 3, ref first }) if first[0].line == 3),
        "{:?}",
        got.loss
    );
}

#[test]
fn a_file_with_nothing_readable_is_unusable_and_one_with_a_header_only_is_empty() {
    let layout = Layout::default();
    assert!(matches!(read(&b"time,rssi,mac\nx,y,z\n"[..], &layout), Err(ImportError::Unusable(_))));
    assert!(matches!(read(&b"just words\n"[..], &layout), Err(ImportError::Columns(_))));
    assert_eq!(imported("", "time,rssi,mac\n").samples, []);
}

#[test]
fn different_names_never_become_one_band() {
    let got = imported("", "time,rssi,device\n0,-61,a b\n1,-61,a_b\n2,-61,a b\n3,-61,~a.b\n");
    let bands: Vec<_> = samples(&got).into_iter().map(|s| s.1).collect();
    assert_eq!(bands, ["~a_b", "~a_b-2", "~a_b", "~a_b-3"]);
}

#[test]
fn runs_of_one_label_or_distance_become_stretches() {
    let file = "time,rssi,device,label,cm\n0,-61,a,tap,3\n1,-61,a,tap,3\n2,-70,a,walk,3\n3,-70,b,walk,3\n4,-70,b,,\n";
    let got = imported("distance_cm=cm", file);
    let a = got.samples[0].sample.band;
    let stretch = |begin_us, last_us, intent, note: Option<&str>, band| Stretch {
        begin_us,
        last_us,
        intent,
        note: note.map(str::to_owned),
        distance_cm: Some(3.0),
        band,
    };
    assert_eq!(
        got.stretches,
        [
            stretch(0, 1_000_000, Intent::Tap, None, Some(a)),
            stretch(2_000_000, 3_000_000, Intent::Note, Some("walk"), None),
        ]
    );
}

#[test]
fn only_selects_rows_among_others() {
    let file = "2020-05-19 14:28:45.394,scenario,x\n2020-05-19 14:28:46.000,Bluetooth,65082A4C-EFE1-8776-2BE5-E3AAFF41F1F9,-77\n";
    let got = imported("time=1,band=3,rssi=4,only=2:Bluetooth", file);
    assert_eq!(samples(&got)[0].1, "~65082A4CEFE187762BE5E3AAFF41F1F9");
    assert_eq!((got.skipped.of(Skip::NotSelected), got.clock, got.loss), (1, Clock::Unzoned, None));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..300)) {
        let layout: Layout = "label=4,distance_m=5,time=1,rssi=2,band=3".parse().unwrap();
        let _ = read(&tail[..], &layout);
        let _ = read(&tail[..], &Layout::default());
        let _ = read(&[&b"time,rssi,mac\n0,-61,a\n"[..], &tail].concat()[..], &Layout::default());
    }

    #[test]
    fn every_truncation_gives_whole_rows_or_a_loss(cut in 14usize..60) {
        let file = "time,rssi,mac\n0.000,-61,c60504030201\n1.000,-62,c60504030201\n";
        let cut = cut.min(file.len());
        if let Ok(got) = read(&file.as_bytes()[..cut], &Layout::default()) {
            prop_assert!(got.samples.len() <= 2);
        }
    }
}
