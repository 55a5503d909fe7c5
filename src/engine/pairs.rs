//! Numbers the (source, band) pairs in the order in which they are first heard.

/// The number of a (source, band) pair; rule 13 orders simultaneous events by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PairId(u32);

impl PairId {
    /// The pair at this place.
    pub fn new(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// Its place in the order of first hearing.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Which pairs were heard, in order. Sources and bands are small numbers of the caller's.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    /// For each band the sources that heard it; `None` for a pair that is not evaluated.
    by_band: Vec<Vec<(u32, Option<PairId>)>>,
    order: Vec<(u32, u32)>,
}

impl Pairs {
    /// The pair's number, or `None` where `admit`, asked once for each pair, leaves it out.
    #[inline]
    pub fn id(&mut self, source: u32, band: u32, admit: impl FnOnce() -> bool) -> Option<PairId> {
        let known =
            self.by_band.get(band as usize).and_then(|sources| sources.iter().find(|s| s.0 == source));
        match known {
            Some((_, id)) => *id,
            None => self.first_heard(source, band, admit()),
        }
    }

    #[cold]
    fn first_heard(&mut self, source: u32, band: u32, admitted: bool) -> Option<PairId> {
        let id = admitted.then(|| PairId::new(self.order.len()));
        if admitted {
            self.order.push((source, band));
        }
        let band = band as usize;
        if self.by_band.len() <= band {
            self.by_band.resize_with(band + 1, Vec::new);
        }
        self.by_band[band].push((source, id));
        id
    }

    /// The (source, band) of a pair that was admitted.
    pub fn get(&self, id: PairId) -> Option<(u32, u32)> {
        self.order.get(id.index()).copied()
    }

    /// How many were admitted.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}
