//! `report.html`: the document as one page that needs nothing but itself. No
//! script, no request: its content security policy forbids both. The template
//! escapes all text; only this crate's own charts and style go in as they are.

use std::io;

use askama::Template;

use crate::rules::verdict::Verdict;

use super::chart::Chart;
use super::document::{Block, Card, ColumnKind, Document, Sureness, Table, Tone};

/// The whole page.
///
/// # Errors
///
/// Never in practice: the template is checked when it is compiled.
pub fn render(document: &Document, charts: &[Chart]) -> io::Result<String> {
    let page = Page {
        document,
        labels: &document.labels,
        charts,
        style: include_str!("page.css"),
    };
    page.render().map_err(io::Error::other)
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r##"{%- macro table(t) -%}
{%- if !t.rows.is_empty() -%}
<div class="scroll" tabindex="0" role="group"><table>
<thead><tr>{% for c in t.columns %}<th scope="col" class="{{ self.head(*c.kind) }}">{{ c.title }}</th>{% endfor %}</tr></thead>
<tbody>
{% for r in t.rows -%}
<tr{% if let Some(anchor) = r.anchor %} id="{{ anchor }}"{% endif %}>
{%- for c in r.cells -%}
<td class="{{ self.cell(t, loop.index0, *c.tone) }}">
{%- if let Some(link) = c.link %}<a href="#{{ link }}">{{ c.text }}</a>{% else %}{{ c.text }}{% endif -%}
</td>
{%- endfor -%}
</tr>
{% endfor -%}
</tbody></table></div>
{%- endif -%}
{%- if let Some(note) = t.note %}<p class="aside">{{ note }}</p>{% endif -%}
{%- endmacro -%}

{%- macro badge(verdict, text) -%}
<span class="badge {{ self.verdict(*verdict) }}"><span aria-hidden="true">{{ self.shape(*verdict) }}</span> {{ text }}</span>
{%- endmacro -%}

{%- macro list(items) -%}
<ul>{% for item in items.iter() %}<li>{{ item }}</li>{% endfor %}</ul>
{%- endmacro -%}

{%- macro finding(card) -%}
<details class="finding {{ self.verdict(*card.verdict) }}{% if card.benign %} benign{% endif %}" id="{{ card.anchor }}"{% if self.opened(card) %} open{% endif %}>
<summary>{% call badge(card.verdict, card.verdict_text) %}{% endcall %} <strong>{{ card.subject }}</strong> — {{ card.title }}{% if card.benign %} <span class="quiet">({{ labels.benign }})</span>{% endif %}</summary>
<div class="inner">
<p class="quiet">{{ card.verdict_means }}</p>
<p>{{ card.why }}</p>
<p class="meta">{{ labels.rule }} <code>{{ card.rule }}</code> · {{ labels.severity }} {{ card.severity }} · {{ labels.occurrences }} {{ card.occurrences }}{% if let Some(when) = card.when %} · {{ when }}{% endif %}</p>
{% if !card.cause.is_empty() %}<h4>{{ labels.cause }}</h4><p>{{ card.cause }}</p>{% endif %}
{% if !card.steps.rows.is_empty() %}<h4>{{ labels.steps }}</h4>{% call table(card.steps) %}{% endcall %}{% endif %}
<h4>{{ labels.evidence }}</h4>
{% if card.evidence.rows.is_empty() %}<p class="quiet">{{ labels.no_evidence }}</p>{% else %}{% call table(card.evidence) %}{% endcall %}{% endif %}
{% if !card.missing.is_empty() %}<h4>{{ labels.to_settle }}</h4>{% call list(card.missing) %}{% endcall %}{% endif %}
{% if !card.remedy.is_empty() %}<h4>{{ labels.remedy }}</h4><ol>{% for item in card.remedy %}<li>{{ item }}</li>{% endfor %}</ol>{% endif %}
{% if !card.references.is_empty() %}<h4>{{ labels.references }}</h4>{% call list(card.references) %}{% endcall %}{% endif %}
</div>
</details>
{%- endmacro -%}

{%- macro block(part) -%}
{%- match part -%}
{%- when Block::Heading(text) -%}<h3>{{ text }}</h3>
{%- when Block::Text(text) -%}<p>{{ text }}</p>
{%- when Block::Aside(text) -%}<p class="aside">{{ text }}</p>
{%- when Block::List(items) -%}{% call list(items) %}{% endcall %}
{%- when Block::Steps(items) -%}<ol>{% for item in items.iter() %}<li>{{ item }}</li>{% endfor %}</ol>
{%- when Block::Table(t) -%}{% call table(t) %}{% endcall %}
{%- when Block::Chart(id) -%}<figure class="chart">{{ self.chart(id)|safe }}</figure>
{%- when Block::Verbatim(text) -%}<pre>{{ text }}</pre>
{%- when Block::Finding(card) -%}{% call finding(card) %}{% endcall %}
{%- endmatch -%}
{%- endmacro -%}
<!DOCTYPE html>
<html lang="{{ labels.lang }}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{{ document.title }} · {{ document.subject }}</title>
<style>{{ style|safe }}</style>
</head>
<body>
<a class="skip" href="#answer">{{ labels.what_happened }}</a>
<header class="top">
<div class="wrap">
<p class="kicker">{{ document.title }}</p>
<h1>{{ document.subject }}</h1>
<p class="quiet">{{ document.zone }}</p>
</div>
</header>
<main class="wrap">
<section class="answer" id="answer">
<h2>{{ labels.what_happened }}</h2>
<ol class="headline">
{% for s in document.headline -%}
<li>{{ s.text }} <span class="badge {{ self.sureness(*s.sureness) }}"><span aria-hidden="true">{{ self.sureness_shape(*s.sureness) }}</span> {{ s.how_sure }}</span></li>
{% endfor -%}
</ol>
<dl class="facts">
{% for f in document.facts %}<div><dt>{{ f.label }}</dt><dd>{{ f.value }}</dd></div>
{% endfor -%}
</dl>
</section>
<div class="grid">
<div>
<section id="verdicts">
<h2>{{ labels.verdicts }}</h2>
{% if document.cards.is_empty() %}<p class="quiet">{{ labels.no_verdicts }}</p>{% endif %}
{% for card in document.cards -%}
<article class="card {{ self.verdict(*card.verdict) }}">
<p>{% call badge(card.verdict, card.verdict_text) %}{% endcall %} <a href="#{{ card.anchor }}"><strong>{{ card.subject }}</strong></a>{% if card.benign %} <span class="quiet">({{ labels.benign }})</span>{% endif %}</p>
<h3>{{ card.title }}</h3>
<p>{{ card.why }}</p>
</article>
{% endfor -%}
{% if let Some(more) = document.more_cards %}<p class="quiet">{{ more }}</p>{% endif %}
</section>
</div>
<div>
<section id="todo">
<h2>{{ labels.to_do }}</h2>
{% if document.actions.items.is_empty() %}<p class="quiet">{{ labels.nothing_to_do }}</p>{% else -%}
<ol>{% for a in document.actions.items %}<li>{{ a }}</li>{% endfor %}</ol>{% endif %}
{% if let Some(more) = document.actions.more %}<p class="quiet">{{ more }}</p>{% endif %}
</section>
<section id="missing">
<h2>{{ labels.missing }}</h2>
{% if document.missing.items.is_empty() %}<p class="quiet">{{ labels.nothing_missing }}</p>{% else %}{% call list(document.missing.items) %}{% endcall %}{% endif %}
{% if let Some(more) = document.missing.more %}<p class="quiet">{{ more }}</p>{% endif %}
</section>
</div>
</div>
<section id="down" class="section">
<h2>{{ labels.down }}</h2>
{% if document.down.rows.is_empty() %}<p class="quiet">{{ labels.none_down }}</p>{% else %}{% call table(document.down) %}{% endcall %}{% endif %}
</section>
<nav aria-label="{{ labels.contents }}">
<ul>{% for s in document.sections %}<li><a href="#{{ s.id }}">{{ s.title }}</a></li>{% endfor %}</ul>
</nav>
{% for s in document.sections -%}
{%- if s.folded -%}
<details class="section" id="{{ s.id }}"><summary><h2>{{ s.title }}</h2></summary>
{%- else -%}
<section class="section" id="{{ s.id }}"><h2>{{ s.title }}</h2>
{%- endif %}
{% if let Some(lead) = s.lead %}<p class="lead">{{ lead }}</p>{% endif %}
{% for part in s.blocks %}{% call block(part) %}{% endcall %}
{% endfor -%}
{%- if s.folded -%}</details>{%- else -%}</section>{%- endif %}
{% endfor -%}
</main>
<footer class="wrap quiet">{{ labels.made_by }}</footer>
</body>
</html>
"##
)]
struct Page<'a> {
    document: &'a Document,
    labels: &'a super::document::Labels,
    charts: &'a [Chart],
    style: &'static str,
}

