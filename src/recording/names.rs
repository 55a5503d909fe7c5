//! Sources and bands of one recording as small numbers, so that a sample is a few words.

use std::collections::HashMap;

use crate::reading::Band;

/// The number of a source within its recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u32);

/// The number of a band within its recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BandId(pub u32);

/// The sources and bands met so far, in order of appearance.
#[derive(Debug, Default)]
pub struct Names {
    sources: Vec<String>,
    bands: Vec<Band>,
    band_ids: HashMap<Band, BandId>,
}

impl Names {
    /// The source's number; a new name takes the next.
    pub fn source_id(&mut self, name: &str) -> SourceId {
        let known = self.sources.iter().position(|s| s == name);
        let index = known.unwrap_or_else(|| {
            self.sources.push(name.to_owned());
            self.sources.len() - 1
        });
        SourceId(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// The band's number; a new band takes the next.
    pub fn band_id(&mut self, band: Band) -> BandId {
        let next = BandId(u32::try_from(self.bands.len()).unwrap_or(u32::MAX));
        let id = *self.band_ids.entry(band).or_insert(next);
        if id == next {
            self.bands.push(band);
        }
        id
    }

    /// The source's name; the nameless source's is empty.
    pub fn source(&self, id: SourceId) -> &str {
        self.sources.get(id.0 as usize).map_or("", String::as_str)
    }

    /// All bands, in the order in which they were first named.
    pub fn bands(&self) -> &[Band] {
        &self.bands
    }

    /// All sources, in the order in which they were first named.
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// The band.
    pub fn band(&self, id: BandId) -> Option<Band> {
        self.bands.get(id.0 as usize).copied()
    }
}
