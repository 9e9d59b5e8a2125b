//! The printer: draws a sheet as dots and hands it to a device, a file or a folder, without ever waiting for paper for long.

mod escpos;
mod layout;
mod letters;
mod raster;
mod words;

#[cfg(test)]
mod golden;

use self::layout::Stationery;
use self::letters::Letters;
use self::raster::Raster;
use self::words::Words;
use super::paper::{PaperError, Print, Sheet};
use super::settings::KioskSettings;
use core::time::Duration;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Mutex;

/// `O_NONBLOCK` of Linux on x86-64 and ARM: a printer without paper says "not now" instead of holding the thread.
const WITHOUT_WAITING: i32 = 0o4000;
/// How long a device that takes nothing is asked again: together below what a request waits for paper.
const AGAIN_AFTER: Duration = Duration::from_millis(50);
const AGAIN_MAX: u32 = 100;
/// Octets of a file that sheets are appended to, and files of a folder, at most.
const FILE_MAX: u64 = 64 * 1024 * 1024;
const FILES_MAX: usize = 4_000;
/// Sheets of one second in a folder at most.
const SECOND_MAX: u32 = 1_000;

/// Everything a sheet is drawn with, and what the device still waits for of a sheet that was torn off.
struct Printer {
    path: PathBuf,
    stationery: Stationery,
    letters: Letters,
    words: Words,
    /// One sheet at a time.
    owed: Mutex<Vec<u8>>,
}

/// Prints as configured; `None`: there is no printer.
///
/// # Errors
/// `PaperError::Drawing` when what is built in cannot be read.
pub fn printer(settings: &KioskSettings) -> Result<Option<Print>, PaperError> {
    let paper = &settings.paper;
    if paper.path.as_os_str().is_empty() {
        return Ok(None);
    }
    let printer = Arc::new(Printer {
        path: paper.path.clone(),
        stationery: Stationery {
            width: paper.width_dots,
            code: settings.code.clone(),
            sample: settings.sample,
        },
        letters: Letters::new()?,
        words: Words::new()?,
        owed: Mutex::default(),
    });
    Ok(Some(Arc::new(move |sheet| {
        let printer = printer.clone();
        Box::pin(async move { printer.print(&sheet).await })
    })))
}

impl Printer {
    async fn print(&self, sheet: &Sheet) -> Result<(), PaperError> {
        let mut owed = self.owed.lock().await;
        let raster = layout::draw(sheet, &self.stationery, &self.letters, &self.words);
        if self.path.is_dir() {
            let stem = sheet.at.zoned().strftime("%Y%m%d-%H%M%S").to_string();
            return into_folder(&self.path, &stem, &raster);
        }
        let mut to =
            OpenOptions::new().create(true).append(true).custom_flags(WITHOUT_WAITING).open(&self.path)?;
        if to.metadata()?.len() > FILE_MAX {
            return Err(PaperError::Full);
        }
        let before = owed.clone();
        send(&mut to, &before, &mut owed).await?;
        for piece in escpos::pieces(&raster) {
            send(&mut to, &piece, &mut owed).await?;
        }
        Ok(())
    }
}

