//! From paths to members: directories, ZIP archives and cabinets, also inside one
//! another, and which node a member belongs to.
//!
//! Archives are read in place: an entry of a ZIP is inflated while it is read, many
//! of them at once, by positioned reads of one shared file. Only what cannot be
//! read at any position (a compressed archive inside an archive, a cabinet's
//! content) is spooled to an unnamed temporary file. No file is ever created under
//! a name that an archive gives.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::Crc;
use flate2::read::DeflateDecoder;
use jiff::civil::DateTime;

use super::error::ReadError;
use super::inventory;
use super::sniff::{self, Content};
use super::text::{self, Encoding, read_full};
use super::zip_directory::{self, Entry};
use crate::model::coverage::FileKind;
use crate::model::diagnostic::{DiagnosticCode, Diagnostics};
use crate::model::id::NodeName;
use crate::model::source::{Locator, SourceRef};
use crate::model::time::Moment;

const GIB: u64 = 1 << 30;

/// How much an archive may ask for. What is beyond is left out with a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all entries together, inflated.
    pub total_bytes: u64,
    /// Bytes of one entry, inflated.
    pub member_bytes: u64,
    /// Archives inside archives; 1 is an archive on disk.
    pub depth: usize,
    /// Entries of all archives together.
    pub entries: u64,
    /// Inflated size over packed size, of an entry and of an archive as a whole.
    pub ratio: u64,
    /// Below this inflated size no ratio is suspicious: empty event logs pack
    /// hundreds of times.
    pub ratio_from_bytes: u64,
}

impl Default for Limits {
    /// A bundle of 50 GB passes several times over; a bomb does not.
    fn default() -> Self {
        Limits {
            total_bytes: 512 * GIB,
            member_bytes: 64 * GIB,
            depth: 8,
            entries: 1_000_000,
            ratio: 250,
            ratio_from_bytes: GIB / 4,
        }
    }
}

/// One file of the input, on disk or in an archive.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its path, with `/`, starting with the name of the path that was given;
    /// nested archives are joined by `!/`. Unique among the members of a run.
    pub path: Arc<str>,
    /// Bytes, inflated.
    pub size: u64,
    /// When it was last changed, where that is known in UTC.
    pub modified: Option<Moment>,
    /// When it was last changed on the clock of the machine that packed it: most
    /// ZIP archives and all cabinets know no more.
    pub modified_local: Option<DateTime>,
    /// What it is, by its content. Pages and other XML count as reports of the
    /// cluster by their place.
    pub kind: FileKind,
    /// The node that its path names, by the layouts of the known collectors.
    pub node_hint: Option<NodeName>,
    place: Place,
}

#[derive(Clone, Debug)]
enum Place {
    Disk(PathBuf),
    Packed(Packed),
}

/// Bytes of an entry inside a shared file.
#[derive(Clone, Debug)]
struct Packed {
    data: Slice,
    deflated: bool,
    size: u64,
    /// Checksum of the inflated bytes, where the archive gives one.
    crc: Option<u32>,
}

impl Member {
    /// Opens it for reading from its start. Any number of members can be read at
    /// the same time, from any threads.
    ///
    /// # Errors
    ///
    /// When it is gone or not readable. A checksum that does not hold is an error
    /// of the last read.
    pub fn open(&self) -> Result<Box<dyn Read + Send>, ReadError> {
        match &self.place {
            Place::Disk(path) => match File::open(path) {
                Ok(file) => Ok(Box::new(file)),
                Err(source) => Err(ReadError::Open {
                    member: self.path.clone(),
                    source,
                }),
            },
            Place::Packed(packed) => Ok(packed.reader()),
        }
    }

    /// Opens it for reading at any position, when it is a file of its own.
    ///
    /// # Errors
    ///
    /// When it is gone or not readable.
    pub fn positions(&self) -> Result<Option<Positions>, ReadError> {
        let Place::Disk(path) = &self.place else {
            return Ok(None);
        };
        let failed = |source| ReadError::Open {
            member: self.path.clone(),
            source,
        };
        Ok(Some(Positions(File::open(path).map_err(failed)?)))
    }

    /// Where it lies on disk, when it is a file of its own.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.place {
            Place::Disk(path) => Some(path),
            Place::Packed(_) => None,
        }
    }
}

/// A file that any number of threads read at positions of their own.
#[derive(Debug)]
pub struct Positions(File);

impl Positions {
    /// Fills a buffer with `len` bytes from a position on, fewer only at the file's end.
    /// What came before an error stays.
    ///
    /// # Errors
    ///
    /// When the file cannot be read there.
    pub fn read(&self, at: u64, len: usize, out: &mut Vec<u8>) -> io::Result<()> {
        fill(len, out, |out, filled| {
            positioned::read_at(&self.0, out, at + filled as u64)
        })
    }
}

/// Fills a buffer with the next `len` bytes, fewer only at the end. What came before an
/// error stays.
///
/// # Errors
///
/// When the input cannot be read.
pub fn read_next(input: &mut dyn Read, len: usize, out: &mut Vec<u8>) -> io::Result<()> {
    fill(len, out, |out, _| input.read(out))
}

