//! `cargo xtask screenshots`: the pictures of the documentation, drawn anew from their scenes.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::apt::{self, Need};
use crate::{Outcome, flags, host, process, python};

pub const ABOUT: &str = "draw the pictures in docs/images anew (no display needed)";

const PICTURES: &[Need] = &[
    Need::package("mesa-vulkan-drivers", "draws the window without a display"),
    Need::program("imagemagick", "mogrify", "makes the pictures small"),
];

const IMAGES: &str = "docs/images";

/// A small part of the documentation's size each.
const BYTES_MAX: u64 = 150_000;

pub fn run(arguments: &[String]) -> Outcome {
    flags(arguments, [])?;
    apt::ensure(apt::BUILD)?;
    apt::ensure(PICTURES)?;
    let images = host::root().join(IMAGES);
    let mut scenes = host::cargo();
    // One after the other: each plays its scene at the pace of the simulated bench.
    scenes.args([
        "test",
        "--package",
        "tapbench",
        "--test",
        "window",
        "pictures::",
        "--",
        "--test-threads",
        "1",
    ]);
    process::run(scenes.env("TAPBENCH_PICTURES", &images))?;
    report(&images)?;
    let pictures = fs::read_dir(&images).map_err(|why| format!("{}: {why}", images.display()))?;
    for picture in pictures.filter_map(|entry| Some(entry.ok()?.path())) {
        if picture.extension().is_some_and(|kind| kind == "png") {
            shrink(&picture)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The first page of the report on a sample recording.
fn report(images: &Path) -> Result<(), String> {
    let folder = host::target()?.join("pictures");
    let pictures = Path::new("xtask").join("pictures");
    let python = python::environment(&folder.join("venv"), &pictures.join("requirements.txt"))?;
    let html = folder.join("report.html");
    let recording = "recordings/synthetic-calibration-hard.rssi.jsonl";
    let mut tapbench = host::cargo();
    tapbench.args(["run", "--quiet", "--package", "tapbench", "--", "report", recording, "--force"]);
    process::run(tapbench.args(["--dongle", "bluegiga", "-o"]).arg(&html))?;
    process::run(
        Command::new(python).arg(pictures.join("report.py")).arg(html).arg(images.join("report.png")),
    )
}

/// As few colours as tell all apart.
fn shrink(picture: &Path) -> Result<(), String> {
    let mut mogrify = Command::new("mogrify");
    mogrify.args(["-strip", "-alpha", "off", "+dither", "-colors", "160", "-type", "Palette"]);
    mogrify.args(["-define", "png:compression-level=9", "-define", "png:compression-filter=0"]);
    process::run(mogrify.arg(picture))?;
    let bytes = fs::metadata(picture).map_err(|why| format!("{}: {why}", picture.display()))?.len();
    println!("{}: {} kB", picture.display(), bytes / 1000);
    if bytes > BYTES_MAX {
        return Err(format!("{}: larger than {} kB", picture.display(), BYTES_MAX / 1000));
    }
    Ok(())
}
