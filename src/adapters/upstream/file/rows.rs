//! Reads the rows of an export one after the other, from any place on, and never holds more than one of them.

use super::encoding::Encoding;
use super::mapping::{Format, Mapping};
use csv::{ByteRecord, Position};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes one row may have. A quote that is never closed would otherwise make the rest of the file one row.
pub const ROW_MAX_BYTES: u64 = 1024 * 1024;

/// Where a reader stands: what has to be kept to go on after a crash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// Bytes from the start.
    pub byte: u64,
    /// The line that begins there, from 1.
    pub line: u64,
}

/// One row: its cells in the order of the mapping's columns, or why it has none.
#[derive(Debug)]
pub struct Cells {
    /// The line it begins on, from 1.
    pub line: u64,
    /// Its cells.
    pub cells: Result<Vec<Option<String>>, &'static str>,
}

/// Why a file cannot be read any further.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// The disk.
    #[error("file cannot be read: {0}")]
    Io(#[from] io::Error),
    /// A column of the mapping is not in its first line.
    #[error("column \"{0}\" of the mapping is not in the file")]
    Column(String),
    /// The first line is not of the encoding.
    #[error("first line is not of the mapping's encoding")]
    Encoding,
    /// A row is too long, most likely for a quote that is never closed.
    #[error("row at line {0} is longer than 1 MiB: is a quote not closed?")]
    Long(u64),
}

/// A file of rows.
#[derive(Debug)]
pub enum Rows {
    /// RFC 4180.
    Csv(Box<Csv>),
    /// One JSON object a line.
    Ndjson(Box<Ndjson>),
}

impl Rows {
    /// Opens a file, at `from` where an earlier reader had got to.
    ///
    /// # Errors
    /// `RowsError`.
    pub fn open(path: &Path, mapping: &Mapping, from: Option<Place>) -> Result<Self, RowsError> {
        match mapping.format {
            Format::Csv => Csv::open(path, mapping, from).map(|csv| Self::Csv(Box::new(csv))),
            Format::Ndjson => Ndjson::open(path, mapping, from).map(|lines| Self::Ndjson(Box::new(lines))),
        }
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// `Io` or `Long`.
    pub fn read(&mut self) -> Result<Option<Cells>, RowsError> {
        match self {
            Self::Csv(csv) => csv.read(),
            Self::Ndjson(lines) => lines.read(),
        }
    }

    /// Where the next row begins.
    #[must_use]
    pub fn place(&self) -> Place {
        match self {
            Self::Csv(csv) => {
                Place { byte: csv.reader.position().byte(), line: csv.reader.position().line() }
            }
            Self::Ndjson(lines) => lines.place,
        }
    }
}

/// Rows of a CSV file.
#[derive(Debug)]
pub struct Csv {
    reader: csv::Reader<Metered>,
    record: ByteRecord,
    at: Vec<usize>,
    encoding: Encoding,
    bytes: Arc<AtomicU64>,
}

/// Counts what was read since the last row ended, and fails beyond the bound.
#[derive(Debug)]
struct Metered {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Metered {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.read.load(Ordering::Relaxed) > ROW_MAX_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let n = self.file.read(into)?;
        self.read.fetch_add(u64::try_from(n).unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok(n)
    }
}

impl Seek for Metered {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Csv {
    fn open(path: &Path, mapping: &Mapping, from: Option<Place>) -> Result<Self, RowsError> {
        let read = Arc::new(AtomicU64::new(0));
        let file = Metered { file: File::open(path)?, read: read.clone() };
        let delimiter = u8::try_from(mapping.delimiter).unwrap_or(b',');
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .buffer_capacity(64 * 1024)
            .from_reader(file);
        let names: Option<Vec<String>> = reader
            .byte_headers()
            .map_err(|error| failed(error, 1))?
            .iter()
            .map(|name| mapping.encoding.decode(name).map(|name| name.trim().to_owned()))
            .collect();
        let names = names.ok_or(RowsError::Encoding)?;
        let find = |column: &str| {
            names.iter().position(|name| name == column).ok_or_else(|| RowsError::Column(column.to_owned()))
        };
        let at = mapping.columns().map(find).collect::<Result<Vec<_>, _>>()?;
        if let Some(place) = from {
            let mut position = Position::new();
            position.set_byte(place.byte).set_line(place.line);
            reader.seek(position).map_err(|error| failed(error, place.line))?;
        }
        Ok(Self { reader, record: ByteRecord::new(), at, encoding: mapping.encoding, bytes: read })
    }