/// Fills a buffer by reads that are told what is left of it and where that begins. Bytes
/// that it had are written over: it need not be cleared.
fn fill(
    len: usize,
    out: &mut Vec<u8>,
    mut read: impl FnMut(&mut [u8], usize) -> io::Result<usize>,
) -> io::Result<()> {
    out.resize(len, 0);
    let mut filled = 0;
    let mut result = Ok(());
    while filled < len {
        match read(&mut out[filled..], filled) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => {
                result = Err(e);
                break;
            }
        }
    }
    out.truncate(filled);
    result
}

impl Packed {
    fn reader(&self) -> Box<dyn Read + Send> {
        let data = self.data.clone();
        if self.deflated {
            Box::new(Checked::new(DeflateDecoder::new(data), self.size, self.crc))
        } else {
            Box::new(Checked::new(data, self.size, self.crc))
        }
    }
}

/// Holds an entry to the size and checksum that its archive states.
struct Checked<R> {
    inner: R,
    left: u64,
    crc: Crc,
    expected: Option<u32>,
}

impl<R: Read> Checked<R> {
    fn new(inner: R, size: u64, expected: Option<u32>) -> Self {
        Checked {
            inner,
            left: size,
            crc: Crc::new(),
            expected,
        }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let length = self.inner.read(out)?;
        let invalid = |text: &str| io::Error::new(io::ErrorKind::InvalidData, text);
        if length == 0 {
            if self.left > 0 {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    format!("the archive promises {} bytes more", self.left),
                ));
            }
            return match self.expected.take() {
                Some(expected) if expected != self.crc.sum() => {
                    Err(invalid("the checksum of the archive does not hold"))
                }
                _ => Ok(0),
            };
        }
        self.left = self
            .left
            .checked_sub(length as u64)
            .ok_or_else(|| invalid("longer than the archive states"))?;
        if self.expected.is_some() {
            self.crc.update(&out[..length]);
        }
        Ok(length)
    }
}

/// A stretch of a file that is shared between threads, with its own position.
#[derive(Clone, Debug)]
struct Slice {
    file: Arc<File>,
    start: u64,
    length: u64,
    at: u64,
}

impl Slice {
    fn whole(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Slice {
            file: Arc::new(file),
            start: 0,
            length,
            at: 0,
        })
    }

    /// A part of this stretch; `None` when it reaches beyond.
    fn part(&self, start: u64, length: u64) -> Option<Slice> {
        let end = start.checked_add(length)?;
        (end <= self.length).then(|| Slice {
            file: self.file.clone(),
            start: self.start + start,
            length,
            at: 0,
        })
    }
}

impl Read for Slice {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(self.at);
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(out.len());
        if length == 0 {
            return Ok(0);
        }
        let read = positioned::read_at(&self.file, &mut out[..length], self.start + self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Slice {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = target
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "seek before the start"))?;
        Ok(self.at)
    }
}

/// Reading at a position without moving a cursor that threads would share.
mod positioned {
    use std::fs::File;
    use std::io;

    #[cfg(unix)]
    pub(super) fn read_at(file: &File, out: &mut [u8], at: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(file, out, at)
    }

    /// Moves the file's cursor too, which nobody uses.
    #[cfg(windows)]
    pub(super) fn read_at(file: &File, out: &mut [u8], at: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(file, out, at)
    }
}

/// Finds all members under `paths`, in any mix of directories, archives and files,
/// sorted by path.
///
/// # Errors
///
/// When a path itself does not exist or cannot be looked at. All other trouble is a
/// diagnostic, and the rest is found all the same.
pub fn discover(
    paths: &[PathBuf],
    limits: &Limits,
    diagnostics: &mut Diagnostics,
) -> Result<Vec<Member>, ReadError> {
    let mut finder = Finder {
        limits,
        diagnostics,
        members: Vec::new(),
        seen: BTreeSet::new(),
        entries: 0,
        inflated: 0,
    };
    let mut roots = BTreeSet::new();
    for path in paths {
        let metadata = fs::metadata(path).map_err(|source| ReadError::Path {
            path: path.clone(),
            source,
        })?;
        let mut root = root_name(path);
        let bare = root.clone();
        let mut number = 2;
        while !roots.insert(root.clone()) {
            root = format!("{bare}#{number}");
            number += 1;
        }
        finder.on_disk(path, &metadata, &root);
    }
    let mut members = finder.members;
    // Stable: members of one path stay in the order of their archive.
    members.sort_by(|a, b| a.path.cmp(&b.path));
    tell_apart(&mut members);
    Ok(members)
}

