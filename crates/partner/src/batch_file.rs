//! The file in which a packaging line names the packs of a batch: CSV, one pack a line, in
//! production order.
//!
//! The first line names the columns: `serial`, and if wanted `gtin`, `lot` and `expiry`, which must
//! then agree with the batch on every line. Every bad line is named; one is enough to refuse all.

use std::borrow::Cow;
use std::collections::BTreeMap;

use csv::{ByteRecord, ReaderBuilder};
use theriac_gs1::{CalendarDate, ExpiryDate, Gtin, IdentifierError, Lot, SerialNumber};
use theriac_http::problem::{Problem, ProblemCode, ROW_ERRORS_MAX, RowError};

/// The largest file, in bytes: 100,000 lines of 80 characters.
pub const FILE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Packs in one batch file or one call.
pub const BATCH_PACKS_MAX: usize = 100_000;

const COLUMNS: [&str; 4] = ["serial", "gtin", "lot", "expiry"];

/// What every line must agree with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchName {
    /// The product.
    pub gtin: Gtin,
    /// The lot.
    pub lot: Lot,
    /// Last day of use.
    pub expiry: CalendarDate,
}

/// A pack of a batch file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchLine {
    /// Its line in the file, from 1.
    pub line: u64,
    /// Its serial number.
    pub serial: SerialNumber,
}

/// Why a batch file was refused. Nothing of it was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchFileError {
    /// More than [`FILE_BYTES_MAX`].
    #[error("the file has {found} bytes, at most {FILE_BYTES_MAX} are read")]
    TooLarge {
        /// Its size.
        found: usize,
    },
    /// More than [`BATCH_PACKS_MAX`] packs.
    #[error("the file names more than {BATCH_PACKS_MAX} packs")]
    TooManyPacks,
    /// The first line is not the expected one.
    #[error("the first line must name the columns: {reason}")]
    Header {
        /// What is wrong with it.
        reason: String,
    },
    /// There is a header and nothing else.
    #[error("the file names no pack")]
    Empty,
    /// Some lines are wrong.
    #[error("{total} of {lines} lines are wrong")]
    Rows {
        /// The first [`ROW_ERRORS_MAX`] of them.
        errors: Vec<RowError>,
        /// How many are wrong in all.
        total: usize,
        /// How many lines there are, without the header.
        lines: usize,
    },
}

impl From<BatchFileError> for Problem {
    fn from(error: BatchFileError) -> Self {
        let detail = error.to_string();
        match error {
            BatchFileError::TooLarge { .. } | BatchFileError::TooManyPacks => {
                Self::new(ProblemCode::PayloadTooLarge, detail).with_hint(
                    "split the batch into several files; each becomes further runs of it",
                )
            }
            BatchFileError::Header { .. } => Self::new(ProblemCode::BatchRowsRefused, detail)
                .with_hint("begin the file with the line `serial`, or `serial,gtin,lot,expiry`"),
            BatchFileError::Empty => Self::new(ProblemCode::BatchRowsRefused, detail)
                .with_hint("put one serial number on each line after the first"),
            BatchFileError::Rows { errors, total, .. } => {
                let omitted = total.saturating_sub(errors.len());
                Self::new(ProblemCode::BatchRowsRefused, detail)
                    .with_errors(errors)
                    .with_errors_omitted(omitted)
            }
        }
    }
}

/// The file with one line feed at the end of every line, because the reader takes carriage returns
/// and counts them otherwise: Windows writes both, old spreadsheets write a carriage return alone.
fn with_line_feeds(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.contains(&b'\r') {
        return Cow::Borrowed(bytes);
    }
    let mut fed = Vec::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        match (byte, bytes.get(at + 1)) {
            (b'\r', Some(b'\n')) => {}
            (b'\r', _) => fed.push(b'\n'),
            (other, _) => fed.push(*other),
        }
    }
    Cow::Owned(fed)
}

