//! `nbe.toml`: reading, checking with line and column, editing in place without touching anything
//! else, writing so that a crash leaves the old file or the new one, and the same values as IGEL
//! partition parameters.