/// What the paths of members begin with.
fn root_name(path: &Path) -> String {
    let name = match path.file_name() {
        Some(name) => Some(name.to_os_string()),
        // `.` and `..` have no name of their own.
        None => fs::canonicalize(path)
            .ok()
            .and_then(|whole| whole.file_name().map(std::ffi::OsStr::to_os_string)),
    };
    name.map_or_else(
        || "root".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// Gives members that share a path (archives may hold a name twice) their number.
fn tell_apart(members: &mut [Member]) {
    let taken: BTreeSet<Arc<str>> = members.iter().map(|m| m.path.clone()).collect();
    let mut at = 0;
    while at < members.len() {
        let path = members[at].path.clone();
        let mut next = at + 1;
        let mut number = 2;
        while next < members.len() && members[next].path == path {
            let mut name: Arc<str> = format!("{path}#{number}").into();
            while taken.contains(&name) {
                number += 1;
                name = format!("{path}#{number}").into();
            }
            members[next].path = name;
            number += 1;
            next += 1;
        }
        at = next;
    }
    members.sort_by(|a, b| a.path.cmp(&b.path));
}

struct Finder<'a> {
    limits: &'a Limits,
    diagnostics: &'a mut Diagnostics,
    members: Vec<Member>,
    /// Files and folders on disk that were visited, links resolved.
    seen: BTreeSet<PathBuf>,
    entries: u64,
    inflated: u64,
}

/// When a file was changed, as far as its place tells.
#[derive(Clone, Copy, Default)]
struct Changed {
    utc: Option<Moment>,
    local: Option<DateTime>,
}

impl Finder<'_> {
    fn trouble(&mut self, code: DiagnosticCode, path: &str, message: impl Into<String>) {
        self.diagnostics
            .push(code, SourceRef::new(path.into(), Locator::Whole), message);
    }

    fn on_disk(&mut self, path: &Path, metadata: &fs::Metadata, label: &str) {
        // A link to what was visited ends here, so no loop of links is endless,
        // and nothing is counted twice.
        let whole = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        if !self.seen.insert(whole) {
            return;
        }
        if metadata.is_dir() {
            return self.directory(path, label);
        }
        if !metadata.is_file() {
            return self.trouble(
                DiagnosticCode::Unsupported,
                label,
                "neither a file nor a directory: not read",
            );
        }
        match File::open(path).and_then(|mut file| head_of(&mut file)) {
            Ok(head) => {
                let changed = Changed {
                    utc: metadata.modified().ok().and_then(moment_of),
                    local: None,
                };
                let place = Place::Disk(path.to_path_buf());
                self.content(label, &head, metadata.len(), changed, place, 0);
            }
            Err(e) => self.trouble(
                DiagnosticCode::Unreadable,
                label,
                format!("could not be read: {e}"),
            ),
        }
    }

    fn directory(&mut self, path: &Path, label: &str) {
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(e) => {
                return self.trouble(
                    DiagnosticCode::Unreadable,
                    label,
                    format!("directory could not be read: {e}"),
                );
            }
        };
        let mut children = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => children.push(entry.path()),
                Err(e) => self.trouble(
                    DiagnosticCode::Unreadable,
                    label,
                    format!("directory entry could not be read: {e}"),
                ),
            }
        }
        children.sort();
        for child in children {
            let name = child
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            let label = format!("{label}/{name}");
            match fs::metadata(&child) {
                Ok(metadata) => self.on_disk(&child, &metadata, &label),
                Err(e) => self.trouble(
                    DiagnosticCode::Unreadable,
                    &label,
                    format!("could not be looked at: {e}"),
                ),
            }
        }
    }

    /// A file whose start is known: a member, or an archive of members. `depth` is
    /// how many archives it lies in.
    fn content(
        &mut self,
        label: &str,
        head: &[u8],
        size: u64,
        changed: Changed,
        place: Place,
        depth: usize,
    ) {
        let kind = match sniff::sniff(head) {
            Content::File(kind) => kind,
            archive @ (Content::Zip | Content::Cab) => {
                if depth >= self.limits.depth {
                    return self.trouble(
                        DiagnosticCode::Limit,
                        label,
                        format!(
                            "archive inside {depth} archives: at most {} are opened",
                            self.limits.depth
                        ),
                    );
                }
                let opened = self.as_slice(label, place);
                return match (opened, archive) {
                    (Ok(slice), Content::Zip) => self.zip(label, &slice, depth),
                    (Ok(slice), _) => self.cab(label, slice, depth),
                    (Err(e), _) => self.trouble(
                        DiagnosticCode::Unreadable,
                        label,
                        format!("archive could not be read: {e}"),
                    ),
                };
            }
            Content::Page | Content::Xml => {
                let is_report = inventory::cluster_report(label).is_some()
                    || inventory::is_in_reports_folder(label);
                if is_report {
                    FileKind::ClusterReport
                } else {
                    FileKind::Other
                }
            }
            Content::Unsupported(what) => {
                self.trouble(
                    DiagnosticCode::Unsupported,
                    label,
                    format!("{what}: not read"),
                );
                FileKind::Other
            }
        };
        self.members.push(Member {
            path: label.into(),
            size,
            modified: changed.utc,
            modified_local: changed.local,
            kind,
            node_hint: node_hint(label),
            place,
        });
    }

    /// A place that can be read at any position: as it is, or spooled.
    fn as_slice(&mut self, label: &str, place: Place) -> io::Result<Slice> {
        match place {
            Place::Disk(path) => Slice::whole(File::open(path)?),
            Place::Packed(packed) if !packed.deflated => Ok(packed.data),
            Place::Packed(packed) => {
                let mut spool = tempfile::tempfile()?;
                if let Err(e) = io::copy(&mut packed.reader(), &mut spool) {
                    // What was inflated may hold entries all the same.
                    self.trouble(
                        DiagnosticCode::Truncated,
                        label,
                        format!("archive inside an archive is damaged: {e}"),
                    );
                }
                Slice::whole(spool)
            }
        }
    }

    /// Whether so many bytes from so few are a bomb's.
    fn suspicious(&self, size: u64, packed: u64) -> bool {
        size > self.limits.ratio_from_bytes && size / packed.max(1) > self.limits.ratio
    }

    /// Counts an entry against the limits; whether it may be read.
    fn allowed(&mut self, label: &str, size: u64, packed: u64) -> bool {
        let limits = self.limits;
        let message = if self.entries >= limits.entries {
            format!("more than {} entries: the rest is left out", limits.entries)
        } else if size > limits.member_bytes {
            format!(
                "entry of {size} bytes: at most {} are read",
                limits.member_bytes
            )
        } else if self.inflated.saturating_add(size) > limits.total_bytes {
            format!(
                "entries of more than {} bytes together: the rest is left out",
                limits.total_bytes
            )
        } else if self.suspicious(size, packed) {
            format!(
                "entry of {size} bytes packed into {packed}: more than {} to 1 is not read",
                limits.ratio
            )
        } else {
            self.entries += 1;
            self.inflated += size;
            return true;
        };
        self.trouble(DiagnosticCode::Limit, label, message);
        false
    }

    fn zip(&mut self, label: &str, archive: &Slice, depth: usize) {
        let entries = match zip_directory::entries(archive.clone(), archive.length) {
            Ok(entries) => entries,
            Err(e) => {
                return self.trouble(
                    DiagnosticCode::Unreadable,
                    label,
                    format!("ZIP archive could not be read: {e}"),
                );
            }
        };
        let mut inflated = 0u64;
        for (index, entry) in entries.enumerate() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(e) => {
                    return self.trouble(
                        DiagnosticCode::Unreadable,
                        label,
                        format!("ZIP directory is damaged behind entry {index}: {e}"),
                    );
                }
            };
            if entry.name.ends_with(b"/") || entry.name.ends_with(b"\\") {
                continue;
            }
            // Entries may overlap, so that each looks modest and all together are not.
            if !self.suspicious(entry.size, entry.packed) {
                inflated = inflated.saturating_add(entry.size);
            }
            if self.suspicious(inflated, archive.length) {
                return self.trouble(
                    DiagnosticCode::Limit,
                    label,
                    format!(
                        "archive of {} bytes inflates more than {} to 1: left out from entry {} on",
                        archive.length,
                        self.limits.ratio,
                        index + 1
                    ),
                );
            }
            self.zip_entry(label, archive, &entry, index, depth);
        }
    }

    fn zip_entry(
        &mut self,
        archive_label: &str,
        archive: &Slice,
        entry: &Entry,
        index: usize,
        depth: usize,
    ) {
        let name = zip_name(entry);
        let label = match self.entry_label(archive_label, &name, index) {
            Some(label) => label,
            None => return,
        };
        if entry.encrypted {
            return self.trouble(
                DiagnosticCode::Unsupported,
                &label,
                "encrypted entry: not read",
            );
        }
        if entry.link {
            return self.trouble(
                DiagnosticCode::EntryName,
                &label,
                "link inside an archive: not followed",
            );
        }
        let deflated = match entry.method {
            0 => false,
            8 => true,
            other => {
                return self.trouble(
                    DiagnosticCode::Unsupported,
                    &label,
                    format!("entry packed by method {other}: not read"),
                );
            }
        };
        if !self.allowed(&label, entry.size, entry.packed) {
            return;
        }
        let located = locate(archive, entry).and_then(|(data, changed)| {
            let packed = Packed {
                data,
                deflated,
                size: entry.size,
                crc: Some(entry.crc),
            };
            let head = start_of(&mut *packed.reader())?;
            Ok((packed, head, changed))
        });
        match located {
            Ok((packed, head, mut changed)) => {
                changed.local = from_dos(entry.dos_time);
                let size = packed.size;
                self.content(
                    &label,
                    &head,
                    size,
                    changed,
                    Place::Packed(packed),
                    depth + 1,
                );
            }
            Err(e) => self.trouble(
                DiagnosticCode::Unreadable,
                &label,
                format!("entry could not be read: {e}"),
            ),
        }
    }

    /// The path of an entry, made safe; `None` when nothing of its name is left.
    fn entry_label(&mut self, archive: &str, name: &str, index: usize) -> Option<String> {
        match safe_name(name) {
            SafeName::Same(name) => Some(format!("{archive}!/{name}")),
            SafeName::Changed(safe, why) => {
                let label = format!("{archive}!/{safe}");
                self.trouble(
                    DiagnosticCode::EntryName,
                    &label,
                    format!(
                        "entry {} has an unsafe name ({why}): read as shown",
                        index + 1
                    ),
                );
                Some(label)
            }
            SafeName::Refused => {
                self.trouble(
                    DiagnosticCode::EntryName,
                    archive,
                    format!("entry {} has no usable name: not read", index + 1),
                );
                None
            }
        }
    }

    /// A cabinet is inflated once, into one spool; its entries are parts of that.
    fn cab(&mut self, label: &str, archive: Slice, depth: usize) {
        // The decoder indexes by what the file states; damage must stay in here.
        let spooled = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            self.spool_cab(label, archive)
        }));
        let (spool, entries) = match spooled {
            Ok(Ok(spooled)) => spooled,
            Ok(Err(e)) => {
                return self.trouble(
                    DiagnosticCode::Unreadable,
                    label,
                    format!("cabinet could not be read: {e}"),
                );
            }
            Err(_) => {
                return self.trouble(
                    DiagnosticCode::Unreadable,
                    label,
                    "cabinet could not be read: its tables contradict each other",
                );
            }
        };
        for entry in entries {
            let Some(data) = spool.part(entry.start, entry.size) else {
                continue;
            };
            let head = head_of(&mut data.clone());
            match head {
                Ok(head) => {
                    let packed = Packed {
                        data,
                        deflated: false,
                        size: entry.size,
                        crc: None,
                    };
                    let place = Place::Packed(packed);
                    self.content(
                        &entry.label,
                        &head,
                        entry.size,
                        entry.changed,
                        place,
                        depth + 1,
                    );
                }
                Err(e) => self.trouble(
                    DiagnosticCode::Unreadable,
                    &entry.label,
                    format!("entry could not be read: {e}"),
                ),
            }
        }
    }

    fn spool_cab(&mut self, label: &str, archive: Slice) -> io::Result<(Slice, Vec<CabEntry>)> {
        let packed = archive.length;
        let mut cabinet = cab::Cabinet::new(archive)?;
        let mut wanted = Vec::new();
        for folder in cabinet.folder_entries() {
            for file in folder.file_entries() {
                let changed = file.datetime().and_then(|t| {
                    let year = u16::try_from(t.year()).ok()?;
                    civil(
                        (year, u8::from(t.month()), t.day()),
                        (t.hour(), t.minute(), t.second()),
                    )
                });
                let size = u64::from(file.uncompressed_size());
                wanted.push((file.name().to_owned(), size, changed));
            }
        }
        let mut spool = tempfile::tempfile()?;
        let mut entries = Vec::new();
        let mut at = 0u64;
        for (index, (name, size, local)) in wanted.into_iter().enumerate() {
            let Some(label) = self.entry_label(label, &name, index) else {
                continue;
            };
            if !self.allowed(&label, size, packed) {
                continue;
            }
            let copied = cabinet
                .read_file(&name)
                .and_then(|file| copy_counted(file.take(size), &mut spool));
            let (written, failed) = match copied {
                Ok(done) => done,
                Err(e) => (0, Some(e)),
            };
            if let Some(e) = failed {
                self.trouble(
                    DiagnosticCode::Truncated,
                    &label,
                    format!("entry is damaged behind byte {written}: {e}"),
                );
            }
            entries.push(CabEntry {
                label,
                start: at,
                size: written,
                changed: Changed { utc: None, local },
            });
            at += written;
        }
        Ok((Slice::whole(spool)?, entries))
    }
}

