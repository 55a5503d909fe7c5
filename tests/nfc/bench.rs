//! A real pcscd with a virtual reader, and cards of our own on it. The tests skip themselves where
//! Debian's `pcscd` and `vsmartcard-vpcd` are missing, but fail where `CI` is set.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::linux::net::TcpStreamExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};

use super::support::{Folder, tapbench};

/// The longest that a test waits for anything.
pub const LIMIT: Duration = Duration::from_secs(20);

/// Where pcscd listens, in the `/run` that it sees.
const SOCKET: &str = "pcscd/pcscd.comm";
/// Where its clients look for it instead of there.
pub const SOCKET_VARIABLE: &str = "PCSCLITE_CSOCK_NAME";
const LIBRARY: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
/// vpcd looks for a card this often: one that leaves sooner may never be seen.
pub const LOOK: Duration = Duration::from_millis(400);
pub const NAME: &str = "HID Global OMNIKEY 5022 Smart Card Reader";
/// A MIFARE Classic 1K's.
pub const ATR: &str = "3B8F8001804F0CA000000306030001000000006A";
/// Where the first virtual reader listens for its card; each has two slots.
const PORT: u16 = 0x8C7B;

/// Whether the tests cannot run here; says why.
#[expect(clippy::print_stderr, reason = "a test that was skipped must not look like one that ran")]
pub fn is_missing() -> bool {
    let runs = Command::new("pcscd").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let why = if !runs.is_ok_and(|status| status.success()) || !Path::new(LIBRARY).exists() {
        "apt-get install pcscd vsmartcard-vpcd"
    } else if unshare().is_some() {
        return false;
    } else if another_runs() {
        "another pcscd runs: stop it first (systemctl stop pcscd.socket pcscd.service)"
    } else if tempfile::Builder::new().tempfile_in("/run").is_err() {
        "pcscd must be started by root"
    } else {
        return false;
    };
    assert!(std::env::var_os("CI").is_none(), "{why}");
    eprintln!("skipped: {why}");
    true
}

fn another_runs() -> bool {
    let _turn = turn();
    UnixStream::connect(Path::new("/run").join(SOCKET)).is_ok()
}

/// What gives a process a `/run` of its own, so that several pcscd can run, and without root: their
/// paths are built in. `None` where the system lets nobody do that, as in many containers.
fn unshare() -> Option<&'static [&'static str]> {
    static FOUND: OnceLock<Option<&[&str]>> = OnceLock::new();
    const WAYS: [&[&str]; 2] = [&["--mount"], &["--mount", "--map-root-user"]];
    *FOUND.get_or_init(|| {
        let works = |way: &&[&str]| {
            let mut tried = Command::new("unshare");
            tried.args(*way).args(["mount", "--bind", "/run", "/run"]);
            tried.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        };
        WAYS.into_iter().find(works)
    })
}

/// Holds the machine's only place for something, among all tests in whatever process.
fn turn() -> File {
    let file = File::open(LIBRARY).unwrap();
    flock(&file, FlockOperation::LockExclusive).unwrap();
    file
}

/// A pcscd that ends with the test.
pub struct Service {
    child: Child,
    folder: Folder,
    /// The port at which its reader listens, where it is vpcd's.
    port: Option<u16>,
    _turn: Option<File>,
}

impl Service {
    /// With vpcd's reader.
    pub fn start() -> Self {
        Self::with_readers(1)
    }

    /// With several of vpcd's readers; they need the library under several names.
    pub fn with_readers(count: u16) -> Self {
        let folder = Folder::new();
        let entry = |n: u16| {
            let library = folder.path().join(format!("libifdvpcd-{n}.so"));
            std::fs::copy(LIBRARY, &library).unwrap();
            let port = PORT + 2 * n;
            // Two of the same name would have the same number too.
            let name = if n == 0 { NAME.to_owned() } else { format!("{NAME} {n}") };
            entry(&name, &format!("/dev/null:0x{port:X}"), &library, port)
        };
        let config: String = (0..count).map(entry).collect();
        // The ports are the same for all.
        Self::run(folder, &config, Some(PORT), Some(turn()))
    }

    /// With these readers, each with the address of who plays it.
    pub fn with_played<'a>(readers: impl IntoIterator<Item = (&'a str, &'a Path)>) -> Self {
        let turn = unshare().is_none().then(turn);
        Self::run(Folder::new(), &played(readers), None, turn)
    }

    fn run(folder: Folder, config: &str, port: Option<u16>, turn: Option<File>) -> Self {
        folder.write("conf/readers", config);
        std::fs::create_dir_all(folder.path().join("run/pcscd")).unwrap();
        Self { child: spawn(&folder, port), folder, port, _turn: turn }
    }

    /// As a crash does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn start_again(&mut self) {
        self.child = spawn(&self.folder, self.port);
    }

    /// The next time it starts, with these readers instead.
    pub fn configure<'a>(&self, readers: impl IntoIterator<Item = (&'a str, &'a Path)>) {
        self.folder.write("conf/readers", played(readers));
    }

    /// The command, speaking to this service.
    pub fn tapbench(&self) -> Command {
        let mut command = tapbench();
        command.env(SOCKET_VARIABLE, socket(&self.folder));
        command
    }

    /// An empty folder in which the command speaks to this service.
    pub fn folder(&self) -> Folder {
        Folder::new().with_env(SOCKET_VARIABLE, socket(&self.folder))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // A killed one leaves its socket.
        let _ = std::fs::remove_file(socket(&self.folder));
    }
}

