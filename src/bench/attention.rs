//! What a calibration asks of the computer beside the window: that the display stays awake, and a
//! sound at each cue. Both are done by the system's own programs, and it is said where none can.

use std::io::Write;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::system::{Beside, CommandLine, Commands};

/// A program that cannot do it ends sooner.
const PROVEN: Duration = Duration::from_secs(4);
/// Longer than any cue's sound.
const SOUND_LIMIT: Duration = Duration::from_secs(3);

const NOT_AWAKE: &str =
    "This system offers no way to keep the display awake: set its power options so that it stays on.";
const NO_SOUND: &str = "No program here can play a sound.";

/// Where PowerShell is, below the system's folder.
const POWERSHELL: &str = r"WindowsPowerShell\v1.0\powershell";

/// Keeps the display awake until it is dropped, or this program dies.
#[derive(Debug)]
pub struct Awake {
    beside: Vec<(Instant, Beside)>,
}

impl Awake {
    /// Begins.
    pub fn start() -> Self {
        let commands = Commands::of_the_system();
        let started = keepers().into_iter().filter_map(|line| commands.start(&line).ok());
        Self { beside: started.map(|beside| (Instant::now(), beside)).collect() }
    }

    /// What to say where it cannot be done.
    pub fn remark(&mut self) -> Option<&'static str> {
        self.beside.retain_mut(|(begun, beside)| beside.is_running() || begun.elapsed() < PROVEN);
        self.beside.is_empty().then_some(NOT_AWAKE)
    }
}

/// What keeps the display awake while its standard input is open.
fn keepers() -> Vec<CommandLine> {
    if cfg!(windows) {
        // ES_CONTINUOUS, ES_SYSTEM_REQUIRED and ES_DISPLAY_REQUIRED, for as long as the thread lives.
        let script = "$f = Add-Type -PassThru -Name Awake -Namespace Tapbench -MemberDefinition \
                      '[DllImport(\"kernel32.dll\")] public static extern uint SetThreadExecutionState(uint f);'; \
                      if ($f::SetThreadExecutionState(2147483651) -eq 0) { exit 1 }; \
                      [Console]::In.ReadToEnd() | Out-Null";
        return vec![powershell(script)];
    }
    // The first is for GNOME, the second for whoever listens to logind.
    vec![
        CommandLine::new(
            "gnome-session-inhibit",
            ["--inhibit", "idle", "--app-id", "tapbench", "--reason", "calibration", "cat"],
        ),
        CommandLine::new(
            "systemd-inhibit",
            ["--what=idle:sleep", "--who=tapbench", "--why=calibration", "--mode=block", "cat"],
        ),
    ]
}

fn powershell(script: &str) -> CommandLine {
    CommandLine::new(POWERSHELL, ["-NoProfile", "-NonInteractive", "-Command", script])
}

/// Makes a sound when asked to, on a thread of its own.
#[derive(Debug)]
pub struct Bell {
    ring: SyncSender<()>,
    remark: Arc<Mutex<Option<&'static str>>>,
}

impl Bell {
    /// Begins; without a thread it is silent and says so.
    pub fn start() -> Self {
        let (ring, rung) = sync_channel(1);
        let remark = Arc::new(Mutex::new(None));
        let said = Arc::clone(&remark);
        let run = move || {
            if !ringer(&rung) {
                *said.lock().unwrap_or_else(PoisonError::into_inner) = Some(NO_SOUND);
            }
        };
        if thread::Builder::new().name("bell".into()).spawn(run).is_err() {
            *remark.lock().unwrap_or_else(PoisonError::into_inner) = Some(NO_SOUND);
        }
        Self { ring, remark }
    }

    /// Rings once; while it still rings, not again.
    pub fn ring(&self) {
        let _ = self.ring.try_send(());
    }

    /// What to say where nothing is heard.
    pub fn remark(&self) -> Option<&'static str> {
        *self.remark.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Rings until nobody asks any more; `false` where it cannot.
fn ringer(rung: &Receiver<()>) -> bool {
    if cfg!(windows) {
        // Started once: PowerShell takes its time.
        let script = "while ($null -ne [Console]::In.ReadLine()) { [Console]::Beep(880, 250) }";
        let Ok(mut beside) = Commands::of_the_system().start(&powershell(script)) else { return false };
        return rung.iter().all(|()| beside.say("").is_ok());
    }
    let Some(file) = sound_file() else { return false };
    let Some(path) = file.path().to_str() else { return false };
    let players = [
        CommandLine::new("pw-play", [path]),
        CommandLine::new("paplay", [path]),
        CommandLine::new("aplay", ["-q", path]),
        CommandLine::new("canberra-gtk-play", ["-f", path]),
    ];
    let commands = Commands::of_the_system();
    let mut known = None;
    rung.iter().all(|()| {
        let plays = |line: &&CommandLine| commands.run(line, SOUND_LIMIT).success().is_ok();
        match known {
            Some(line) => plays(&line),
            None => {
                known = players.iter().find(plays);
                known.is_some()
            }
        }
    })
}

/// A quarter of a second of 880 Hz as a WAV file; removed with this.
fn sound_file() -> Option<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix("tapbench").suffix(".wav").tempfile().ok()?;
    file.write_all(&wave()).ok()?;
    file.flush().ok()?;
    Some(file)
}

/// 8-bit mono PCM at 8 kHz (RIFF WAVE, Microsoft 1991), a square wave that begins and ends softly.
fn wave() -> Vec<u8> {
    const RATE_HZ: u32 = 8_000;
    const SAMPLES: u32 = RATE_HZ / 4;
    const SOFT: u32 = 200;
    let loudness = |n: u32| 60 * n.min(SAMPLES - n).min(SOFT) / SOFT;
    let sample = |n: u32| {
        let is_high = (n * 880 * 2 / RATE_HZ).is_multiple_of(2);
        let loud = u8::try_from(loudness(n)).unwrap_or(0);
        if is_high { 128 + loud } else { 128 - loud }
    };
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF");
    bytes.extend((36 + SAMPLES).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16u32.to_le_bytes());
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(RATE_HZ.to_le_bytes());
    bytes.extend(RATE_HZ.to_le_bytes());
    bytes.extend([1, 0, 8, 0]);
    bytes.extend(b"data");
    bytes.extend(SAMPLES.to_le_bytes());
    bytes.extend((0..SAMPLES).map(sample));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sound_is_a_whole_wave_file() {
        let wave = wave();
        let field = |at: usize| u32::from_le_bytes(wave[at..at + 4].try_into().unwrap());
        assert_eq!(field(4) as usize, wave.len() - 8);
        assert_eq!(field(40) as usize, wave.len() - 44);
        assert_eq!(
            (wave[44], wave[44..].iter().max(), wave[44..].iter().min()),
            (128, Some(&188), Some(&68))
        );
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        let mut none = Awake { beside: Vec::new() };
        assert_eq!(none.remark(), Some(NOT_AWAKE));
    }
}