/// Reads the serial numbers of a batch in production order. Bad lines are named by
/// [`BatchRows::finish`], so that a caller who knows more can refuse further lines first.
///
/// `reference_year` is the present year, for dates written `YYMMDD`.
///
/// # Errors
///
/// [`BatchFileError`], where the file as a whole is none.
pub fn read_serials(
    bytes: &[u8],
    batch: &BatchName,
    reference_year: u16,
) -> Result<BatchRows, BatchFileError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(BatchFileError::TooLarge { found: bytes.len() });
    }
    // Spreadsheets begin UTF-8 files with a byte order mark.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let bytes = with_line_feeds(bytes);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes.as_ref());
    let mut record = ByteRecord::new();
    if !read(&mut reader, &mut record)? {
        return Err(BatchFileError::Header {
            reason: "the file is empty".to_owned(),
        });
    }
    let columns = Columns::read(&record)?;
    let mut lines = Lines::new(*batch, reference_year);
    while read(&mut reader, &mut record)? {
        if lines.rows.count == BATCH_PACKS_MAX {
            return Err(BatchFileError::TooManyPacks);
        }
        let line = record.position().map_or(0, csv::Position::line);
        lines.check(line, &columns, &record);
    }
    Ok(lines.rows)
}

fn read(reader: &mut csv::Reader<&[u8]>, record: &mut ByteRecord) -> Result<bool, BatchFileError> {
    // Reading bytes of any number of columns from memory has nothing left to fail on.
    reader
        .read_byte_record(record)
        .map_err(|error| BatchFileError::Header {
            reason: error.to_string(),
        })
}

/// Where each column stands.
struct Columns {
    places: Vec<&'static str>,
}

impl Columns {
    fn read(header: &ByteRecord) -> Result<Self, BatchFileError> {
        let mut places = Vec::new();
        for (index, field) in header.iter().enumerate() {
            let found = String::from_utf8_lossy(field).trim().to_ascii_lowercase();
            let known = COLUMNS.into_iter().find(|name| *name == found);
            let Some(name) = known else {
                return Err(BatchFileError::Header {
                    reason: unknown_column(index, &found),
                });
            };
            if places.contains(&name) {
                return Err(BatchFileError::Header {
                    reason: format!("column {name} is there twice"),
                });
            }
            places.push(name);
        }
        if !places.contains(&"serial") {
            return Err(BatchFileError::Header {
                reason: "the column serial is missing".to_owned(),
            });
        }
        Ok(Self { places })
    }
}

fn unknown_column(index: usize, found: &str) -> String {
    let shown: String = found.chars().take(40).collect();
    if found.contains(';') {
        return format!("{shown:?} is separated by semicolons; separate columns by commas");
    }
    format!(
        "column {} is {shown:?}; known columns are serial, gtin, lot and expiry",
        index + 1
    )
}

/// The lines of a batch file, good and bad.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchRows {
    packs: Vec<BatchLine>,
    /// The first bad lines that were named, in any order.
    errors: Vec<(u64, RowError)>,
    total: usize,
    count: usize,
}

impl BatchRows {
    /// The lines that name a pack.
    pub fn packs(&self) -> &[BatchLine] {
        &self.packs
    }

    /// Refuses a line.
    pub fn refuse(&mut self, line: u64, code: &str, detail: String) {
        self.total += 1;
        if self.errors.len() < ROW_ERRORS_MAX {
            let error = RowError::new(format!("line {line}"), code, detail);
            self.errors.push((line, error));
        }
    }

    /// The packs in production order.
    ///
    /// # Errors
    ///
    /// [`BatchFileError`] with every bad line, in the order of the file, or that there is no line.
    pub fn finish(mut self) -> Result<Vec<BatchLine>, BatchFileError> {
        if self.total > 0 {
            self.errors.sort_by_key(|(line, _)| *line);
            return Err(BatchFileError::Rows {
                errors: self.errors.into_iter().map(|(_, error)| error).collect(),
                total: self.total,
                lines: self.count,
            });
        }
        if self.packs.is_empty() {
            return Err(BatchFileError::Empty);
        }
        Ok(self.packs)
    }
}

/// What was read so far.
struct Lines {
    batch: BatchName,
    reference_year: u16,
    rows: BatchRows,
    seen_at: BTreeMap<SerialNumber, u64>,
}