struct CabEntry {
    label: String,
    start: u64,
    size: u64,
    changed: Changed,
}

/// Copies until the end or a read error, and says how much; an error of the target
/// is an error.
fn copy_counted(mut from: impl Read, to: &mut File) -> io::Result<(u64, Option<io::Error>)> {
    let mut buffer = vec![0; 64 * 1024];
    let mut written = 0;
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok((written, None)),
            Ok(length) => {
                to.write_all(&buffer[..length])?;
                written += length as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Ok((written, Some(e))),
        }
    }
}

fn head_of(input: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut head = vec![0; sniff::HEAD];
    let length = read_full(input, &mut head)?;
    head.truncate(length);
    Ok(head)
}

/// Like [`head_of`], but of damaged data what comes before the damage.
fn start_of(input: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut head = vec![0; sniff::HEAD];
    let mut filled = 0;
    while filled < head.len() {
        match input.read(&mut head[filled..]) {
            Ok(0) => break,
            Ok(length) => filled += length,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) if filled == 0 => return Err(e),
            Err(_) => break,
        }
    }
    head.truncate(filled);
    Ok(head)
}

fn moment_of(time: std::time::SystemTime) -> Option<Moment> {
    jiff::Timestamp::try_from(time)
        .ok()
        .and_then(Moment::from_timestamp)
}

