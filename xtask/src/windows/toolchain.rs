//! Debian's Rust as a cross compiler: its package `rust-web-src` has the standard library's source.

use std::path::PathBuf;
use std::process::Command;

use crate::apt::Need;
use crate::host;

pub const TARGET: &str = "x86_64-pc-windows-gnu";

pub const NEEDS: &[Need] = &[
    Need::package("rustc-web", "Debian's current Rust compiler"),
    Need::package("cargo-web", "the cargo that belongs to it"),
    Need::package("rust-web-src", "the standard library's source, to build it for Windows"),
    Need::package("gcc-mingw-w64-x86-64-posix", "the linker and C compiler for Windows"),
];

pub const LINKER: &str = "x86_64-w64-mingw32-gcc-posix";

/// The toolchain that runs us must not leak in: two compilers would share flags and libraries.
const OTHER_TOOLCHAIN: &[&str] = &[
    "RUSTUP_TOOLCHAIN",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
    "RUSTDOCFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "LD_LIBRARY_PATH",
];

/// A cargo whose `build`, `test` and `nextest` make programs for Windows.
pub fn cargo() -> Command {
    // rustup's proxies come first on the PATH, so all is named outright.
    let mut cargo = Command::new("/usr/bin/cargo");
    for name in OTHER_TOOLCHAIN {
        cargo.env_remove(name);
    }
    cargo
        .env("PATH", "/usr/bin:/bin:/usr/local/bin")
        .env("CARGO", "/usr/bin/cargo")
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTDOC", "/usr/bin/rustdoc")
        // Lets this stable compiler build the standard library.
        .env("RUSTC_BOOTSTRAP", "1")
        // Always with `test`, so that the tests use what the build before them made.
        .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_unwind,proc_macro,test")
        .env("CARGO_BUILD_TARGET", TARGET)
        // Another compiler than the host's, so never in the host's target folder.
        .env("CARGO_TARGET_DIR", target_folder())
        .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", LINKER)
        .env("CC_x86_64_pc_windows_gnu", LINKER)
        .env("AR_x86_64_pc_windows_gnu", "x86_64-w64-mingw32-ar");
    cargo
}

pub fn target_folder() -> PathBuf {
    host::root().join("target").join("windows")
}