    fn read(&mut self) -> Result<Option<Cells>, RowsError> {
        self.bytes.store(0, Ordering::Relaxed);
        let line = self.reader.position().line();
        if !self.reader.read_byte_record(&mut self.record).map_err(|error| failed(error, line))? {
            return Ok(None);
        }
        let line = self.record.position().map_or(line, Position::line);
        let cell = |at: &usize| match self.record.get(*at) {
            None => Ok(None),
            Some(bytes) => self.encoding.decode(bytes).map(Some).ok_or("not of the mapping's encoding"),
        };
        Ok(Some(Cells { line, cells: self.at.iter().map(cell).collect() }))
    }
}

fn failed(error: csv::Error, line: u64) -> RowsError {
    if let csv::ErrorKind::Io(error) = error.into_kind() {
        if error.kind() == io::ErrorKind::FileTooLarge { RowsError::Long(line) } else { RowsError::Io(error) }
    } else {
        RowsError::Io(io::ErrorKind::InvalidData.into())
    }
}

/// Rows of an NDJSON file.
#[derive(Debug)]
pub struct Ndjson {
    reader: BufReader<File>,
    line: Vec<u8>,
    place: Place,
    columns: Vec<String>,
    encoding: Encoding,
}

impl Ndjson {
    fn open(path: &Path, mapping: &Mapping, from: Option<Place>) -> Result<Self, RowsError> {
        let mut file = File::open(path)?;
        let place = from.unwrap_or(Place { byte: 0, line: 1 });
        file.seek(SeekFrom::Start(place.byte))?;
        let columns = mapping.columns().map(str::to_owned).collect();
        Ok(Self {
            reader: BufReader::new(file),
            line: Vec::new(),
            place,
            columns,
            encoding: mapping.encoding,
        })
    }

    fn read(&mut self) -> Result<Option<Cells>, RowsError> {
        loop {
            self.line.clear();
            let most = ROW_MAX_BYTES.saturating_add(1);
            let n = Read::by_ref(&mut self.reader).take(most).read_until(b'\n', &mut self.line)?;
            let n = u64::try_from(n).unwrap_or(u64::MAX);
            let line = self.place.line;
            if n > ROW_MAX_BYTES {
                return Err(RowsError::Long(line));
            }
            if n == 0 {
                return Ok(None);
            }
            self.place = Place { byte: self.place.byte.saturating_add(n), line: line.saturating_add(1) };
            if !self.line.trim_ascii().is_empty() {
                return Ok(Some(Cells { line, cells: self.cells() }));
            }
        }
    }

    fn cells(&self) -> Result<Vec<Option<String>>, &'static str> {
        let text = self.encoding.decode(&self.line).ok_or("not of the mapping's encoding")?;
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&text).map_err(|_| "not a JSON object")?;
        let cell = |column: &String| match object.get(column) {
            None | Some(serde_json::Value::Null) => Ok(None),
            Some(serde_json::Value::String(text)) => Ok(Some(text.clone())),
            Some(serde_json::Value::Number(number)) => Ok(Some(number.to_string())),
            Some(serde_json::Value::Bool(_) | serde_json::Value::Array(_) | serde_json::Value::Object(_)) => {
                Err("a field is neither text nor number")
            }
        };
        self.columns.iter().map(cell).collect()
    }
}