impl Page<'_> {
    /// A picture by its id, ready to be put in.
    fn chart(&self, id: &str) -> &str {
        self.charts
            .iter()
            .find(|c| c.id == id)
            .map_or("", |c| c.svg.as_str())
    }

    /// One class for what the column holds, one for how the value is felt.
    fn cell(&self, table: &Table, column: &usize, tone: Tone) -> &'static str {
        let kind = table
            .columns
            .get(*column)
            .map_or(ColumnKind::Text, |c| c.kind);
        match (kind, tone) {
            (ColumnKind::Text, Tone::Plain) => "",
            (ColumnKind::Text, Tone::Good) => "t-good",
            (ColumnKind::Text, Tone::Warn) => "t-warn",
            (ColumnKind::Text, Tone::Bad) => "t-bad",
            (ColumnKind::Text, Tone::Unknown) => "t-unknown",
            (ColumnKind::Text, Tone::Said) => "t-said",
            (ColumnKind::Time, Tone::Unknown) => "k-time t-unknown",
            (ColumnKind::Time, Tone::Bad) => "k-time t-bad",
            (ColumnKind::Time, _) => "k-time",
            (ColumnKind::Number, Tone::Unknown) => "k-number t-unknown",
            (ColumnKind::Number, Tone::Bad) => "k-number t-bad",
            (ColumnKind::Number, Tone::Warn) => "k-number t-warn",
            (ColumnKind::Number, _) => "k-number",
            (ColumnKind::Code, Tone::Unknown) => "k-code t-unknown",
            (ColumnKind::Code, _) => "k-code",
        }
    }

    fn head(&self, kind: ColumnKind) -> &'static str {
        match kind {
            ColumnKind::Number => "k-number",
            _ => "",
        }
    }

    /// A verdict's class, and the shape that says the same without color.
    fn verdict(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Confirmed => "v-confirmed",
            Verdict::Probable => "v-probable",
            Verdict::NotAssessable => "v-open",
            Verdict::RuledOut => "v-out",
        }
    }

    fn shape(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Confirmed => "■",
            Verdict::Probable => "▲",
            Verdict::NotAssessable => "?",
            Verdict::RuledOut => "○",
        }
    }

    fn sureness(&self, sureness: Sureness) -> &'static str {
        match sureness {
            Sureness::Logged => "v-logged",
            Sureness::Confirmed => "v-confirmed",
            Sureness::Probable => "v-probable",
            Sureness::Open => "v-open",
        }
    }

    fn sureness_shape(&self, sureness: Sureness) -> &'static str {
        match sureness {
            Sureness::Logged => "●",
            Sureness::Confirmed => "■",
            Sureness::Probable => "▲",
            Sureness::Open => "?",
        }
    }

    /// Findings that alarm are open; the others unfold.
    fn opened(&self, card: &Card) -> bool {
        !card.benign && matches!(card.verdict, Verdict::Confirmed | Verdict::Probable)
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn snapshot_en() {
        insta::assert_snapshot!(rendered(Lang::En, false));
    }

    #[test]
    fn snapshot_ja() {
        insta::assert_snapshot!(rendered(Lang::Ja, false));
    }

    /// Names of all elements and attributes of the page, by a tokenizer that
    /// knows no more of HTML than a browser must.
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
            for forbidden in [
                "script", "img", "iframe", "object", "link", "form", "input", "b", "base",
            ] {
                assert!(
                    !tags(&page).contains(forbidden),
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
    fn it_needs_nothing_but_itself() {
        let page = rendered(Lang::En, true);
        assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'; img-src data:"));
        for attribute in ["src=\"", "srcset=", "@import", "url("] {
            assert!(!page.contains(attribute), "{attribute}");
        }
        for link in page.split("href=\"").skip(1) {
            assert!(link.starts_with('#'), "{}", &link[..40.min(link.len())]);
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
        for link in page.split("href=\"#").skip(1) {
            let target = link.split('"').next().unwrap();
            assert!(known.contains(target), "#{target}");
            links += 1;
        }
        assert!(links > 10);
    }

    #[test]
    fn an_empty_case_still_answers() {
        let (timeline, verdicts) = (Timeline::default(), Verdicts::default());
        let options = Options::new(Lang::En);
        let charts = chart::charts(&timeline, &verdicts, &options).unwrap();
        let page = render(&document(&timeline, &verdicts, &options), &charts).unwrap();
        assert!(page.contains("No event was read"));
    }
}
