//! The table of the Troubleshooting Guide v14.0: lines in logs, all causes that it gives for them, and
//! the remedy of each.

/// What the vendor says of lines that contain one of some texts.
#[derive(Debug, PartialEq, Eq)]
pub struct Cause {
    /// A stable name for scripts: in kebab-case, or PC/SC's own of a return code.
    pub code: &'static str,
    /// Any of these in a line means it.
    pub(super) texts: &'static [&'static str],
    /// All causes that the guide gives, in its order; behind them what it does not give for these lines,
    /// which says so.
    pub because: &'static [Because],
    /// The chapter of the Troubleshooting Guide v14.0, and its sentence; or that it has none.
    pub source: &'static str,
}

/// One cause and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Because {
    /// Why it happens, without a full stop.
    pub cause: &'static str,
    /// What to do, without a full stop.
    pub remedy: &'static str,
}

const fn because(cause: &'static str, remedy: &'static str) -> Because {
    Because { cause, remedy }
}

const SAME_IP: Because = because(
    "two terminals have the same IP address",
    "give each terminal an IP address of its own, then restart the Nymi Bluetooth Endpoint service",
);
const SWITCHED_NETWORK: Because = because(
    "the terminal has several network adapters, switched from one to another and received a new IP address",
    "restart the Nymi Bluetooth Endpoint service; in a Citrix or RDP session log out of it (not just disconnect) and launch it again",
);

/// The chapter whose two causes are those of the lines that it shows.
const RUNTIME: &str =
    "Nymi Bluetooth Endpoint is Missing (Nymi Runtime): \"Two user terminals have the same IP address\"";

const NOT_RUNNING: Because = because(
    "the adapter is not plugged in, or the Nymi Bluetooth Endpoint service is not running or hangs",
    "reseat the adapter in a free USB port, or restart the Nymi Bluetooth Endpoint service",
);
const PORT_BLOCKED: Because = because(
    "on a Citrix server or RDP session host: port 9120 to the endpoint on the terminal is blocked",
    "allow port 9120 both ways between the Nymi Agent and the terminal (tapbench doctor --try-agent)",
);
const AGENT_NOT_NAMED: Because = because(
    "with a central Nymi Agent: nbe.toml does not name it",
    "correct agent_url in nbe.toml, or rename the file, and restart the endpoint (tapbench config check)",
);
const NO_LOCAL_ENDPOINT: Because = because(
    "over RDP: the local terminal does not run the Nymi Bluetooth Endpoint",
    "install it there, and name the Nymi Agent (the enrollment terminal) in its nbe.toml",
);
const ACTIVE_ACTIVE: Because = because(
    "the load balancer runs several Nymi Agents Active/Active, which is not supported",
    "configure them in Active/Standby mode",
);

/// An address that the endpoint subscribes to changed while it ran.
pub(super) const ADDRESS_CHANGED: Cause = Cause {
    code: "address-changed",
    texts: &[],
    because: &[SWITCHED_NETWORK],
    source: "Nymi Band Tap Not Detected: \"The user terminal has multiple network adapters and the network connection has switched from one network adapter to another.\"",
};

/// The cause of a band that could not be read.
pub(super) const NFC_READ: &str = "nfc-read";