/// Sends a whole piece. What is missing of it stands in `owed` whenever this stops, or is stopped from outside.
async fn send(to: &mut File, piece: &[u8], owed: &mut Vec<u8>) -> Result<(), PaperError> {
    let mut sent = 0;
    let mut tries = 0;
    while let Some(left) = piece.get(sent..).filter(|left| !left.is_empty()) {
        match to.write(left) {
            Ok(0) => return Err(PaperError::Late),
            Ok(taken) => {
                sent = sent.saturating_add(taken);
                tries = 0;
                *owed = escpos::rest(piece, sent);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock && tries < AGAIN_MAX => {
                tries = tries.saturating_add(1);
                tokio::time::sleep(AGAIN_AFTER).await;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(PaperError::Late),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// A sheet as two files of its own: what a printer would get, and the same as a picture.
fn into_folder(folder: &Path, stem: &str, raster: &Raster) -> Result<(), PaperError> {
    if std::fs::read_dir(folder)?.take(FILES_MAX).count() >= FILES_MAX {
        return Err(PaperError::Full);
    }
    for n in 1..=SECOND_MAX {
        let file = folder.join(format!("{stem}-{n:03}.escpos"));
        match OpenOptions::new().write(true).create_new(true).open(&file) {
            Ok(mut to) => {
                to.write_all(&escpos::pieces(raster).concat())?;
                std::fs::write(file.with_extension("bmp"), raster.bmp())?;
                return Ok(());
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(PaperError::Full)
}

#[cfg(test)]
mod tests {
    use super::golden::sheet;
    use super::*;
    use crate::domain::lang::Lang;
    use std::io::Read;

    /// What a pipe holds.
    const PIPE: usize = 64 * 1024;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("kopir-paper-{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn to(path: &Path) -> Printer {
        Printer {
            path: path.to_owned(),
            stationery: Stationery { width: 576, code: "*100#".to_owned(), sample: true },
            letters: Letters::new().unwrap(),
            words: Words::new().unwrap(),
            owed: Mutex::default(),
        }
    }

    #[tokio::test]
    async fn a_folder_gets_two_files_a_sheet_and_a_file_one_sheet_after_another() {
        let folder = folder("folder");
        let printer = to(&folder);
        for _ in 0..2 {
            printer.print(&sheet(Lang::Tg)).await.unwrap();
        }
        let mut names: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let endings: Vec<_> =
            names.iter().filter_map(|name| name.split_once("-0")).map(|(_, rest)| rest).collect();
        assert_eq!(names.len(), 4, "{names:?}");
        assert!(endings.iter().any(|rest| rest.ends_with("01.bmp")), "{names:?}");
        let one = std::fs::read(folder.join(&names[1])).unwrap();
        assert!(one.starts_with(b"\x1b@\x1dv0") && one.len() < 100_000, "{} octets", one.len());

        let file = folder.join("sheets");
        let printer = to(&file);
        for _ in 0..2 {
            printer.print(&sheet(Lang::Tg)).await.unwrap();
        }
        assert_eq!(std::fs::read(&file).unwrap(), [one.clone(), one].concat());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_printer_that_takes_nothing_is_given_up_and_the_next_sheet_begins_where_it_can_be_read() {
        let folder = folder("fifo");
        let fifo = folder.join("lp0");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        // A narrow sheet fits into a pipe once, not twice.
        let mut printer = to(&fifo);
        printer.stationery.width = 384;
        let absent = printer.print(&sheet(Lang::Kk)).await;
        assert!(matches!(absent, Err(PaperError::Path(_))), "nobody reads: {absent:?}");
        let mut paper = OpenOptions::new().read(true).custom_flags(WITHOUT_WAITING).open(&fifo).unwrap();
        let whole = {
            let raster =
                layout::draw(&sheet(Lang::Kk), &printer.stationery, &printer.letters, &printer.words);
            escpos::pieces(&raster).concat()
        };
        printer.print(&sheet(Lang::Kk)).await.unwrap();
        let late = printer.print(&sheet(Lang::Kk)).await;
        assert!(matches!(late, Err(PaperError::Late)), "a full pipe takes no more: {late:?}");
        let mut taken = vec![0; 2 * PIPE];
        let mut got = Vec::new();
        while let Ok(n @ 1..) = paper.read(&mut taken) {
            got.extend_from_slice(&taken[..n]);
        }
        let torn = got.split_off(whole.len());
        assert!(whole.starts_with(&torn) && torn.len() < whole.len());
        let owed = printer.owed.lock().await.len();
        printer.print(&sheet(Lang::Kk)).await.unwrap();
        let n = paper.read(&mut taken).unwrap();
        assert!(taken[..owed].iter().all(|octet| *octet == 0), "the rest of the torn band is white");
        assert_eq!(taken[owed..n], whole, "then a whole sheet");
        assert!(printer.owed.lock().await.is_empty());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
