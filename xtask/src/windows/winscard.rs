//! The Windows program on a smart-card service that answers with a code which is none of PC/SC's own, as Windows does
//! where a driver lets no commands through. The crate `pcsc` panics on such codes unless it is told otherwise.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Wine, toolchain};
use crate::steps::Done;
use crate::{host, process};

/// A service with one reader and no card. Exported is what the crate names, called or not.
const SERVICE: &str = r#"
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#define GIVEN __declspec(dllexport) LONG WINAPI
typedef struct { const char *name; void *user; DWORD current, event, atr_len; BYTE atr[36]; } Reader;
static const char NAMES[] = "HID Global OMNIKEY 5022 Smart Card Reader 0\0";
__declspec(dllexport) DWORD g_rgSCardT0Pci[2] = {1, 8}, g_rgSCardT1Pci[2] = {2, 8}, g_rgSCardRawPci[2] = {4, 8};
GIVEN SCardEstablishContext(DWORD scope, void *a, void *b, ULONG_PTR *context) { *context = 1; return 0; }
GIVEN SCardListReadersA(ULONG_PTR context, const char *groups, char *names, DWORD *len) {
    if (names && *len >= sizeof NAMES) memcpy(names, NAMES, sizeof NAMES);
    *len = sizeof NAMES;
    return 0;
}
GIVEN SCardGetStatusChangeA(ULONG_PTR context, DWORD limit_ms, Reader *readers, DWORD count) {
    while (count) readers[--count].event = 0x10; /* empty */
    return 0;
}
GIVEN SCardConnectA(ULONG_PTR context, const char *name, DWORD share, DWORD wanted, ULONG_PTR *card, DWORD *protocol) {
    *card = 2;
    *protocol = 0;
    return 0;
}
GIVEN SCardControl(void) { return ERROR_INVALID_FUNCTION; }
GIVEN SCardBeginTransaction(void) { return 0; }
GIVEN SCardCancel(void) { return 0; }
GIVEN SCardDisconnect(void) { return 0; }
GIVEN SCardEndTransaction(void) { return 0; }
GIVEN SCardGetAttrib(void) { return 0; }
GIVEN SCardIsValidContext(void) { return 0; }
GIVEN SCardReconnect(void) { return 0; }
GIVEN SCardReleaseContext(void) { return 0; }
GIVEN SCardSetAttrib(void) { return 0; }
GIVEN SCardStatusA(void) { return 0; }
GIVEN SCardTransmit(void) { return 0; }
"#;

/// The exit status that says "no device".
const NO_DEVICE: i32 = 4;
/// What it must say, and the setting that it must name.
const SAID: [&str; 2] = ["its driver lets no settings through", "EscapeCommandEnable"];

/// Asks for the settings of the reader; fails where the program does not say what is in the way.
pub fn foreign_code(wine: &Wine, exe: &Path) -> Result<Done, String> {
    let folder = toolchain::target_folder().join("winscard");
    fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let source = folder.join("winscard.c");
    host::write(&source, SERVICE)?;
    let mut compile = Command::new(toolchain::LINKER);
    compile.args(["-shared", "-O2", "-o"]).arg(folder.join("winscard.dll")).arg(&source);
    process::output(&mut compile)?;
    // A program takes a library from its own folder first.
    let program = folder.join("tapbench.exe");
    fs::copy(exe, &program).map_err(|why| format!("{}: {why}", program.display()))?;
    let (status, said) = wine.output(&program, &["nfc", "check", "--format", "json"])?;
    let said = String::from_utf8_lossy(&said);
    if status.code() != Some(NO_DEVICE) || !SAID.iter().all(|words| said.contains(words)) {
        return Err(format!("nfc check ended with {status} and said: {said}"));
    }
    println!("a code of Windows' own is explained, and is no panic");
    Ok(Done::Holds)
}

#[cfg(test)]
mod tests {
    use toml_edit::DocumentMut;

    use super::*;

    #[test]
    fn no_profile_lets_pcsc_panic_on_foreign_codes() {
        let manifest = fs::read_to_string(host::root().join("Cargo.toml")).unwrap();
        let manifest: DocumentMut = manifest.parse().unwrap();
        let profiles = manifest["profile"].as_table_like().unwrap();
        // The profile `test` is `dev` with other defaults.
        assert_eq!(
            profiles.get("dev").unwrap()["package"]["pcsc"]["debug-assertions"].as_bool(),
            Some(false)
        );
        for (name, profile) in profiles.iter().filter(|(name, _)| *name != "dev") {
            assert!(profile.get("debug-assertions").is_none(), "profile.{name} reaches pcsc too");
        }
    }
}