impl Lines {
    fn new(batch: BatchName, reference_year: u16) -> Self {
        Self {
            batch,
            reference_year,
            rows: BatchRows::default(),
            seen_at: BTreeMap::new(),
        }
    }

    fn check(&mut self, line: u64, columns: &Columns, record: &ByteRecord) {
        self.rows.count += 1;
        match self.check_record(columns, record) {
            Ok(serial) => {
                self.seen_at.insert(serial, line);
                self.rows.packs.push(BatchLine { line, serial });
            }
            Err((code, detail)) => self.rows.refuse(line, code, detail),
        }
    }

    /// The line's serial number, or the first thing that is wrong.
    fn check_record(
        &self,
        columns: &Columns,
        record: &ByteRecord,
    ) -> Result<SerialNumber, (&'static str, String)> {
        if record.len() != columns.places.len() {
            return Err((
                "columns_differ",
                format!(
                    "the line has {} columns, the first line has {}",
                    record.len(),
                    columns.places.len()
                ),
            ));
        }
        let mut serial = None;
        for (name, field) in columns.places.iter().zip(record.iter()) {
            let text = std::str::from_utf8(field)
                .map_err(|_| ("not_utf8", format!("column {name} is not UTF-8 text")))?;
            match *name {
                "serial" => serial = Some(self.check_serial(text)?),
                "gtin" => self.check_gtin(text)?,
                "lot" => self.check_lot(text)?,
                _ => self.check_expiry(text)?,
            }
        }
        serial.ok_or(("serial_missing", "the line has no serial number".to_owned()))
    }

    fn check_serial(&self, text: &str) -> Result<SerialNumber, (&'static str, String)> {
        if text.is_empty() {
            return Err(("serial_missing", "the line has no serial number".to_owned()));
        }
        let serial =
            SerialNumber::parse(text).map_err(|error| ("serial_invalid", error.to_string()))?;
        match self.seen_at.get(&serial) {
            Some(first) => Err((
                "serial_duplicate",
                format!("serial number {serial} is also on line {first}"),
            )),
            None => Ok(serial),
        }
    }

    fn check_gtin(&self, text: &str) -> Result<(), (&'static str, String)> {
        let gtin = Gtin::parse(text).map_err(|error| match error {
            IdentifierError::CheckDigit { .. } => ("wrong_check_digit", error.to_string()),
            _ => ("gtin_invalid", error.to_string()),
        })?;
        if gtin == self.batch.gtin {
            return Ok(());
        }
        let detail = format!("GTIN {gtin} is not that of the batch, {}", self.batch.gtin);
        Err(("gtin_differs", detail))
    }

    fn check_lot(&self, text: &str) -> Result<(), (&'static str, String)> {
        let lot = Lot::parse(text).map_err(|error| ("lot_invalid", error.to_string()))?;
        if lot == self.batch.lot {
            return Ok(());
        }
        let detail = format!(
            "batch {lot} is not the batch of the file, {}",
            self.batch.lot
        );
        Err(("lot_differs", detail))
    }

