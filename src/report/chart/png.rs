//! A chart as PNG, for what shows no SVG: mail, tickets, slides. The fonts are those of
//! this machine; a character that none of them has is named, never drawn as a box in
//! silence.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::{Database, Family, ID, Query, Style, Weight};
use resvg::usvg::{FontResolver, Options, Tree};

use super::Chart;
use crate::model::text::Lang;

/// A picture as a PNG file.
#[derive(Clone, Debug)]
pub struct Png {
    /// The file.
    pub bytes: Vec<u8>,
    /// Characters that no font of this machine has; the picture lacks them.
    pub missing: Vec<char>,
}

/// Families that are tried first, for each language: what Windows, macOS and Linux have
/// that reads well and small. Any other font is tried after them.
const ENGLISH: [&str; 7] = [
    "Segoe UI",
    "Arial",
    "Helvetica",
    "Noto Sans",
    "DejaVu Sans",
    "Liberation Sans",
    "Noto Sans CJK JP",
];
const JAPANESE: [&str; 12] = [
    "Yu Gothic UI",
    "Yu Gothic",
    "Meiryo UI",
    "Meiryo",
    "MS PGothic",
    "MS UI Gothic",
    "Hiragino Sans",
    "Hiragino Kaku Gothic ProN",
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "IPAexGothic",
    "TakaoPGothic",
];

/// The fonts of this machine, in an order that prefers the named families where several
/// have a character.
struct Fonts {
    all: Arc<Database>,
}

impl Fonts {
    fn load(lang: Lang) -> Self {
        let mut found = Database::new();
        found.load_system_fonts();
        let preferred: Vec<&str> = match lang {
            Lang::En => ENGLISH.into_iter().chain(JAPANESE).collect(),
            Lang::Ja => JAPANESE.into_iter().chain(ENGLISH).collect(),
        };
        let mut faces: Vec<_> = found.faces().cloned().collect();
        let rank = |families: &[(String, _)]| {
            preferred
                .iter()
                .position(|p| families.iter().any(|(name, _)| name == p))
                .unwrap_or(preferred.len())
        };
        // The order in which a directory lists its files is not the same everywhere. What
        // stands in for a missing character is of the usual weight.
        faces.sort_by_cached_key(|f| {
            let odd = f.style != Style::Normal;
            let heavy = f.weight.0.abs_diff(Weight::NORMAL.0);
            let name = f.post_script_name.clone();
            (rank(&f.families), odd, heavy, name, f.index)
        });
        let mut all = Database::new();
        for face in faces {
            all.push_face_info(face);
        }
        let first = preferred.iter().find(|name| {
            let query = Query {
                families: &[Family::Name(name)],
                ..Query::default()
            };
            all.query(&query).is_some()
        });
        let family = first.map(|name| (*name).to_owned()).or_else(|| {
            let face = all.faces().next()?;
            Some(face.families.first()?.0.clone())
        });
        if let Some(family) = family {
            // What finds nothing falls back to a serif font, which is to be the same.
            all.set_sans_serif_family(family.clone());
            all.set_serif_family(family);
        }
        Fonts { all: Arc::new(all) }
    }
}

static FONTS: [LazyLock<Fonts>; 2] = [
    LazyLock::new(|| Fonts::load(Lang::En)),
    LazyLock::new(|| Fonts::load(Lang::Ja)),
];

/// Draws a chart on white, `width` pixels wide; the height follows.
///
/// # Errors
///
/// When the picture would not fit into memory.
pub fn png(chart: &Chart, lang: Lang, width: u32) -> io::Result<Png> {
    let fonts = match lang {
        Lang::En => &FONTS[0],
        Lang::Ja => &FONTS[1],
    };
    raster(&chart.svg, fonts.all.clone(), width)
}

fn raster(svg: &str, fonts: Arc<Database>, width: u32) -> io::Result<Png> {
    let missing: Mutex<BTreeSet<char>> = Mutex::new(BTreeSet::new());
    let no_font = fonts.is_empty();
    let fallback = FontResolver::default_fallback_selector();
    let options = Options {
        fontdb: fonts,
        font_resolver: FontResolver {
            select_font: FontResolver::default_font_selector(),
            select_fallback: Box::new(|c: char, used: &[ID], fonts: &mut Arc<Database>| {
                let found = fallback(c, used, fonts);
                if found.is_none() {
                    missing
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .insert(c);
                }
                found
            }),
        },
        ..Options::default()
    };
    // The style sheet is for browsers: it answers to dark pages.
    let bare = without_style(svg);
    let tree = Tree::from_str(&bare, &options).map_err(io::Error::other)?;
    let size = tree.size();
    let scale = width as f32 / size.width();
    let height = (size.height() * scale).ceil() as u32;
    let mut pixels = Pixmap::new(width, height).ok_or_else(|| {
        io::Error::other(format!(
            "a picture of {width} by {height} pixels is too large"
        ))
    })?;
    resvg::render(
        &tree,
        Transform::from_scale(scale, scale),
        &mut pixels.as_mut(),
    );
    let bytes = pixels.encode_png().map_err(io::Error::other)?;
    drop(tree);
    drop(options);
    let mut missing = missing.into_inner().unwrap_or_else(PoisonError::into_inner);
    if no_font {
        missing.extend(characters(&bare));
    }
    Ok(Png {
        bytes,
        missing: missing.into_iter().collect(),
    })
}

fn without_style(svg: &str) -> String {
    match (svg.find("<style>"), svg.find("</style>")) {
        (Some(from), Some(to)) if from < to => {
            format!("{}{}", &svg[..from], &svg[to + "</style>".len()..])
        }
        _ => svg.to_owned(),
    }
}

/// The characters of all texts; markup is on lines that begin with `<`.
fn characters(svg: &str) -> BTreeSet<char> {
    let texts = svg.lines().filter(|l| !l.starts_with('<'));
    texts
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{self, chart, fixture};

    #[test]
    fn a_png_has_the_width_that_was_asked_for() {
        let (timeline, verdicts) = fixture::case();
        let options = report::Options::new(Lang::Ja);
        let charts = chart::charts(&timeline, &verdicts, &options).unwrap();
        let png = png(&charts[0], Lang::Ja, 560).unwrap();
        assert_eq!(&png.bytes[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(&png.bytes[16..20], &560u32.to_be_bytes());
    }

    #[test]
    fn without_a_font_every_character_is_named_as_missing() {
        let (timeline, verdicts) = fixture::case();
        let options = report::Options::new(Lang::Ja);
        let charts = chart::charts(&timeline, &verdicts, &options).unwrap();
        let png = raster(&charts[0].svg, Arc::new(Database::new()), 560).unwrap();
        for c in ['仮', '経', 'w'] {
            assert!(png.missing.contains(&c), "{c}: {:?}", png.missing);
        }
    }

    #[test]
    fn a_picture_beyond_all_memory_is_refused() {
        let svg = "<svg width=\"10\" height=\"10\" viewBox=\"0 0 10 10\" xmlns=\"http://www.w3.org/2000/svg\"></svg>";
        assert!(raster(svg, Arc::new(Database::new()), u32::MAX).is_err());
    }
}
