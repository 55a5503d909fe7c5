use super::state::{CONNECTIONS, WHITELIST_MAX};
use super::{Bled112, Presence};
use crate::bgapi::{Bytes, Command, ConnectionStatus, DiscoverMode, Event, Info, Response, ResultCode, rssi};

/// Made up, of the documented form: the numbers of real firmware are in no document.
const INFO: Info = Info { major: 1, minor: 3, patch: 2, build: 122, link_layer: 3, protocol: 1, hardware: 3 };

/// Free packet buffers, as many as an example of the API documentation has.
const BUFFERS_FREE: u8 = 8;

/// Interval and window of a scan, in 625 µs.
const SCAN_TIMES: std::ops::RangeInclusive<u16> = 0x0004..=0x4000;

/// A refusal unless `valid`.
fn require(valid: bool, refusal: ResultCode) -> Result<(), ResultCode> {
    if valid { Ok(()) } else { Err(refusal) }
}

impl Bled112 {
    /// Carries out a command and answers it, with the events that belong to the answer.
    pub(super) fn answer(&mut self, command: Command) {
        if let Some(refusal) = self.refusal(&command) {
            return self.respond(&refusal);
        }
        let done = |result: Result<(), ResultCode>| result.err().unwrap_or(ResultCode::OK);
        match command {
            Command::SystemReset { boot_in_dfu: 0 } => self.restart(Presence::Application),
            Command::SystemReset { .. } => self.restart(Presence::Bootloader),
            Command::SystemHello {} => self.respond(&Response::SystemHello {}),
            Command::SystemAddressGet {} => {
                self.respond(&Response::SystemAddressGet { address: self.own_address });
            }
            Command::SystemGetCounters {} => self.report_counters(),
            Command::SystemGetConnections {} => {
                self.respond(&Response::SystemGetConnections { max: CONNECTIONS });
                for handle in 0..CONNECTIONS {
                    self.report_status(handle);
                }
            }
            Command::SystemGetInfo {} => self.respond(&Response::SystemGetInfo { info: INFO }),
            Command::SystemEndpointTx { .. } => {
                self.respond(&Response::SystemEndpointTx { result: ResultCode::OK });
            }
            Command::SystemEndpointRx { .. } => {
                self.respond(&Response::SystemEndpointRx { result: ResultCode::OK, data: Bytes::EMPTY });
            }
            Command::SystemEndpointSetWatermarks { .. } => {
                self.respond(&Response::SystemEndpointSetWatermarks { result: ResultCode::OK });
            }
            Command::SystemWhitelistAppend { address, address_type } => {
                let result = done(self.whitelist_append((address, address_type)));
                self.respond(&Response::SystemWhitelistAppend { result });
            }
            Command::SystemWhitelistRemove { address, address_type } => {
                let before = self.radio.whitelist.len();
                self.radio.whitelist.retain(|device| *device != (address, address_type));
                // A guess: no document says what removing a stranger gives.
                let found = self.radio.whitelist.len() < before;
                let result = done(require(found, ResultCode::INVALID_PARAMETER));
                self.respond(&Response::SystemWhitelistRemove { result });
            }
            Command::SystemWhitelistClear {} => {
                self.radio.whitelist.clear();
                self.respond(&Response::SystemWhitelistClear {});
            }
            Command::ConnectionDisconnect { connection } => {
                let result = done(require(self.radio.disconnect(connection), ResultCode::NOT_CONNECTED));
                self.respond(&Response::ConnectionDisconnect { connection, result });
                if result.is_ok() {
                    self.send(&Event::ConnectionDisconnected { connection, reason: ResultCode::OK }.encode());
                }
            }
            Command::ConnectionGetRssi { connection } => {
                // The answer has no room for an error; the weakest value is a guess.
                self.respond(&Response::ConnectionGetRssi { connection, rssi: *rssi::RANGE_DBM.start() });
            }
            Command::ConnectionGetStatus { connection } => {
                self.respond(&Response::ConnectionGetStatus { connection });
                self.report_status(connection);
            }
            Command::SmSetBondableMode { .. } => self.respond(&Response::SmSetBondableMode {}),
            Command::GapSetMode { discover, connect } => {
                let result = done(self.set_mode(discover, connect));
                self.respond(&Response::GapSetMode { result });
            }
            Command::GapDiscover { mode } => {
                let result = done(self.discover(mode));
                self.respond(&Response::GapDiscover { result });
            }
            Command::GapConnectDirect { .. } => {
                let (result, connection) = match self.connect(&command) {
                    Ok(connection) => (ResultCode::OK, connection),
                    Err(refusal) => (refusal, 0),
                };
                self.respond(&Response::GapConnectDirect { result, connection });
            }
            Command::GapEndProcedure {} => {
                let result = done(require(self.radio.end_procedure(), ResultCode::WRONG_STATE));
                self.respond(&Response::GapEndProcedure { result });
            }
            Command::GapSetFiltering { scan_policy, adv_policy, duplicates } => {
                let result = done(self.set_filtering(scan_policy, adv_policy, duplicates));
                self.respond(&Response::GapSetFiltering { result });
            }
            Command::GapSetScanParameters { interval, window, active } => {
                let result = done(self.set_scan_parameters(interval, window, active));
                self.respond(&Response::GapSetScanParameters { result });
            }
            Command::GapSetAdvParameters { .. } => {
                self.respond(&Response::GapSetAdvParameters { result: ResultCode::OK });
            }
            Command::GapSetAdvData { .. } => {
                self.respond(&Response::GapSetAdvData { result: ResultCode::OK });
            }
            Command::HardwareSetTxpower { .. } => self.respond(&Response::HardwareSetTxpower {}),
        }
    }