fn civil(
    (year, month, day): (u16, u8, u8),
    (hour, minute, second): (u8, u8, u8),
) -> Option<DateTime> {
    super::stamp::Civil::new((year, month, day), (hour, minute, second), 0)?.to_jiff()
}

/// Date and time of MS-DOS; `None` when they are on no calendar.
fn from_dos((date, time): (u16, u16)) -> Option<DateTime> {
    let part = |value: u16, shift: u16, bits: u16| (value >> shift & ((1 << bits) - 1)) as u8;
    civil(
        (1980 + (date >> 9), part(date, 5, 4), part(date, 0, 5)),
        (part(time, 11, 5), part(time, 5, 6), 2 * part(time, 0, 5)),
    )
}

/// Where an entry's bytes stand, and its times that are in UTC, from the header in
/// front of them.
fn locate(archive: &Slice, entry: &Entry) -> io::Result<(Slice, Changed)> {
    let invalid = |text: &str| io::Error::new(io::ErrorKind::InvalidData, text);
    let start = entry.header;
    let mut header = [0u8; 30];
    let mut from = archive
        .part(start, 30)
        .ok_or_else(|| invalid("its header lies behind the archive's end"))?;
    from.read_exact(&mut header)?;
    if &header[..4] != b"PK\x03\x04" {
        return Err(invalid("no header where the directory says"));
    }
    let short = |at: usize| u64::from(u16::from_le_bytes([header[at], header[at + 1]]));
    let (name, extra) = (short(26), short(28));
    let mut changed = Changed::default();
    if let Some(mut from) = archive.part(start + 30 + name, extra) {
        let mut fields = vec![0; usize::try_from(extra).unwrap_or(0)];
        from.read_exact(&mut fields)?;
        changed.utc = utc_of_extra(&fields);
    }
    let data = archive
        .part(start + 30 + name + extra, entry.packed)
        .ok_or_else(|| invalid("it reaches behind the archive's end"))?;
    Ok((data, changed))
}

