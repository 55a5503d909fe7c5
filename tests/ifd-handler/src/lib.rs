//! A reader's driver as pcscd loads it (an IFD handler, version 3). It has no reader: what a reader does is asked of
//! a test over a Unix socket, whose path is the reader's DEVICENAME in pcscd's configuration.
//! The unsafe surface is this file: C's functions, which copy from and to the service's buffers. Source: pcsc-lite's
//! `ifdhandler.h`.
#![cfg(target_os = "linux")]

#[forbid(unsafe_code)]
mod reader;
#[forbid(unsafe_code)]
pub mod wire;

use std::collections::BTreeMap;
use std::ffi::{CStr, OsStr, c_char, c_int, c_long, c_ulong};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use reader::{Reader, Shows};
use wire::{FAILED, NO_SUCH_DEVICE, Question, SUCCESS};

type Dword = c_ulong;
type ResponseCode = c_long;

const ERROR_TAG: ResponseCode = 600;
const NOT_SUPPORTED: ResponseCode = 614;
const ICC_PRESENT: ResponseCode = 615;
const ICC_NOT_PRESENT: ResponseCode = 616;

const TAG_SLOTS_NUMBER: Dword = 0x0FAE;
const TAG_SIMULTANEOUS_ACCESS: Dword = 0x0FAF;
const TAG_POLLING_THREAD_WITH_TIMEOUT: Dword = 0x0FB3;

/// As many readers as pcscd takes.
const READERS: u8 = 16;

const POWER_DOWN: Dword = 501;
const RESET: Dword = 502;

/// An answer to reset is no longer.
const ATR_MAX: usize = 33;

/// The readers by the number that the service gave each.
static CONNECTED: Mutex<BTreeMap<Dword, Arc<Reader>>> = Mutex::new(BTreeMap::new());

fn connected(lun: Dword) -> Option<Arc<Reader>> {
    CONNECTED.lock().unwrap_or_else(PoisonError::into_inner).get(&lun).cloned()
}

/// Copies an answer into the service's buffer of `room` bytes and says how long it is.
///
/// # Safety
/// `to` has room for `room` bytes, `len` for one number; both are the service's own.
unsafe fn hand_over(answer: &[u8], to: *mut u8, room: usize, len: *mut Dword) -> ResponseCode {
    let fits = answer.len() <= room;
    let answer = if fits { answer } else { &[] };
    // SAFETY: as this function demands; the answer is no part of the service's buffer.
    unsafe {
        std::ptr::copy_nonoverlapping(answer.as_ptr(), to, answer.len());
        *len = answer.len() as Dword;
    }
    if fits { SUCCESS } else { FAILED }
}

/// The bytes of the service's buffer.
///
/// # Safety
/// `from` has `len` bytes, or `len` is 0.
unsafe fn taken(from: *const u8, len: Dword) -> Vec<u8> {
    if len == 0 {
        return Vec::new();
    }
    // SAFETY: as this function demands.
    unsafe { std::slice::from_raw_parts(from, len as usize) }.to_vec()
}

fn ask(lun: Dword, question: &Question) -> Result<Vec<u8>, ResponseCode> {
    connected(lun).map_or(Err(NO_SUCH_DEVICE), |reader| reader.ask(question))
}

/// Connects to the reader at `device`.
///
/// # Safety
/// `device` is a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHCreateChannelByName(lun: Dword, device: *const c_char) -> ResponseCode {
    // SAFETY: as this function demands.
    let device = unsafe { CStr::from_ptr(device) };
    let Some(reader) = Reader::plugged_in(Path::new(OsStr::from_bytes(device.to_bytes()))) else {
        return NO_SUCH_DEVICE;
    };
    CONNECTED.lock().unwrap_or_else(PoisonError::into_inner).insert(lun, Arc::new(reader));
    SUCCESS
}

/// For readers without a name; there are none.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHCreateChannel(_lun: Dword, _channel: Dword) -> ResponseCode {
    NO_SUCH_DEVICE
}

/// Lets go of the reader.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHCloseChannel(lun: Dword) -> ResponseCode {
    CONNECTED.lock().unwrap_or_else(PoisonError::into_inner).remove(&lun);
    SUCCESS
}