    fn respond(&mut self, response: &Response) {
        self.send(&response.encode());
    }

    fn report_status(&mut self, handle: u8) {
        let status = self.radio.status(handle);
        self.send(&Event::ConnectionStatus { status }.encode());
    }

    fn report_counters(&mut self) {
        let counters = std::mem::take(&mut self.radio.counters);
        self.respond(&Response::SystemGetCounters {
            tx_ok: counters.sent,
            tx_retry: 0,
            rx_ok: counters.received,
            rx_fail: 0,
            buffers_free: BUFFERS_FREE,
        });
    }

    /// The answer of a dongle that refuses its first commands, while it still does.
    fn refusal(&mut self, command: &Command) -> Option<Response> {
        let faults = &mut self.faults;
        let (left, code) = if faults.busy_left > 0 {
            let codes = [ResultCode::BUFFERS_FULL, ResultCode::CONTROLLER_BUSY];
            let code = if faults.busy_left.is_multiple_of(2) { codes[0] } else { codes[1] };
            (&mut faults.busy_left, code)
        } else if faults.wrong_state_left > 0 {
            (&mut faults.wrong_state_left, ResultCode::WRONG_STATE)
        } else {
            return None;
        };
        let refusal = Response::with_result(command, code)?;
        *left -= 1;
        Some(refusal)
    }

    fn whitelist_append(&mut self, device: (u64, u8)) -> Result<(), ResultCode> {
        let connected = self.radio.connections.iter().any(Option::is_some);
        require(!self.radio.is_active() && !connected, ResultCode::WRONG_STATE)?;
        require(device.1 <= 1, ResultCode::INVALID_PARAMETER)?;
        // A guess: the documentation says how many fit and not what one more gives.
        require(self.radio.whitelist.len() < WHITELIST_MAX, ResultCode::OUT_OF_MEMORY)?;
        self.radio.whitelist.push(device);
        Ok(())
    }

    fn set_mode(&mut self, discover: u8, connect: u8) -> Result<(), ResultCode> {
        require(discover & 0x7F <= 4 && connect <= 3, ResultCode::INVALID_PARAMETER)?;
        self.radio.advertising = discover != 0 || connect != 0;
        Ok(())
    }

    fn discover(&mut self, mode: u8) -> Result<(), ResultCode> {
        let mode = DiscoverMode::try_from(mode).map_err(|_| ResultCode::INVALID_PARAMETER)?;
        let idle = self.radio.scan.is_none() && self.radio.connecting.is_none();
        require(idle, ResultCode::WRONG_STATE)?;
        // A guess: the documentation says that the radio is unusable, not how that shows.
        require(!self.faults.no_licence, ResultCode::INVALID_LICENCE)?;
        self.radio.start_scan(mode, self.now_us);
        Ok(())
    }

    fn connect(&mut self, command: &Command) -> Result<u8, ResultCode> {
        let Command::GapConnectDirect { address, address_type, interval_min, interval_max, timeout, latency } =
            *command
        else {
            return Err(ResultCode::INVALID_PARAMETER);
        };
        let intervals = 6 <= interval_min && interval_min <= interval_max && interval_max <= 3200;
        let rest = (10..=3200).contains(&timeout) && latency <= 500 && address_type <= 1;
        require(intervals && rest, ResultCode::INVALID_PARAMETER)?;
        let idle = self.radio.scan.is_none() && self.radio.connecting.is_none();
        require(idle, ResultCode::WRONG_STATE)?;
        let connection = self.radio.free_connection().ok_or(ResultCode::CONNECTION_LIMIT)?;
        self.radio.connecting = Some(ConnectionStatus {
            connection,
            flags: 0,
            address,
            address_type,
            interval: interval_max,
            timeout,
            latency,
            bonding: 0xFF,
        });
        Ok(connection)
    }

    fn set_filtering(&mut self, scan: u8, adv: u8, duplicates: u8) -> Result<(), ResultCode> {
        require(scan <= 1 && adv <= 3 && duplicates <= 1, ResultCode::INVALID_PARAMETER)?;
        // A guess, as with the scan parameters.
        require(self.radio.scan.is_none(), ResultCode::WRONG_STATE)?;
        self.radio.whitelist_only = scan == 1;
        self.radio.drop_duplicates = duplicates == 1;
        Ok(())
    }

    fn set_scan_parameters(&mut self, interval: u16, window: u16, active: u8) -> Result<(), ResultCode> {
        let possible = SCAN_TIMES.contains(&interval) && SCAN_TIMES.contains(&window) && window <= interval;
        require(possible && active <= 1, ResultCode::INVALID_PARAMETER)?;
        // A guess: no document says whether it can be done during a scan.
        require(self.radio.scan.is_none(), ResultCode::WRONG_STATE)?;
        (self.radio.interval, self.radio.window, self.radio.active) = (interval, window, active == 1);
        Ok(())
    }
}