/// The time of the last change in a ZIP entry's extra fields: NTFS (0x000A) or
/// Unix (0x5455).
fn utc_of_extra(mut fields: &[u8]) -> Option<Moment> {
    while let [a, b, c, d, rest @ ..] = fields {
        let length = usize::from(u16::from_le_bytes([*c, *d]));
        let field = rest.get(..length)?;
        match u16::from_le_bytes([*a, *b]) {
            // Four reserved bytes, tag 1, size, then three times.
            0x000A if field.get(4..8)? == [1, 0, 24, 0] => {
                let time: [u8; 8] = field.get(8..16)?.try_into().ok()?;
                return Moment::from_filetime(u64::from_le_bytes(time));
            }
            0x5455 if field.first()? & 1 == 1 => {
                let time: [u8; 4] = field.get(1..5)?.try_into().ok()?;
                let seconds = i64::from(i32::from_le_bytes(time));
                return Moment::from_ticks(seconds * crate::model::time::TICKS_PER_SECOND);
            }
            _ => {}
        }
        fields = &rest[length..];
    }
    None
}

/// The name of an entry: UTF-8, Japanese (932), or the format's own 437.
fn zip_name(entry: &Entry) -> String {
    if let Ok(name) = std::str::from_utf8(&entry.name) {
        return name.to_owned();
    }
    if entry.utf8 {
        return String::from_utf8_lossy(&entry.name).into_owned();
    }
    if text::code_page(&entry.name) == Encoding::ShiftJis {
        let (name, malformed) = encoding_rs::SHIFT_JIS.decode_without_bom_handling(&entry.name);
        if !malformed {
            return name.into_owned();
        }
    }
    zip_directory::from_cp437(&entry.name)
}

#[derive(Debug, PartialEq, Eq)]
enum SafeName {
    Same(String),
    Changed(String, &'static str),
    Refused,
}

/// An entry's name as a path inside its archive. Backslashes are what older .NET
/// writes and are no offense.
fn safe_name(name: &str) -> SafeName {
    let name = name.replace('\\', "/");
    let mut why = None;
    if name.starts_with('/') {
        why = Some("absolute path");
    }
    let mut parts: Vec<String> = Vec::new();
    for mut part in name.split('/') {
        // A drive can only stand in front of everything else.
        while parts.is_empty()
            && let [letter, b':', ..] = part.as_bytes()
            && letter.is_ascii_alphabetic()
        {
            why = Some("drive letter");
            part = &part[2..];
        }
        match part {
            "" | "." => {}
            ".." => why = Some("path that leaves the archive"),
            _ => {
                let mut part = part.to_owned();
                if part.contains(char::is_control) {
                    why = Some("control character");
                    part = part.replace(char::is_control, "_");
                }
                if is_reserved(&part) {
                    why = Some("name reserved by Windows");
                    let stem = part.find('.').unwrap_or(part.len());
                    part.insert(stem, '_');
                }
                // `!` at a part's end marks an archive in our own paths.
                if part.ends_with('!') {
                    part.push('_');
                }
                parts.push(part);
            }
        }
    }
    if parts.is_empty() {
        return SafeName::Refused;
    }
    let safe = parts.join("/");
    match why {
        Some(why) => SafeName::Changed(safe, why),
        None => SafeName::Same(safe),
    }
}

/// Device names, with any extension.
fn is_reserved(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).trim_end();
    let is = |name: &str| stem.eq_ignore_ascii_case(name);
    if is("CON") || is("PRN") || is("AUX") || is("NUL") {
        return true;
    }
    let numbered = stem
        .get(..3)
        .is_some_and(|head| head.eq_ignore_ascii_case("COM") || head.eq_ignore_ascii_case("LPT"));
    numbered && stem.len() == 4 && stem.as_bytes()[3].is_ascii_digit()
}

