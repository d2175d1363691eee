//! How large a label is drawn and where its text stands.

use crate::error::OptionsError;

const MIN_PIXELS: u32 = 2;
/// The largest QR code allowed here (97 modules) stays below 4,500 pixels on a side.
const MAX_PIXELS: u32 = 40;
/// 0.25 mm, the smallest X-dimension in the GS1 General Specifications' table for healthcare items.
const MIN_MICROMETRES: u32 = 250;
/// 2 mm: larger than any size in the GS1 General Specifications' symbol tables for scanning by hand.
const MAX_MICROMETRES: u32 = 2_000;

/// Size of one module (the smallest square of a code).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModuleSize {
    // Invariant: even, MIN_PIXELS..=MAX_PIXELS; text is laid out on half modules.
    pixels: u32,
    // Invariant: MIN_MICROMETRES..=MAX_MICROMETRES.
    micrometres: u32,
}

impl ModuleSize {
    /// `pixels` for the PNG (even, 2 to 40), `micrometres` for the printed size of the SVG (250 to 2,000).
    pub fn new(pixels: u32, micrometres: u32) -> Result<Self, OptionsError> {
        if !(MIN_PIXELS..=MAX_PIXELS).contains(&pixels) || !pixels.is_multiple_of(2) {
            return Err(OptionsError::ModulePixels {
                given: pixels,
                min: MIN_PIXELS,
                max: MAX_PIXELS,
            });
        }
        if !(MIN_MICROMETRES..=MAX_MICROMETRES).contains(&micrometres) {
            return Err(OptionsError::ModuleMicrometres {
                given: micrometres,
                min: MIN_MICROMETRES,
                max: MAX_MICROMETRES,
            });
        }
        Ok(Self {
            pixels,
            micrometres,
        })
    }

    /// Pixels of one module in the PNG.
    pub fn pixels(self) -> u32 {
        self.pixels
    }

    /// Printed side of one module in the SVG.
    pub fn micrometres(self) -> u32 {
        self.micrometres
    }
}

impl Default for ModuleSize {
    /// 6 pixels, 0.5 mm: readable on a screen, and inside the range of both symbols on paper.
    fn default() -> Self {
        Self {
            pixels: 6,
            micrometres: 500,
        }
    }
}

/// Where the text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextPlacement {
    /// To the right of the code.
    #[default]
    Beside,
    /// Under the code.
    Below,
    /// Only the code.
    Hidden,
}

/// How a label is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LabelOptions {
    /// Size of one module.
    pub module_size: ModuleSize,
    /// Where the text stands.
    pub placement: TextPlacement,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_outside_its_bounds_is_refused() {
        for pixels in [0, 1, 3, 42] {
            assert!(matches!(
                ModuleSize::new(pixels, 500),
                Err(OptionsError::ModulePixels { given, .. }) if given == pixels
            ));
        }
        for micrometres in [0, 249, 2_001] {
            assert!(ModuleSize::new(4, micrometres).is_err());
        }
        assert!(ModuleSize::new(40, 2_000).is_ok());
    }
}