/// The table. A line belongs to the first cause that fits.
pub const CAUSES: [Cause; 15] = [
    Cause {
        code: NFC_READ,
        texts: &[
            "An error occurred while reading the smart card on reader",
            "CardReadError(UnresponsiveCard)",
            "get device ID of smart card of the reader",
            "Reader reported a communication issue",
        ],
        because: &[
            because(
                "the band was moved away from the NFC reader before it was read: it was gone (return code 2148532329), or did not answer (2148532326)",
                "hold the band close to the reader for at least 1 second",
            ),
            because(
                "the reader is in power saving, or polls slowly and for many protocols",
                "turn off \"Allow the computer to turn off this device to save power\" of the reader in Device Manager (tapbench doctor looks), or set it to 41 Hz (24 ms) and ISO 14443 Type A only (tapbench nfc configure)",
            ),
        ],
        source: "Inconsistent Nymi Band Tap Behaviour with HID Omnikey 5022 Readers: \"The user moves the Nymi Band away from the reader before the system can retrieve information from the Nymi Band.\"",
    },
    Cause {
        code: "certificates",
        texts: &[
            "nsl_verify_nea_cert_chain",
            "MissingCerts",
            "NEA certificate chain is missing or",
            "NEA missing certificates",
            "\"status\":8000",
        ],
        because: &[because(
            "the version of a Nymi component does not match the L2 certificate of the Nymi Enterprise Server (error 14)",
            "contact Nymi to confirm that NES, Nymi SDK and Nymi Band Application fit the L2 certificate",
        )],
        source: "User Cannot Complete Authentication Tasks with the Nymi Band: \"there is a mismatch between the version of a Nymi component and the L2 certificate that Nymi Enterprise Server(NES) uses.\"",
    },
    Cause {
        code: "duplicate-endpoint",
        texts: &[
            "Channel already joined",
            "ChannelAlreadyJoined",
            "Tried to join existing bluebox",
            "key :bluebox_id not found",
            "Smith.API.BlueboxChannel.terminate",
        ],
        because: &[SAME_IP, SWITCHED_NETWORK],
        source: RUNTIME,
    },
    Cause {
        code: "agent-reconnect",
        texts: &[
            "Websocket connection closed with code: Error",
            "Error sending WS disconnect event",
            "Attempting to reconnect to Agent at",
        ],
        because: &[
            SAME_IP,
            SWITCHED_NETWORK,
            because(
                "not the guide's for this line: the Nymi Agent cannot be reached, where no \"Channel already joined\" stands near it",
                "see that agent_url in nbe.toml is right, that the Nymi Agent service runs, and its port: tapbench doctor --try-agent",
            ),
        ],
        source: RUNTIME,
    },
    Cause {
        code: "two-agents",
        texts: &[
            "Received error polling dongle",
            "BGADAPTER: error on dongle reader thread",
            "error terminating dongle polling thread",
            "BLE Dongle removed",
        ],
        because: &[
            because(
                "several Nymi Agents serve one session: the load balancer runs them Active/Active, which is not supported",
                "configure the Nymi Agent servers in Active/Standby mode on the load balancer",
            ),
            because(
                "the adapter was unplugged, or lost its USB connection (with a single agent)",
                "reseat the adapter, or use another USB port; tapbench doctor looks at it",
            ),
        ],
        source: "Cannot connect to a Nymi Band, cause 5: \"the load balancer has configured the Nymi Agent servers in Active/Active mode, which is an unsupported configuration.\"",
    },
    Cause {
        code: "endpoint-missing",
        texts: &[
            "Nymi Bluetooth Endpoint is missing",
            "Band service disconnected, error code: 5100",
            "\"status\":5100",
        ],
        because: &[
            NOT_RUNNING,
            PORT_BLOCKED,
            AGENT_NOT_NAMED,
            NO_LOCAL_ENDPOINT,
            ACTIVE_ACTIVE,
            SAME_IP,
            SWITCHED_NETWORK,
        ],
        source: "Cannot connect to a Nymi Band. Nymi Bluetooth Endpoint is missing: \"The Nymi Bluetooth Endpoint service is not running or needs to be reset.\"; and Nymi Bluetooth Endpoint is Missing (Nymi Runtime): \"Two user terminals have the same IP address\"",
    },
    Cause {
        code: "endpoint-missing-runtime",
        // As the heading of the chapter on Nymi Runtime has it.
        texts: &["Nymi Bluetooth Endpoint is Missing"],
        because: &[
            SAME_IP,
            SWITCHED_NETWORK,
            NOT_RUNNING,
            PORT_BLOCKED,
            AGENT_NOT_NAMED,
            NO_LOCAL_ENDPOINT,
            ACTIVE_ACTIVE,
        ],
        source: "Nymi Bluetooth Endpoint is Missing (Nymi Runtime): \"Two user terminals have the same IP address\"; and Cannot connect to a Nymi Band. Nymi Bluetooth Endpoint is missing: \"The Nymi Bluetooth Endpoint service is not running or needs to be reset.\"",
    },
    Cause {
        code: "agent-unreachable",
        texts: &["Failed to connect to Nymi Agent", "Duplicate endpoint ID"],
        because: &[
            because(
                "the endpoint cannot talk to the Nymi Agent: agent_url is wrong",
                "correct agent_url in nbe.toml (tapbench config check) and restart the Nymi Bluetooth Endpoint service",
            ),
            because(
                "the Nymi Agent service does not run",
                "see on the machine that agent_url names whether it runs, and start it",
            ),
            because(
                "with a central Nymi Agent: its port, 9120 unless agent_url says another, cannot be reached",
                "try it from the terminal (tapbench doctor --try-agent) and from the agent's machine to the terminal (tnc -p 9120 TERMINAL), and open it in the firewalls",
            ),
            because(
                "not the guide's for this line: with \"Duplicate endpoint ID\", or \"Channel already joined\" near it, another terminal has the same IP address, or this one has a new one",
                "give each terminal an IP address of its own, then restart the Nymi Bluetooth Endpoint service",
            ),
        ],
        source: "Failed to connect to Nymi Agent. Duplicate endpoint ID or Failed to connect to Nymi Agent: \"This message appears when the Nymi Bluetooth Endpoint cannot communicate with the Nymi Agent service.\"",
    },
    Cause {
        code: "adapter-missing",
        texts: &["Bluetooth Adapter is missing"],
        because: &[because(
            "the Nymi Bluetooth Endpoint cannot connect to the Bluetooth adapter",
            "remove the adapter and insert it again, or use another USB port",
        )],
        source: "Bluetooth Adapter is missing: \"This error message appears when the Nymi Bluetooth Endpoint cannot connect to the Bluetooth adapter.\"",
    },
    Cause {
        code: "service-stopped",
        texts: &[
            "Nymi Bluetooth Endpoint service is stopped or unreachable",
            "Nymi Bluetooth Agent is missing",
        ],
        because: &[because(
            "the Nymi Bluetooth Endpoint service is not started, or does not respond",
            "start it: right-click the Status Indicator, then Restart; or net start NymiBluetoothEndpoint as administrator",
        )],
        source: "Nymi Bluetooth Agent is missing: \"The Nymi Bluetooth Endpoint service is not started on the user terminal.\"",
    },
    Cause {
        code: "agent-stopped",
        texts: &["Disconnect from agent", "Nymi Lock Control connection error"],
        because: &[
            because(
                "the Nymi Agent service is not started on the terminal",
                "log in with user name and password, and start the Nymi Agent service",
            ),
            because(
                "Nymi Lock Control cannot detect the Bluetooth adapter",
                "see that the system shows the adapter, and that the Nymi Bluetooth Endpoint service runs",
            ),
        ],
        source: "Disconnect from agent: \"The Nymi Agent service is not started on the user terminal.\"",
    },
    Cause {
        code: "band-timeout",
        texts: &["(3010) Operation timed out"],
        because: &[because(
            "the terminal cannot establish or keep Bluetooth communication with the band",
            "place the band close to the adapter; restart the Nymi Bluetooth Endpoint service; reseat the adapter; see that Device Manager shows it under Ports without an error; reboot",
        )],
        source: "Band error: (3010) Operation timed out: \"The network terminal cannot establish or maintain Bluetooth communications with the Nymi Band.\"",
    },
    Cause {
        code: "band-not-authenticated",
        texts: &["Cannot find band. Please enter your password"],
        because: &[because("the band is worn but not authenticated", "authenticate the band and try again")],
        source: "Cannot find band: \"The Nymi Band is worn on the wrist of the user but is not authenticated.\"",
    },
    Cause {
        code: "no-active-band",
        texts: &["No active band", "Band is absent"],
        because: &[
            because(
                "no authenticated band is within Bluetooth range",
                "bring the band closer to the terminal; wear and authenticate it",
            ),
            because(
                "the user who is logged in has no band, or it is not active in NES",
                "enrol the user with a band, or make it active in NES; the active policy must enable Lock Control",
            ),
        ],
        source: "Nymi Lock Control Statuses and Resolutions: \"Nymi Lock Control cannot detect an authenticated Nymi Band in the Bluetooth range.\"",
    },
    Cause {
        code: "nes-unreachable",
        texts: &["Getting band info failed"],
        because: &[because(
            "Nymi Lock Control cannot contact NES, and this user has never tapped on this terminal before",
            "see that the terminal reaches the NES host, that the host is on, and that both are in one domain",
        )],
        source: "Nymi Lock Control Statuses and Resolutions: \"Nymi Lock Control cannot contact NES and the logged in user has not previously tapped to get access to the terminal.\"",
    },
];

