//! Whose samples a session keeps: everyone's, those that are asked for, or one band's under one name,
//! whatever its address.

use crate::reading::Band;
use crate::session::{Alias, Choice, Keep};

use super::filter::Filter;

/// What a band is called that is followed from address to address.
const FOLLOWED: &str = "~followed";

/// Whose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whom {
    /// Those that are kept.
    pub(super) choice: Choice,
    /// By what they are taken for one band, where they are.
    pub followed: Option<Filter>,
}

impl Whom {
    /// Those that are asked for.
    pub fn of(choice: Choice) -> Self {
        Self { choice, followed: None }
    }

    /// All that a filter shows, as one band.
    ///
    /// # Errors
    /// Why it cannot be understood, in words.
    pub fn followed(by: &Filter) -> Result<Self, String> {
        Ok(Self { choice: by.choice()?, followed: Some(by.clone()) })
    }

    /// The name of the band that is followed.
    pub fn name(&self) -> Option<Band> {
        self.followed.as_ref().and_then(|_| FOLLOWED.parse().ok())
    }

    pub(super) fn keep(self) -> Keep {
        let alias = self.name().map(Alias::new);
        Keep::new(self.choice, alias)
    }
}