/// A reader in pcscd's configuration.
fn entry(name: &str, device: &str, library: &Path, channel: u16) -> String {
    let library = library.display();
    format!("FRIENDLYNAME \"{name}\"\nDEVICENAME {device}\nLIBPATH {library}\nCHANNELID 0x{channel:X}\n")
}

fn played<'a>(readers: impl IntoIterator<Item = (&'a str, &'a Path)>) -> String {
    // Built beside this test, because the test depends on it.
    let library = std::env::current_exe().unwrap().with_file_name("libifd_handler.so");
    let each = readers.into_iter().zip(0..);
    each.map(|((name, address), n)| entry(name, &address.display().to_string(), &library, n)).collect()
}

/// The socket of a pcscd that has this folder, as it is seen from outside.
fn socket(folder: &Folder) -> PathBuf {
    let run = if unshare().is_some() { folder.path().join("run") } else { PathBuf::from("/run") };
    run.join(SOCKET)
}

fn spawn(folder: &Folder, port: Option<u16>) -> Child {
    let socket = socket(folder);
    let _ = std::fs::remove_file(&socket);
    let mut pcscd = match unshare() {
        Some(way) => {
            let mut command = Command::new("unshare");
            let script = r#"mount --bind "$1" /run && shift && exec pcscd "$@""#;
            command.args(way).args(["sh", "-c", script, "sh"]).arg(folder.path().join("run"));
            command
        }
        None => Command::new("pcscd"),
    };
    pcscd.arg("--foreground").arg("-c").arg(folder.path().join("conf"));
    let child = pcscd.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("pcscd", || UnixStream::connect(&socket).ok());
    if let Some(port) = port {
        until("the virtual reader", || TcpStream::connect(("127.0.0.1", port)).ok());
    }
    child
}

/// Waits, with a limit, until `what` is there.
pub fn until<T>(what: &str, mut there: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = there() {
            return found;
        }
        assert!(begun.elapsed() < LIMIT, "{what} does not come");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// What a card says to a command; `None` is silence.
type Answer = Box<dyn FnMut(&[u8]) -> Option<Vec<u8>> + Send>;

/// A card on the reader; it is taken away with this.
pub struct Card {
    line: TcpStream,
    atr: Vec<u8>,
    answer: Answer,
}

impl Card {
    pub fn new(atr: &str, answer: impl FnMut(&[u8]) -> Option<Vec<u8>> + Send + 'static) -> Self {
        Self::in_slot(0, atr, answer)
    }

    /// In a slot of any reader.
    pub fn in_slot(
        slot: u16,
        atr: &str,
        answer: impl FnMut(&[u8]) -> Option<Vec<u8>> + Send + 'static,
    ) -> Self {
        let line = until("the reader", || TcpStream::connect(("127.0.0.1", PORT + slot)).ok());
        line.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let bytes = atr.as_bytes().chunks(2);
        let atr =
            bytes.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect();
        Self { line, atr, answer: Box::new(answer) }
    }

    /// One that does nothing but be there.
    pub fn plain() -> Self {
        Self::new(ATR, |_| Some(vec![0x6A, 0x81]))
    }

    /// Lies there until `is_over`.
    pub fn lie_until(&mut self, mut is_over: impl FnMut() -> bool) {
        while !is_over() {
            let Some(message) = self.message() else { continue };
            let reply = match message.as_slice() {
                [0..=2] => None,
                [4] => Some(self.atr.clone()),
                apdu => (self.answer)(apdu),
            };
            if let Some(reply) = reply {
                let len = u16::try_from(reply.len()).unwrap().to_be_bytes();
                self.line.write_all(&[&len[..], &reply].concat()).unwrap();
            }
        }
    }

    /// Lies there for so long.
    pub fn lie(mut self, time: Duration) {
        let begun = Instant::now();
        self.lie_until(|| begun.elapsed() >= time);
    }

    fn message(&mut self) -> Option<Vec<u8>> {
        let mut len = [0; 2];
        // Else each message waits for 40 ms: vpcd sends it in two pieces.
        self.line.set_quickack(true).unwrap();
        match self.line.read(&mut len[..1]) {
            Ok(1) => {}
            Ok(_) => panic!("the reader hung up"),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock) => return None,
            Err(error) => panic!("{error}"),
        }
        self.rest(&mut len[1..]);
        let mut message = vec![0; usize::from(u16::from_be_bytes(len))];
        self.rest(&mut message);
        Some(message)
    }

    fn rest(&mut self, bytes: &mut [u8]) {
        let mut filled = 0;
        while filled < bytes.len() {
            self.line.set_quickack(true).unwrap();
            match self.line.read(&mut bytes[filled..]) {
                Ok(count) if count > 0 => filled += count,
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}