#[cfg(test)]
mod tests {
    use super::super::search;

    /// The chapter of a line comes first; two chapters share a title but for one letter.
    #[test]
    fn each_line_gets_the_causes_of_its_own_chapter_first() {
        for (line, code, chapter, first, all) in [
            (
                "Nymi Bluetooth Endpoint is Missing",
                "endpoint-missing-runtime",
                "Nymi Bluetooth Endpoint is Missing (Nymi Runtime)",
                "two terminals have the same IP address",
                &["switched from one to another", "not running or hangs", "Active/Active"][..],
            ),
            (
                "Nymi Bluetooth Endpoint is missing.",
                "endpoint-missing",
                "Cannot connect to a Nymi Band.",
                "the adapter is not plugged in",
                &["port 9120", "same IP address", "switched from one to another"],
            ),
            (
                "Failed to connect to Nymi Agent. Duplicate endpoint ID",
                "agent-unreachable",
                "Failed to connect to Nymi Agent. Duplicate endpoint ID",
                "the endpoint cannot talk to the Nymi Agent: agent_url is wrong",
                &["service does not run", "its port, 9120", "same IP address"],
            ),
            (
                "ERROR - Websocket connection closed with code: Error, and reason:",
                "agent-reconnect",
                "Nymi Bluetooth Endpoint is Missing (Nymi Runtime)",
                "two terminals have the same IP address",
                &["switched from one to another", "not the guide's for this line"],
            ),
            (
                "ERROR - Error sending WS disconnect event: sending on a closed channel",
                "agent-reconnect",
                "Nymi Bluetooth Endpoint is Missing (Nymi Runtime)",
                "two terminals have the same IP address",
                &[],
            ),
            (
                "INFO - Attempting to reconnect to Agent at ws://hostname:9120/socket/websocket...",
                "agent-reconnect",
                "Nymi Bluetooth Endpoint is Missing (Nymi Runtime)",
                "two terminals have the same IP address",
                &[],
            ),
        ] {
            let hits = search(line.as_bytes()).unwrap().hits;
            let cause = hits[0].cause;
            assert_eq!((hits.len(), cause.code), (1, code), "{line}");
            assert!(cause.source.starts_with(chapter), "{line}: {}", cause.source);
            assert!(cause.because[0].cause.starts_with(first), "{line}: {:?}", cause.because[0]);
            for text in all {
                assert!(cause.because.iter().any(|b| b.cause.contains(text)), "{line}: {text}");
            }
        }
    }
}
