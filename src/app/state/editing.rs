//! What of a recording's segments is chosen and dragged.

/// What is edited.
#[derive(Clone, Debug, Default)]
pub struct Editing {
    /// The segment that was chosen, by its id.
    pub chosen: Option<u64>,
    /// What the pointer is doing.
    pub drag: Option<Drag>,
    /// A segment that is about to be added: from where to where it was dragged, in microseconds.
    pub new_us: Option<(i64, i64)>,
}

impl Editing {
    /// This one is chosen, or none; what was about to be added is not.
    pub fn choose(&mut self, id: Option<u64>) {
        (self.chosen, self.new_us) = (id, None);
    }
}

/// What the pointer drags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drag {
    /// A new segment.
    New {
        /// Where it was begun, in microseconds.
        from_us: i64,
    },
    /// The begin of a segment.
    Begin,
    /// Its end.
    End,
    /// All of it.
    Body {
        /// How far behind the begin it was taken, in microseconds.
        grabbed_us: i64,
    },
}