/// The node that a path names, by the layouts of SDDC, TSS and psSDP bundles; the
/// innermost part that names one decides.
#[must_use]
pub fn node_hint(path: &str) -> Option<NodeName> {
    let parts: Vec<&str> = path.split('/').collect();
    for (at, part) in parts.iter().enumerate().rev() {
        let is_root = at == 0;
        let part = part.strip_suffix('!').unwrap_or(part);
        let is_folder = at + 1 < parts.len();
        let named = if is_folder {
            node_of_folder(part, parts.get(at + 1).copied().filter(|_| !is_root))
        } else {
            node_of_file(part)
        };
        if let Some(node) = named.and_then(NodeName::new) {
            return Some(node);
        }
    }
    None
}

fn node_of_folder<'p>(name: &'p str, next: Option<&str>) -> Option<&'p str> {
    // SDDC.
    if let Some(node) = strip_prefix(name, "Node_") {
        return Some(node);
    }
    // SddcDiagnosticArchive-<NODE>-yyyyMMdd-HHmm.ZIP
    if let Some(rest) = strip_prefix(name, "SddcDiagnosticArchive-") {
        let mut pieces = rest.rsplitn(3, '-');
        let (_time, _date, node) = (pieces.next()?, pieces.next()?, pieces.next()?);
        return Some(node);
    }
    // TSSv2_<COMPUTER>_yyMMdd-HHmmss_<scenario>
    if let Some(rest) = strip_prefix(name, "TSSv2_") {
        return rest
            .match_indices('_')
            .find(|(at, _)| is_stamp(&rest[at + 1..]))
            .map(|(at, _)| &rest[..at]);
    }
    // <NODE>\Reports of TSS; %SystemRoot%\Cluster\Reports names no node.
    if next.is_some_and(|next| next.eq_ignore_ascii_case("Reports"))
        && !name.eq_ignore_ascii_case("Cluster")
        && !name.eq_ignore_ascii_case("Windows")
    {
        return Some(name);
    }
    // <NODE>_ClusterReportMHT.zip of psSDP.
    before(name, "_ClusterReport")
}

/// Names of event logs that collectors put behind a computer's name.
const LOG_NAMES: [&str; 9] = [
    "Microsoft-",
    "System",
    "Application",
    "Security",
    "Setup",
    "Windows PowerShell",
    "Windows-PowerShell",
    "HardwareEvents",
    "ForwardedEvents",
];

fn node_of_file(name: &str) -> Option<&str> {
    for mark in [
        "_cluster.log",
        "_health.log",
        "_evt_",
        "_UnfilteredEvent_",
        "_ClusterReport",
        "_cluster_mps_information",
        "_GetDrivers.",
        "_SystemInfo.",
        "-GeneralInfoPerHost.",
        "-NetInfoPerHost.",
        "_RegHive_",
    ] {
        if let Some(node) = before(name, mark) {
            // <COMPUTER>_yyMMdd-HHmmss_… of TSS may stand in front.
            return Some(without_stamp(node));
        }
    }
    // GetNetAdapter_<node.fqdn>.XML of older SDDC releases.
    if let Some(rest) = strip_prefix(name, "GetNetAdapter_") {
        return rest.rsplit_once('.').map(|(node, _)| node);
    }
    // <COMPUTER>-<LogName>.evtx, <NODE>_<LogName>.evtx
    let (stem, _) = name.rsplit_once('.')?;
    if strip_prefix(stem, "Microsoft-").is_some() {
        // A log's own name.
        return None;
    }
    for (at, _) in stem.match_indices(['-', '_']) {
        let log = &stem[at + 1..];
        let is_log = LOG_NAMES
            .iter()
            .any(|known| match strip_prefix(log, known) {
                Some("") => true,
                Some(_) => known.ends_with('-'),
                None => false,
            });
        if at > 0 && is_log {
            return Some(without_stamp(&stem[..at]));
        }
    }
    let (node, rest) = stem.split_once('_')?;
    is_stamp(rest).then_some(node)
}

/// `yyMMdd-HHmmss`, at the start of a text and not going on in digits.
fn is_stamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 13
        && bytes[6] == b'-'
        && bytes[..6]
            .iter()
            .chain(&bytes[7..13])
            .all(u8::is_ascii_digit)
        && !bytes.get(13).is_some_and(u8::is_ascii_digit)
}

