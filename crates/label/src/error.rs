//! Why a label cannot be made or a picture cannot be read.

/// A content that no code may carry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// Nothing to encode.
    #[error("the code has no content")]
    Empty,
    /// Longer than the carrier may be on a pack.
    #[error(
        "the content has {chars} characters, the limit is {limit}: shorten the lot or serial, or the address"
    )]
    TooLong {
        /// Characters given.
        chars: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// A character outside what the carrier may hold.
    #[error("character {character:?} at position {position} cannot be part of the code: {hint}")]
    Character {
        /// The character.
        character: char,
        /// Where it stands, counted from 0.
        position: usize,
        /// What to do about it.
        hint: &'static str,
    },
    /// Not an address a telephone opens.
    #[error("a GS1 Digital Link starts with https:// or http:// and a host, and this does not")]
    NotALink,
    /// The element string starts with no application identifier.
    #[error(
        "an element string starts with an application identifier of digits, such as 01 or 00; give it without FNC1, AIM prefix or brackets"
    )]
    NotAnElementString,
    /// A separator at the end or two in a row.
    #[error("the separator at position {position} separates nothing: remove it")]
    NeedlessSeparator {
        /// Where it stands, counted from 0.
        position: usize,
    },
}

/// A text that cannot stand on a label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// One line too long.
    #[error("the label line {line:?} has {chars} characters, the limit is {limit}")]
    LineTooLong {
        /// The start of the line.
        line: String,
        /// Characters given.
        chars: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// Too many lines.
    #[error("a label has at most {limit} lines of text")]
    TooManyLines {
        /// Lines allowed.
        limit: usize,
    },
    /// A control character.
    #[error(
        "the label text has the control character {character:?} at position {position}: remove it"
    )]
    ControlCharacter {
        /// The character.
        character: char,
        /// Where it stands in the line, counted from 0.
        position: usize,
    },
}

/// An option outside its bounds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// Pixels of one module.
    #[error("a module of {given} pixels is not possible: give an even number from {min} to {max}")]
    ModulePixels {
        /// Pixels given.
        given: u32,
        /// Fewest allowed.
        min: u32,
        /// Most allowed.
        max: u32,
    },
    /// Printed size of one module.
    #[error("a module of {given} micrometres is not possible: give from {min} to {max}")]
    ModuleMicrometres {
        /// Micrometres given.
        given: u32,
        /// Fewest allowed.
        min: u32,
        /// Most allowed.
        max: u32,
    },
}

/// A label that did not leave.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The content does not fit the largest symbol.
    #[error("the content does not fit into a code")]
    DoesNotFit,
    /// The picture could not be written.
    #[error("the picture could not be encoded")]
    Encode(#[source] image::ImageError),
    /// The picture could not be read back.
    #[error("the picture made could not be read back")]
    Unreadable(#[source] ReadError),
    /// The picture reads as something else.
    #[error("the code made does not read as the content asked for")]
    Differs,
    /// The terminal is too narrow.
    #[error(
        "the code needs {needed} columns and the terminal has {available}: widen it, or print the address instead"
    )]
    TooWide {
        /// Columns the code takes, with its quiet zone.
        needed: usize,
        /// Columns allowed by the caller.
        available: usize,
    },
}

/// A grid that no sheet has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GridError {
    /// A side outside its bounds.
    #[error(
        "a {what} with a side of {given} micrometres is not possible: give from {min} to {max}"
    )]
    Side {
        /// `page` or `label`.
        what: &'static str,
        /// Micrometres given.
        given: u32,
        /// Fewest allowed.
        min: u32,
        /// Most allowed.
        max: u32,
    },
    /// No label fits.
    #[error("no label fits onto the page: choose smaller labels or margins")]
    NoPlace,
    /// Labels on labels.
    #[error("the labels would overlap: the step is at least as long as a label")]
    Overlap,
    /// Labels beyond the edge.
    #[error("the labels would leave the page: choose fewer, or a smaller step")]
    OffPage,
}

/// A sheet that did not leave.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// No labels.
    #[error("a sheet has at least one label")]
    Empty,
    /// Too many labels.
    #[error("a sheet has at most {limit} labels, and these are {count}: make several")]
    TooManyLabels {
        /// Labels given.
        count: usize,
        /// Labels allowed.
        limit: usize,
    },
    /// The first page is used up.
    #[error("{skip} places are to be skipped, and a page has {places}: skip fewer")]
    Skip {
        /// Places to be skipped.
        skip: usize,
        /// Places of a page.
        places: usize,
    },
    /// A label is larger than its place.
    #[error(
        "label {index} takes {width} by {height} micrometres, and a label of the sheet has {label_width} by {label_height}: choose larger labels, smaller modules, or less text"
    )]
    TooLarge {
        /// The label, counted from 0.
        index: usize,
        /// Width needed.
        width: u32,
        /// Height needed.
        height: u32,
        /// Width there is.
        label_width: u32,
        /// Height there is.
        label_height: u32,
    },
    /// A label cannot be made.
    #[error("label {index} cannot be made")]
    Label {
        /// The label, counted from 0.
        index: usize,
        /// Why.
        #[source]
        source: RenderError,
    },
    /// The page's size is not one.
    #[error("the page has no size that a PDF knows")]
    Page,
    /// The file could not be written.
    #[error("the PDF could not be written: {reason}")]
    Document {
        /// Why.
        reason: String,
    },
}

/// A picture that is not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file is too large.
    #[error("the picture has {size_bytes} bytes, the limit is {limit_bytes}: send a smaller one")]
    TooManyBytes {
        /// Bytes given.
        size_bytes: usize,
        /// Bytes allowed.
        limit_bytes: usize,
    },
    /// Neither PNG nor JPEG.
    #[error("the bytes are neither a PNG nor a JPEG picture: send one of these")]
    NotAPicture,
    /// The picture is too large once unpacked.
    #[error(
        "the picture is {width} by {height} pixels, the limit is {limit} pixels and {side_limit} on a side: send a smaller one or cut the code out"
    )]
    TooManyPixels {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// Pixels allowed in all.
        limit: u64,
        /// Pixels allowed on one side.
        side_limit: u32,
    },
    /// The pixels need too much memory (16 bits a channel).
    #[error(
        "the picture needs {needed_bytes} bytes of memory, the limit is {limit_bytes}: send it with 8 bits a channel"
    )]
    TooMuchMemory {
        /// Bytes the pixels need.
        needed_bytes: u64,
        /// Bytes allowed.
        limit_bytes: u64,
    },
    /// The picture breaks off or contradicts itself.
    #[error("the picture is damaged: take it or export it again")]
    Damaged(#[source] image::ImageError),
    /// More patterns that could belong to codes than a photo of packs has.
    #[error(
        "the picture has too many patterns that look like parts of codes: cut the code out and send only that"
    )]
    TooBusy,
    /// The decoder gave up in an unforeseen way on this picture.
    #[error("the picture could not be searched for codes: take it again, closer and straight")]
    Decoder,
}