/// What the driver can do.
///
/// # Safety
/// `value` has room for as many bytes as `len` says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHGetCapabilities(
    _lun: Dword,
    tag: Dword,
    len: *mut Dword,
    value: *mut u8,
) -> ResponseCode {
    let polling: extern "C" fn(Dword, c_int) -> ResponseCode = wait_for_a_change;
    let address = (polling as usize).to_ne_bytes();
    let answer: &[u8] = match tag {
        TAG_SLOTS_NUMBER => &[1],
        TAG_SIMULTANEOUS_ACCESS => &[READERS],
        TAG_POLLING_THREAD_WITH_TIMEOUT => &address,
        _ => return ERROR_TAG,
    };
    // SAFETY: as this function demands.
    unsafe { hand_over(answer, value, *len as usize, len) }
}

/// What can be set; nothing.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHSetCapabilities(_: Dword, _: Dword, _: Dword, _: *const u8) -> ResponseCode {
    ERROR_TAG
}

/// The protocol that is spoken with the card: any will do.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHSetProtocolParameters(
    _lun: Dword,
    _protocol: Dword,
    _flags: u8,
    _pts1: u8,
    _pts2: u8,
    _pts3: u8,
) -> ResponseCode {
    SUCCESS
}

/// Switches the card on, off, or both.
///
/// # Safety
/// `atr` has room for an answer to reset, `len` for one number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHPowerICC(
    lun: Dword,
    action: Dword,
    atr: *mut u8,
    len: *mut Dword,
) -> ResponseCode {
    let question = match action {
        POWER_DOWN => Question::PowerDown,
        RESET => Question::Reset,
        _ => Question::PowerUp,
    };
    match ask(lun, &question) {
        // SAFETY: as this function demands.
        Ok(answer) => unsafe { hand_over(&answer, atr, ATR_MAX, len) },
        Err(code) => code,
    }
}

/// The protocol and length that go with an exchange; by value in one of its places.
#[repr(C)]
pub struct ScardIoHeader {
    protocol: Dword,
    length: Dword,
}

/// An exchange with the card.
///
/// # Safety
/// `command` has `command_len` bytes, `answer` room for as many as `answer_len` says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHTransmitToICC(
    lun: Dword,
    _header: ScardIoHeader,
    command: *const u8,
    command_len: Dword,
    answer: *mut u8,
    answer_len: *mut Dword,
    _answer_header: *mut ScardIoHeader,
) -> ResponseCode {
    // SAFETY: as this function demands.
    let question = Question::Transmit(unsafe { taken(command, command_len) });
    match ask(lun, &question) {
        // SAFETY: as this function demands.
        Ok(bytes) => unsafe { hand_over(&bytes, answer, *answer_len as usize, answer_len) },
        Err(code) => {
            // SAFETY: as this function demands.
            unsafe { *answer_len = 0 };
            code
        }
    }
}

/// An exchange with the reader itself.
///
/// # Safety
/// `command` has `command_len` bytes, `answer` room for `room`, `answer_len` for one number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn IFDHControl(
    lun: Dword,
    code: Dword,
    command: *const u8,
    command_len: Dword,
    answer: *mut u8,
    room: Dword,
    answer_len: *mut Dword,
) -> ResponseCode {
    // SAFETY: as this function demands.
    let command = unsafe { taken(command, command_len) };
    let Ok(code) = u32::try_from(code) else { return NOT_SUPPORTED };
    match ask(lun, &Question::Control(code, command)) {
        // SAFETY: as this function demands.
        Ok(bytes) => unsafe { hand_over(&bytes, answer, room as usize, answer_len) },
        Err(code) => {
            // SAFETY: as this function demands.
            unsafe { *answer_len = 0 };
            code
        }
    }
}

/// Whether a card is there.
#[unsafe(no_mangle)]
pub extern "C" fn IFDHICCPresence(lun: Dword) -> ResponseCode {
    match connected(lun).map(|reader| reader.shows()) {
        Some(Shows::Card) => ICC_PRESENT,
        Some(Shows::Empty) => ICC_NOT_PRESENT,
        Some(Shows::Nothing) | None => NO_SUCH_DEVICE,
    }
}

/// The service calls this again and again, and looks at the reader each time it returns.
extern "C" fn wait_for_a_change(lun: Dword, _timeout_ms: c_int) -> ResponseCode {
    if let Some(reader) = connected(lun) {
        reader.wait();
    }
    SUCCESS
}