fn without_stamp(text: &str) -> &str {
    match text.split_once('_') {
        Some((node, rest)) if is_stamp(rest) => node,
        _ => text,
    }
}

fn strip_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    text.get(..prefix.len())
        .filter(|head| head.eq_ignore_ascii_case(prefix))
        .map(|_| &text[prefix.len()..])
}

/// What stands before `mark` (in any case), where that is something.
fn before<'t>(text: &'t str, mark: &str) -> Option<&'t str> {
    let at = text
        .as_bytes()
        .windows(mark.len())
        .position(|window| window.eq_ignore_ascii_case(mark.as_bytes()))?;
    text.get(..at).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_layout_names_its_node() {
        for (path, node) in [
            ("b.zip!/Node_HV01/System.EVTX", Some("hv01")),
            (
                "b/Node_HV01/ClusterReports/Validation Report 2024.01.02 At 03.04.05.mht",
                Some("hv01"),
            ),
            ("b/hv-01.corp.example_cluster.log", Some("hv-01")),
            ("b/HV01_CLUSTER.LOG", Some("hv01")),
            ("b/HV01_evt_HyperVVMMS-Admin.evtx", Some("hv01")),
            ("b/HV01_UnfilteredEvent_System.EVTX", Some("hv01")),
            ("b/HV-01-System.evtx", Some("hv-01")),
            (
                "b/HV01-Microsoft-Windows-Hyper-V-VMMS-Admin.evtx",
                Some("hv01"),
            ),
            (
                "b/HV01_Microsoft-Windows-FailoverClustering-Operational.evtx",
                Some("hv01"),
            ),
            ("b/HV01_240514-100500_cluster.log", Some("hv01")),
            ("b/HV01_240514-100500_ipconfig.txt", Some("hv01")),
            (
                "TSSv2_HV_01_240514-100500_Cluster.zip!/x/System.evtx",
                Some("hv_01"),
            ),
            (
                "b/SddcDiagnosticArchive-HV-01-20240514-1005.ZIP!/System.EVTX",
                Some("hv-01"),
            ),
            ("b/GetNetAdapter_hv01.corp.example.XML", Some("hv01")),
            ("b/hv01.corp.example_SystemInfo.TXT", Some("hv01")),
            ("b/HV01-GeneralInfoPerHost.xml", Some("hv01")),
            ("b/HV01/Reports/x.mht", Some("hv01")),
            ("b/HV01_ClusterReportMHT.zip!/x.mht", Some("hv01")),
            ("b/Node_HV01/HV02_cluster.log", Some("hv02")),
            // What names none.
            ("b/Reports/x.mht", None),
            ("b/Windows/Cluster/Reports/x.mht", None),
            ("b/cluster.log", None),
            ("b/System.evtx", None),
            (
                "b/Microsoft-Windows-FailoverClustering%4Operational.evtx",
                None,
            ),
            (
                "b/Microsoft-System-Diagnostics-DiagnosticInvoker%4Operational.evtx",
                None,
            ),
            ("b/0_CloudHealthSummary.log", None),
            ("HealthTest-CLUS-20240514-1005.ZIP!/GetCluster.XML", None),
        ] {
            assert_eq!(node_hint(path), node.and_then(NodeName::new), "{path}");
        }
    }

    #[test]
    fn extra_fields_give_the_time_in_utc() {
        let expected = Moment::parse("2024-05-14T10:05:00Z").unwrap();
        let mut ntfs = vec![0xFF, 0xFF, 1, 0, 9, 0x0A, 0, 32, 0, 0, 0, 0, 0, 1, 0, 24, 0];
        ntfs.extend(expected.to_filetime().to_le_bytes());
        ntfs.extend([0; 16]);
        assert_eq!(utc_of_extra(&ntfs), Some(expected));
        let mut unix = vec![0x55, 0x54, 5, 0, 1];
        unix.extend(1_715_681_100i32.to_le_bytes());
        assert_eq!(utc_of_extra(&unix), Some(expected));
        assert_eq!(utc_of_extra(&unix[..7]), None);
    }

    proptest! {
        #[test]
        fn no_name_is_unsafe_once_it_is_made_safe(name in "[a-z./\\\\:!\x00-\x1F]{0,20}|\\PC{0,12}|(CON|nul|Lpt1)(\\.[a-z]{0,3})?") {
            if let SafeName::Same(safe) | SafeName::Changed(safe, _) = safe_name(&name) {
                prop_assert!(!safe.starts_with('/') && !safe.contains('\\'));
                prop_assert!(!safe.contains(char::is_control));
                for part in safe.split('/') {
                    prop_assert!(!matches!(part, "" | "." | ".."));
                    prop_assert!(!is_reserved(part) && !part.ends_with('!'));
                }
                // Once safe, it is left alone.
                prop_assert_eq!(safe_name(&safe), SafeName::Same(safe));
            }
            let _ = node_hint(&name);
        }
    }
}
