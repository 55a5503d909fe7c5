//! What the port of a virtual dongle needs of it, whichever dongle it is.

/// What the USB shows of a dongle. When it changes, the port is gone, and another may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usb {
    /// Nothing: unplugged, or restarting.
    Absent,
    /// The bootloader's port.
    Bootloader,
    /// The dongle's own port.
    Application,
}

/// A dongle without its port: bytes and time in, bytes out. Times are in µs from its start.
pub trait VirtualDongle {
    /// Plays on until `now_us`, or until what the USB shows changes.
    fn advance(&mut self, now_us: u64);

    /// What the USB shows now.
    fn usb(&self) -> Usb;

    /// Takes bytes of the host.
    fn receive(&mut self, bytes: &[u8], now_us: u64);

    /// Appends what the host reads until now.
    fn take_output(&mut self, now_us: u64, out: &mut Vec<u8>);

    /// When there is something to do next unless bytes come before, in µs.
    fn wake_at_us(&self) -> Option<u64>;
}
