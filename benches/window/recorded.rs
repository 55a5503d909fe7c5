//! A million samples of four bands in eight hours, and how long it takes to decide them anew.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tapbench::bench::{Wanted, Workbench};
use tapbench::engine::Rules;
use tapbench::engine::parameters::{Dongle, Parameter, ParameterSet};

use super::{Goals, ms, percentile};

pub const SAMPLES: i64 = 1_000_000;
pub const BANDS: i64 = 4;
pub const HOURS: i64 = 8;

/// How often it is decided anew.
const DECISIONS: i16 = 20;

/// The samples, always the same: time in microseconds, band and strength in dBm.
pub fn samples() -> impl Iterator<Item = (i64, i64, i64)> {
    let mut state = 0x2545_f491u32;
    let mut noise = move |below: u32| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        i64::from(state % below)
    };
    let mut walks = [-60i64; BANDS as usize];
    let step_us = HOURS * 3_600_000_000 / SAMPLES;
    (0..SAMPLES).map(move |at| {
        let band = noise(u32::try_from(BANDS).unwrap());
        let walk = &mut walks[usize::try_from(band).unwrap()];
        *walk = (*walk + noise(3) - 1).clamp(-95, -33);
        (at * step_us + noise(1000), band, *walk + noise(7) - 3)
    })
}

/// One sample as a line of a recording.
pub fn line((t_us, band, rssi_dbm): (i64, i64, i64)) -> String {
    format!(
        "{{\"t_us\":{t_us},\"source\":\"bluegiga-1\",\"band\":\"C6:05:04:03:02:0{band}\",\"rssi\":{rssi_dbm}}}\n"
    )
}

pub fn write(path: &Path) {
    let mut file = BufWriter::new(File::create_new(path).unwrap());
    file.write_all(b"{\"rssi_recording\":1,\"sources\":[{\"id\":\"bluegiga-1\",\"kind\":\"bluegiga\"}]}\n")
        .unwrap();
    for sample in samples() {
        file.write_all(line(sample).as_bytes()).unwrap();
    }
    file.flush().unwrap();
}

pub fn rules(threshold_dbm: i16) -> Rules {
    let mut parameters = ParameterSet::published(Dongle::Bluegiga);
    parameters.set(Parameter::TapThreshold, threshold_dbm.into()).unwrap();
    Rules { parameters, ..Rules::default() }
}

fn settled(workbench: &Workbench) {
    while workbench.is_stale() {
        std::thread::park_timeout(Duration::from_micros(200));
    }
}

pub fn measure(path: &Path, goals: &mut Goals) {
    let workbench = Workbench::start(Arc::new(|| ())).unwrap();
    let begin = Instant::now();
    workbench.want(&Wanted { rules: rules(-42), compare: None });
    workbench.open(path.to_string_lossy().into_owned());
    settled(&workbench);
    let opened = begin.elapsed();
    println!("| open {SAMPLES} samples and decide them | {} | | |", ms(opened));
    for compare in [None, Some(rules(-50))] {
        let mut times: Vec<_> = (0..DECISIONS)
            .map(|step| {
                let begin = Instant::now();
                workbench.want(&Wanted { rules: rules(-43 - step), compare: compare.clone() });
                settled(&workbench);
                begin.elapsed()
            })
            .collect();
        let (p50, worst) = (percentile(&mut times, 50), percentile(&mut times, 100));
        let beside = if compare.is_some() { ", and B beside it" } else { "" };
        let what = format!("decide {SAMPLES} samples anew{beside}: p50, worst");
        let is_met = worst < Duration::from_millis(100);
        goals.row(&what, &format!("{}, {}", ms(p50), ms(worst)), "< 100 ms", is_met);
    }
}
