//! The loops that everything waits for: `cargo bench`. Peers are `cargo xtask bench`'s matter.
#![expect(clippy::unwrap_used, reason = "a broken benchmark may stop")]

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tapbench::engine::parameters::{Dongle, Parameter, ParameterSet};
use tapbench::engine::{Engine, Model, PairId, Rules};
use tapbench::recording::{Options, Reader};
use tapbench::replay::Filter;
use tapbench::tuning::{Labelled, Sweeper, Totals};

const SAMPLES: u32 = 200_000;
const BANDS: u32 = 8;

/// Pseudo-random and always the same: xorshift.
fn noise() -> impl FnMut(u32) -> u32 {
    let mut state = 0x2545_f491u32;
    move |below| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state % below
    }
}

/// Time, band and RSSI: bounded random walks with noise.
fn samples() -> Vec<(i64, u32, i8)> {
    let mut noise = noise();
    let mut walks = [-60i32; BANDS as usize];
    let mut t_us = 0;
    (0..SAMPLES)
        .map(|_| {
            t_us += 1_000 + i64::from(noise(23_000));
            let band = noise(BANDS);
            let walk = &mut walks[band as usize];
            *walk = (*walk + noise(3).cast_signed() - 1).clamp(-95, -33);
            (t_us, band, i8::try_from(*walk + noise(7).cast_signed() - 3).unwrap())
        })
        .collect()
}

/// The samples as a recording; alternating tap and no_tap segments cover its whole time.
fn recording(samples: &[(i64, u32, i8)]) -> Vec<u8> {
    let mut text =
        String::from("{\"rssi_recording\":1,\"sources\":[{\"id\":\"bluegiga-1\",\"kind\":\"bluegiga\"}]}\n");
    for (at, (t_us, band, rssi)) in samples.iter().enumerate() {
        if at % 500 == 0 {
            let (id, intent) = (at / 500 + 1, ["tap", "no_tap"][at / 500 % 2]);
            if id > 1 {
                writeln!(text, "{{\"t_us\":{t_us},\"mark\":\"end\",\"id\":{}}}", id - 1).unwrap();
            }
            writeln!(text, "{{\"t_us\":{t_us},\"mark\":\"begin\",\"id\":{id},\"intent\":\"{intent}\"}}")
                .unwrap();
        }
        let band = format!("C6:05:04:03:02:{band:02X}");
        writeln!(text, "{{\"t_us\":{t_us},\"source\":\"bluegiga-1\",\"band\":\"{band}\",\"rssi\":{rssi}}}")
            .unwrap();
    }
    text.into_bytes()
}

fn rules() -> Rules {
    let mut parameters = ParameterSet::published(Dongle::Bluegiga);
    parameters.set(Parameter::TapThreshold, -42).unwrap();
    Rules { parameters, ..Rules::default() }
}

fn benches(criterion: &mut Criterion) {
    let samples = samples();
    let text = recording(&samples);
    let mut group = criterion.benchmark_group("samples");
    group.throughput(Throughput::Elements(SAMPLES.into())).sample_size(20);

    group.bench_function("read", |bencher| {
        bencher.iter(|| {
            let mut reader = Reader::new(text.as_slice(), Options::default()).unwrap();
            let mut rows = 0u32;
            while let Some(row) = reader.next_row().unwrap() {
                black_box(row.t_us);
                rows += 1;
            }
            rows
        });
    });

    let rules = rules();
    group.bench_function("engine", |bencher| {
        bencher.iter(|| {
            let mut engine = Engine::new(&rules).unwrap();
            let mut decisions = Vec::new();
            for &(t_us, band, rssi_dbm) in &samples {
                black_box(engine.sample(t_us, PairId::new(band as usize), rssi_dbm, &mut decisions));
            }
            decisions.len()
        });
    });

    let mut reader = Reader::new(text.as_slice(), Options::default()).unwrap();
    let labelled = Labelled::read("bench", &mut reader, &Filter::default()).unwrap();
    let sweeper = Sweeper::new(&labelled, &Model::default());
    let mut totals = Totals::of(&sweeper);
    for window in [2, 10, 50] {
        group.bench_function(format!("sweep of window {window}"), |bencher| {
            bencher.iter(|| totals.fill(&sweeper, black_box(window)));
        });
    }
    group.finish();
}

criterion_group!(inner_loops, benches);
criterion_main!(inner_loops);
