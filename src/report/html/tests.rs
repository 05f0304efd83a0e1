//! What the page of the fixture's case is made of; how it works in a browser is tested
//! in `tests/browser.rs`.

use super::*;
use crate::model::text::Lang;
use crate::report::{Options, chart, document, fixture};
use crate::rules::verdict::Verdicts;
use crate::timeline::Timeline;
use std::collections::BTreeSet;

fn rendered(lang: Lang, with_charts: bool) -> String {
    let (timeline, verdicts) = fixture::case();
    let mut options = Options::new(lang);
    options.zone = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap();
    let charts = if with_charts {
        chart::charts(&timeline, &verdicts, &options).unwrap()
    } else {
        Vec::new()
    };
    render(&document(&timeline, &verdicts, &options), &charts).unwrap()
}

/// The page without its style and script, which stand in files of their own.
fn without_assets(page: &str) -> String {
    let hash = page.split("script-src '").nth(1).unwrap();
    let hash = hash.split('\'').next().unwrap();
    page.replace(STYLE, "…")
        .replace(SCRIPT, "…")
        .replace(hash, "sha256-…")
}

#[test]
fn snapshot_en() {
    insta::assert_snapshot!(without_assets(&rendered(Lang::En, false)));
}

#[test]
fn snapshot_ja() {
    insta::assert_snapshot!(without_assets(&rendered(Lang::Ja, false)));
}

/// Names of all elements of the page, by a tokenizer that knows no more of HTML than a
/// browser must.
fn tags(page: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for piece in page.split('<').skip(1) {
        let tag = piece.split('>').next().unwrap_or_default();
        let name = tag
            .split([' ', '\n', '/'])
            .find(|p| !p.is_empty())
            .unwrap_or_default();
        names.insert(name.to_lowercase());
    }
    names
}

#[test]
fn nothing_from_a_log_becomes_markup() {
    for lang in [Lang::En, Lang::Ja] {
        let page = rendered(lang, true);
        // Its own two script elements, the data and the script, and no other.
        assert_eq!(page.matches("<script").count(), 2);
        let rest = without_assets(&page);
        for forbidden in [
            "img",
            "iframe",
            "object",
            "link",
            "form",
            "b",
            "base",
            "svg:script",
        ] {
            assert!(
                !tags(&rest).contains(forbidden),
                "<{forbidden}> in the page"
            );
        }
        assert!(
            page.contains("alert(1)"),
            "the hostile name is shown, as text"
        );
        assert!(!page.contains('\u{1b}') && !page.contains('\u{202E}'));
        assert!(!page.to_lowercase().contains(" onerror=\""));
    }
}

#[test]
fn it_needs_nothing_but_itself_and_runs_nothing_else() {
    let page = rendered(Lang::En, true);
    let policy = page.split("content=\"").nth(1).unwrap();
    let policy = policy.split('"').next().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"));
    assert!(!policy.contains("http") && !policy.contains("'self'"));
    assert_eq!(
        policy.matches("unsafe").count(),
        1,
        "of styles only: {policy}"
    );
    for attribute in ["src=\"", "srcset=", "@import"] {
        assert!(!page.contains(attribute), "{attribute}");
    }
    // A pattern is of the same picture.
    for paint in page.split("url(").skip(1) {
        assert!(paint.starts_with('#'), "{}", &paint[..20]);
    }
    for link in page.split("href=\"").skip(1) {
        // A rule's public reference is the only address, and opens only when asked to.
        let inside = link.starts_with('#');
        let reference = link.starts_with("https://example.com/a?b=&#60;c&#62;\" rel=\"noreferrer");
        assert!(
            inside || reference,
            "{}",
            link.chars().take(60).collect::<String>()
        );
    }
}

#[test]
fn every_link_leads_somewhere_and_no_anchor_is_twice() {
    let page = rendered(Lang::Ja, true);
    let ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let known: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(known.len(), ids.len(), "{ids:?}");
    let mut links = 0;
    for link in without_assets(&page).split("href=\"#").skip(1) {
        let target = link.split('"').next().unwrap();
        let (anchor, _) = target.split_once('?').unwrap_or((target, ""));
        assert!(known.contains(anchor), "#{target}");
        links += 1;
    }
    assert!(links > 10);
}

#[test]
fn each_instant_is_said_once_in_the_zone_and_once_for_the_machine() {
    let page = rendered(Lang::En, false);
    assert!(page.contains("<time datetime=\"2024-05-14T01:40:00Z\">2024-05-14 10:40:00</time>"));
    // The offset is one, and said once for all.
    assert!(page.contains("(UTC+09:00)") && !page.contains(" +09:00</time>"));
}

#[test]
fn an_empty_case_still_answers() {
    let (timeline, verdicts) = (Timeline::default(), Verdicts::default());
    let options = Options::new(Lang::En);
    let charts = chart::charts(&timeline, &verdicts, &options).unwrap();
    let page = render(&document(&timeline, &verdicts, &options), &charts).unwrap();
    assert!(page.contains("No event was read"));
}

/// Markup without what stands between `<script` and `</script>`.
fn without_scripts(markup: &str) -> String {
    let mut pieces = markup.split("<script");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |mut all, piece| {
        all.push_str(piece.split_once("</script>").unwrap().1);
        all
    })
}

/// With a hundred thousand events the page holds as many elements as with a few hundred:
/// the merged timeline is data, of which the script shows what is looked at.
#[test]
fn a_hundred_thousand_events_stay_out_of_the_page() {
    let (mut timeline, verdicts) = fixture::case();
    let page = |timeline: &Timeline| {
        let options = Options::new(Lang::En);
        render(&document(timeline, &verdicts, &options), &[]).unwrap()
    };
    let usual = page(&timeline);
    let first = timeline.events[0].clone();
    for n in 0..100_000 {
        let mut event = first.clone();
        event.time = event.time.plus_seconds(0.01 * f64::from(n));
        timeline.events.push(event);
        timeline.event_vm.push(None);
    }
    let large = page(&timeline);
    let elements = |page: &str| {
        let body = page.split("<body").nth(1).unwrap();
        let markup = without_scripts(body);
        markup.matches('<').count()
    };
    assert!(
        elements(&usual) > 500,
        "the page's own elements are counted"
    );
    let rows = crate::report::document::MOST_EVENTS * 16;
    assert!(
        elements(&large) < elements(&usual) + rows,
        "{} elements, with few events {}",
        elements(&large),
        elements(&usual)
    );
    assert!(usual.len() < 2 << 20, "{} bytes", usual.len());
    assert!(large.len() < 8 << 20, "{} bytes", large.len());
}
