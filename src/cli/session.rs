//! The options that say where, by whom and with which band something was recorded: for the report.

use serde_json::{Map, Value};

/// What no dongle can know of a session.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "For the report")]
pub struct SessionArgs {
    /// Where the terminal is, as in "Ward 3, terminal 12"
    #[arg(long, value_name = "TEXT")]
    site: Option<String>,
    /// Who calibrates
    #[arg(long, value_name = "TEXT")]
    operator: Option<String>,
    /// Whether the band was worn and authenticated
    #[arg(long, value_name = "BOOL")]
    band_authenticated: Option<bool>,
}

impl SessionArgs {
    /// A header with these keys, before the tool that writes it.
    pub fn added_to(&self, header: Map<String, Value>) -> Map<String, Value> {
        let said = self.keys();
        let old = header.into_iter().filter(|(key, _)| !said.contains_key(key));
        let (before, after): (Vec<_>, Vec<_>) = old.partition(|(key, _)| key != "tool");
        before.into_iter().chain(said).chain(after).collect()
    }

    /// As keys of a recording's header.
    pub fn keys(&self) -> Map<String, Value> {
        let text =
            |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(Value::from);
        let said = [
            ("site", text(&self.site)),
            ("operator", text(&self.operator)),
            ("band_authenticated", self.band_authenticated.map(Value::from)),
        ];
        said.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
    }
}
