//! `tapbench config igel`.

use std::path::{Path, PathBuf};

use super::show;
use crate::cli::parameters::ParameterArgs;
use crate::cli::{Exit, Failure, Terminal};
use crate::engine::parameters::{Dongle, Parameter, ParameterSet};
use crate::nbe_config::{default_file_beside, violations};

/// Print the values as IGEL custom partition parameters, to enter in UMS
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tapbench config igel nbe.toml --dongle bluegiga --format csv\n  \
                        tapbench config igel --dongle bluegiga --set rssi_tap_threshold=-50")]
#[command(mut_arg("dongle", |dongle| dongle.help("The dongle whose table or published defaults to use; must be given")))]
pub struct Args {
    /// An nbe.toml to take the values from
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// How to print the parameters
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    parameters: ParameterArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// NAME,VALUE
    Csv,
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let Some(dongle) = args.parameters.dongle() else {
        return Err(Failure::bad_input("igel needs a dongle: the published defaults depend on it")
            .remedy("--dongle bluegiga or --dongle bleuio"));
    };
    let loaded = args.parameters.load_with(args.file.as_deref())?;
    let stated = loaded.stated(Some(dongle))?;
    print(&stated, dongle, loaded.config_path(), args.format, terminal)
}

/// Prints `stated`, with published defaults in the gaps; refuses where one of the five stays unknown.
fn print(
    stated: &ParameterSet,
    dongle: Dongle,
    file: Option<&Path>,
    format: Format,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let values = ParameterSet::published(dongle).overlaid(stated);
    let unknown: Vec<_> =
        Parameter::ALL.into_iter().filter(|p| values.get(*p).is_none()).map(Parameter::key).collect();
    if !unknown.is_empty() {
        let what = format!("not known for {dongle}: {} (not published, and not set)", unknown.join(", "));
        return Err(Failure::bad_input(what)
            .remedy("take them from nbe.default.toml of a terminal or from a calibration, and give them with --set KEY=VALUE"));
    }
    if let Some(violation) = violations(&values).first() {
        return Err(Failure::did_not_hold(format!("refused: {violation}"))
            .remedy("correct the values first; with --set several can be given together"));
    }
    if stated.get(Parameter::TapThreshold).is_none() {
        terminal.warn(show::threshold_not_set(None, file.and_then(default_file_beside).as_deref()));
    }
    let rows: String = values
        .iter()
        .map(|(parameter, value)| match format {
            Format::Csv => format!("{},{value}\n", parameter.igel_name()),
            Format::Table => format!("{:<18}  {value:>6}\n", parameter.igel_name()),
        })
        .collect();
    let heading = match format {
        Format::Csv => "NAME,VALUE\n".to_owned(),
        Format::Table => format!("{:<18}  {:>6}\n", "NAME", "VALUE"),
    };
    terminal.print(&(heading + &rows))?;
    terminal.note(format!(
        "enter them in UMS under System > Firmware Customization > Custom Partition > Partition, then restart the \
         Nymi Bluetooth Endpoint; IGEL has no per-dongle tables: these are for terminals with a {dongle} dongle"
    ));
    Ok(Exit::Done)
}