    fn check_expiry(&self, text: &str) -> Result<(), (&'static str, String)> {
        let date = CalendarDate::parse(text)
            .or_else(|error| {
                ExpiryDate::from_yymmdd(text, self.reference_year)
                    .map(|expiry| expiry.date)
                    .map_err(|_| error)
            })
            .map_err(|error| ("expiry_invalid", error.to_string()))?;
        if date == self.batch.expiry {
            return Ok(());
        }
        let detail = format!(
            "expiry {date} is not that of the batch, {}",
            self.batch.expiry
        );
        Err(("expiry_differs", detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> BatchName {
        BatchName {
            gtin: Gtin::parse("09506000134352").unwrap(),
            lot: Lot::parse("B1").unwrap(),
            expiry: CalendarDate::new(2028, 2, 29).unwrap(),
        }
    }

    fn read(text: &str) -> Result<Vec<BatchLine>, BatchFileError> {
        read_serials(text.as_bytes(), &batch(), 2026)?.finish()
    }

    fn codes(text: &str) -> Vec<(String, String)> {
        match read(text) {
            Err(BatchFileError::Rows { errors, .. }) => errors
                .into_iter()
                .map(|error| (error.at, error.code))
                .collect(),
            other => panic!("rows are refused, not {other:?}"),
        }
    }

    #[test]
    fn serials_are_read_in_their_order() {
        let serials = read("\u{feff}Serial\r\nB2\r\nA1\r\n").unwrap();
        let texts: Vec<_> = serials.iter().map(|pack| pack.serial.to_string()).collect();
        assert_eq!(texts, ["B2", "A1"]);
    }

    #[test]
    fn optional_columns_may_stand_anywhere_and_must_agree() {
        let file = "expiry,serial,lot,gtin\n\
            2028-02-29,S1,B1,09506000134352\n\
            280229,S2,B1,9506000134352\n\
            280200,S3,B1,09506000134352\n\
            2028-02-28,S4,B1,09506000134352\n\
            2028-02-29,S5,B2,09506000134352\n\
            2028-02-29,S6,B1,04012345123456\n";
        let found = codes(file);
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found[0], ("line 5".into(), "expiry_differs".into()));
        assert_eq!(found[1], ("line 6".into(), "lot_differs".into()));
        assert_eq!(found[2], ("line 7".into(), "gtin_differs".into()));
    }

    #[test]
    fn wrong_check_digit_is_named_with_its_line() {
        let found = codes("serial,gtin\nS1,09506000134353\n");
        assert_eq!(found, [("line 2".into(), "wrong_check_digit".into())]);
    }

    #[test]
    fn duplicate_serial_names_both_lines() {
        let Err(BatchFileError::Rows { errors, total, .. }) = read("serial\nS1\nS2\nS1\n") else {
            panic!("rows are refused");
        };
        assert_eq!(total, 1);
        assert_eq!(errors[0].at, "line 4");
        assert_eq!(errors[0].code, "serial_duplicate");
        assert!(errors[0].detail.contains("line 2"), "{}", errors[0].detail);
    }

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        for end in ["\n", "\r\n", "\r"] {
            let file = ["serial", "S1", "S2", "S1", ""].join(end);
            let found = codes(&file);
            assert_eq!(
                found,
                [("line 4".into(), "serial_duplicate".into())],
                "{end:?}"
            );
        }
    }

    #[test]
    fn every_bad_row_is_named_and_none_twice() {
        let found = codes("serial\nS1\nS 2\n\"\"\nS1,x\nÄ\n123456789012345678901\n");
        let lines: Vec<_> = found.iter().map(|(at, _)| at.as_str()).collect();
        assert_eq!(lines, ["line 3", "line 4", "line 5", "line 6", "line 7"]);
    }

    #[test]
    fn listed_rows_are_bounded_and_the_rest_is_counted() {
        let mut file = "serial\n".to_owned();
        file.push_str(&"S 1\n".repeat(1_500));
        let problem = Problem::from(read(&file).unwrap_err());
        let body = problem.body(None);
        assert_eq!(body.code, "batch_rows_refused");
        assert_eq!(body.errors.len(), ROW_ERRORS_MAX);
        assert_eq!(body.errors_omitted, 500);
    }

    #[test]
    fn header_is_needed() {
        for file in [
            "",
            "S1\nS2\n",
            "serial;gtin\nS1;1\n",
            "serial,serial\n",
            "gtin\n",
        ] {
            let error = read(file).unwrap_err();
            assert!(matches!(error, BatchFileError::Header { .. }), "{file:?}");
        }
        assert_eq!(read("serial\n"), Err(BatchFileError::Empty));
    }

    #[test]
    fn file_over_its_bounds_is_refused() {
        let large = vec![b'x'; FILE_BYTES_MAX + 1];
        assert!(matches!(
            read_serials(&large, &batch(), 2026),
            Err(BatchFileError::TooLarge { .. })
        ));
        let lines = (0..=BATCH_PACKS_MAX).map(|number| format!("S{number}\n"));
        let file: String = std::iter::once("serial\n".to_owned())
            .chain(lines)
            .collect();
        assert_eq!(read(&file), Err(BatchFileError::TooManyPacks));
    }
}
