//! Rules between the elements on one item (GS1 General Specifications, section 4.13).

use crate::ai::Ai;
use crate::element_string::{ElementString, ElementStringError};

impl ElementString {
    /// Checks every rule between elements: repeats, exclusions, requirements, signatures.
    ///
    /// The rules speak of all carriers on an item together, so a carrier of a part of the data may
    /// break them by itself.
    ///
    /// # Errors
    /// The first rule broken.
    pub fn check_combinations(&self) -> Result<(), ElementStringError> {
        self.check_repeats()?;
        self.check_exclusions()?;
        self.check_requirements()?;
        self.check_signature()
    }

    /// An identifier that stands twice has the same value both times.
    ///
    /// # Errors
    /// The identifier that differs from itself.
    pub fn check_repeats(&self) -> Result<(), ElementStringError> {
        for element in self.elements() {
            // `get` answers with the first value of the identifier.
            if self.get(element.ai()) != Some(element.value()) {
                return Err(ElementStringError::Repeated { ai: element.ai() });
            }
        }
        Ok(())
    }

    /// No identifier stands beside one that it excludes.
    ///
    /// # Errors
    /// The first pair.
    pub fn check_exclusions(&self) -> Result<(), ElementStringError> {
        for element in self.elements() {
            let ai = element.ai();
            let patterns = ai.entry().map_or::<&[&str], _>(&[], |entry| entry.excludes);
            // An identifier does not exclude itself, even when it fits its own pattern.
            let stranger = self
                .elements()
                .iter()
                .map(super::Element::ai)
                .find(|other| *other != ai && patterns.iter().any(|pattern| other.fits(pattern)));
            if let Some(other) = stranger {
                return Err(ElementStringError::Excluded { ai, other });
            }
        }
        Ok(())
    }

    /// Every identifier has beside it one of the groups that it needs.
    ///
    /// # Errors
    /// The first identifier without.
    pub fn check_requirements(&self) -> Result<(), ElementStringError> {
        for element in self.elements() {
            let ai = element.ai();
            let alternatives = ai
                .entry()
                .map_or::<&[&[&str]], _>(&[], |entry| entry.requires);
            let is_met = alternatives.is_empty()
                || alternatives
                    .iter()
                    .any(|group| group.iter().all(|part| self.holds(part)));
            if !is_met {
                return Err(ElementStringError::Required { ai, alternatives });
            }
        }
        Ok(())
    }

    /// A digital signature stands beside keys that name one item: (253), (255) and (8003) with
    /// their serial component.
    ///
    /// # Errors
    /// The key without a serial component.
    pub fn check_signature(&self) -> Result<(), ElementStringError> {
        if self.get(Ai::SIGNATURE).is_none() {
            return Ok(());
        }
        for (digits, length_without_serial) in [("253", 13), ("255", 13), ("8003", 14)] {
            let bare = self.elements().iter().find(|element| {
                element.ai().as_str() == digits && element.value().len() <= length_without_serial
            });
            if let Some(element) = bare {
                return Err(ElementStringError::SignatureWithoutSerial { ai: element.ai() });
            }
        }
        Ok(())
    }

    fn holds(&self, pattern: &str) -> bool {
        self.elements()
            .iter()
            .any(|element| element.ai().fits(pattern))
    }
}
