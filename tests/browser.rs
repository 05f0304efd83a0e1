//! The page as its readers use it, in a real browser. Without Chromium these tests say
//! that they were skipped; so does the check of accessibility without axe-core
//! (`VMTRAIL_AXE`, the path of its `axe.min.js`). `.ci/run` installs both.
#![cfg(unix)]

mod common;
#[path = "browser/devtools.rs"]
mod devtools;

use std::path::{Path, PathBuf};
use std::process::Command;

use devtools::{Browser, chromium};
use serde_json::{Value, json};

/// A report in a directory of its own.
struct Report {
    dir: tempfile::TempDir,
}

impl Report {
    fn of(bundle: &Path, more: &[&str]) -> Report {
        let dir = tempfile::tempdir().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_vmtrail"))
            .arg("analyze")
            .arg(bundle)
            .arg("-o")
            .arg(dir.path())
            .args(["--tz", "Asia/Tokyo"])
            .args(more)
            .output()
            .unwrap();
        let page = dir.path().join("report.html");
        assert!(
            page.is_file(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Report { dir }
    }

    fn sample(name: &str, more: &[&str]) -> Report {
        Report::of(&common::project(&format!("samples/{name}.zip")), more)
    }

    fn page(&self) -> PathBuf {
        self.dir.path().join("report.html")
    }

    fn url(&self, hash: &str) -> String {
        format!("file://{}{hash}", self.page().display())
    }
}

/// Serious and critical faults that axe-core finds, with where and why; `None` without
/// axe-core, which is said.
fn inaccessible(browser: &mut Browser) -> Option<Vec<String>> {
    let Some(path) = std::env::var_os("VMTRAIL_AXE") else {
        eprintln!("skipped: accessibility, since axe-core is not there (set VMTRAIL_AXE)");
        return None;
    };
    let axe = std::fs::read_to_string(path).unwrap();
    browser.value(&format!("{axe};0"));
    // What is folded counts as well.
    browser.value("document.querySelectorAll('details').forEach(d => d.open = true)");
    // The page sees what was opened when it is next drawn.
    browser.value(
        "new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn(0))))",
    );
    let found = browser.value(
        "axe.run(document, { resultTypes: ['violations'] }).then(r => ({
            passed: r.passes.length,
            faults: r.violations.filter(v => v.impact === 'serious' || v.impact === 'critical')
                .map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html + ' — ' + n.failureSummary).join('; ')) }))",
    );
    let passed = found["passed"].as_u64().unwrap();
    assert!(passed > 15, "axe-core looked at the page: {passed}");
    Some(serde_json::from_value(found["faults"].clone()).unwrap())
}

#[test]
fn every_sample_opens_without_a_fault_for_every_reader() {
    let Some(chromium) = chromium() else { return };
    let mut browser = Browser::start(&chromium);
    let samples = common::files(&common::project("samples"), "zip");
    assert!(samples.len() >= 12, "the samples are there");
    for (n, bundle) in samples.iter().enumerate() {
        let name = bundle.file_stem().unwrap().to_string_lossy();
        let lang = ["en", "ja"][n % 2];
        let scheme = ["light", "dark"][n / 2 % 2];
        let report = Report::of(bundle, &["--lang", lang]);
        let size = std::fs::metadata(report.page()).unwrap().len();
        assert!(size < 2 << 20, "{name}: {size} bytes");
        browser.media("", &[("prefers-color-scheme", scheme)]);
        browser.size(1400, 1000);
        browser.open(&report.url(""));
        let faults = browser.faults(&report.url(""));
        assert!(faults.is_empty(), "{name}: {faults:#?}");
        assert_eq!(browser.text("document.documentElement.lang"), lang);
        assert!(browser.number("document.querySelectorAll('#rows tr').length") > 3.0);
        // Nothing is wider than a telephone, but what can be scrolled in its own place.
        browser.size(390, 800);
        let wide = browser.text(
            "String(document.documentElement.scrollWidth <= innerWidth || [...document.querySelectorAll('body *')]
                .filter(e => e.getBoundingClientRect().right > innerWidth + 1 &&
                    !e.closest('.scroll,.chart,.list,nav,.vh')).slice(0, 3).map(e => e.outerHTML.slice(0, 200)))",
        );
        assert_eq!(wide, "true", "{name}: wider than the window");
        browser.size(1400, 1000);
        if let Some(faults) = inaccessible(&mut browser) {
            assert!(faults.is_empty(), "{name} ({lang}, {scheme}): {faults:#?}");
        }
    }
}

/// Sets a filter as a hand would.
fn choose(browser: &mut Browser, filter: &str, value: &str) {
    browser.value(&format!(
        "(s => {{ s.value = {}; s.dispatchEvent(new Event('change')); return s.value; }})(document.getElementById('f-{filter}'))",
        json!(value)
    ));
}

fn shown(browser: &mut Browser) -> usize {
    let text = browser.text("document.getElementById('count').textContent");
    let first = text.split(' ').next().unwrap_or_default();
    first.parse().unwrap_or_else(|_| panic!("{text}"))
}

fn hash(browser: &mut Browser) -> String {
    browser.text("location.hash")
}

/// The value of an option by what it says.
fn offered(browser: &mut Browser, filter: &str, text: &str) -> String {
    browser.text(&format!(
        "[...document.getElementById('f-{filter}').options].find(o => o.textContent.startsWith({})).value",
        json!(text)
    ))
}

#[test]
fn filters_search_and_links_lead_to_the_same_view_again() {
    let Some(chromium) = chromium() else { return };
    let report = Report::sample("node-crash-2019", &["--lang", "en"]);
    let mut browser = Browser::start(&chromium);
    browser.size(1400, 1000);
    browser.open(&report.url(""));
    let usual = shown(&mut browser);
    choose(&mut browser, "show", "all");
    let all = shown(&mut browser);
    assert!(all > usual && usual > 50, "{usual} of {all}");

    // Only what is in sight is in the document.
    let rows = browser.number("document.querySelectorAll('#rows tr').length");
    assert!(rows < 60.0, "{rows} rows");
    browser.value("document.getElementById('list').scrollTop = 1e7");
    browser.until("[...document.querySelectorAll('#rows tr[aria-rowindex]')].some(r => +r.getAttribute('aria-rowindex') === +document.querySelector('#list table').getAttribute('aria-rowcount'))");
    assert!(browser.number("document.querySelectorAll('#rows tr').length") < 60.0);

    let vm = offered(&mut browser, "vm", "web02");
    choose(&mut browser, "vm", &vm);
    let of_vm = shown(&mut browser);
    let node = offered(&mut browser, "node", "HV01");
    choose(&mut browser, "node", &node);
    let of_both = shown(&mut browser);
    assert!(0 < of_both && of_both < of_vm && of_vm < all);
    choose(&mut browser, "kind", "vms");
    choose(&mut browser, "severity", "warning");
    choose(&mut browser, "severity", "");
    let view = hash(&mut browser);
    assert!(
        view.contains(&format!("vm={vm}")) && view.contains("kind=vms"),
        "{view}"
    );
    let count = shown(&mut browser);
    assert!(0 < count && count < of_both, "{count}");

    // A colleague opens the address, and sees the same.
    let first = "document.querySelector('#rows td.k-time').textContent";
    let here = browser.text(first);
    browser.open(&report.url(&view));
    assert_eq!(shown(&mut browser), count);
    assert_eq!(browser.text(first), here);
    assert_eq!(browser.text("document.getElementById('f-vm').value"), vm);
    assert_eq!(
        browser.text("document.getElementById('f-kind').value"),
        "vms"
    );

    // Back and forward.
    choose(&mut browser, "kind", "");
    assert_eq!(shown(&mut browser), of_both);
    browser.value("history.back()");
    browser.until("document.getElementById('f-kind').value === 'vms'");
    assert_eq!(shown(&mut browser), count);
    browser.value("history.forward()");
    browser.until("document.getElementById('f-kind').value === ''");
    assert_eq!(shown(&mut browser), of_both);

    // Search: every word must occur, in any letter case.
    browser.open(&report.url("#timeline?show=all"));
    browser.value("(q => { q.focus(); q.value = 'MIGRATION web02'; q.dispatchEvent(new Event('input')); })(document.getElementById('f-q'))");
    browser.until("location.hash.includes('q=')");
    let found = shown(&mut browser);
    assert!(0 < found && found < all);
    let fit = "[...document.querySelectorAll('#rows tr[aria-rowindex]')].every(r => /web02/i.test(r.textContent + r.querySelector('td:nth-child(3)').title) )";
    assert_eq!(browser.text(fit), "true");
    assert!(browser.number("document.querySelectorAll('#rows mark').length") > 0.0);
    let faults = browser.faults(&report.url(""));
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn evidence_leads_to_its_place_and_a_span_can_be_dragged() {
    let Some(chromium) = chromium() else { return };
    let report = Report::sample("node-crash-2019", &["--lang", "en"]);
    let mut browser = Browser::start(&chromium);
    browser.size(1400, 1000);
    browser.open(&report.url(""));

    // Each line of evidence names its file and place, and leads to its event.
    let lines =
        browser.number("document.querySelectorAll('.finding td a[href^=\"#event-\"]').length");
    assert!(lines > 5.0, "{lines}");
    let (time, place) = (
        browser.text("document.querySelector('.finding td a[href^=\"#event-\"]').textContent"),
        browser.text(
            "document.querySelector('.finding td a[href^=\"#event-\"]').closest('tr').textContent",
        ),
    );
    browser.value("document.querySelector('.finding td a[href^=\"#event-\"]').click()");
    assert!(hash(&mut browser).starts_with("#event-"));
    assert_eq!(
        browser.text("document.querySelector('#rows .sel a').textContent"),
        time
    );
    let detail = browser.text("document.getElementById('detail').textContent");
    assert!(
        detail.contains("cluster.log · line ") || detail.contains("record "),
        "{detail}"
    );
    assert!(
        place.contains("line ") || place.contains("record "),
        "{place}"
    );
    let in_sight = "(r => r.top >= 0 && r.bottom <= innerHeight)(document.querySelector('#rows .sel').getBoundingClientRect())";
    assert_eq!(browser.text(in_sight), "true");

    // A link to an event outranks filters that hide it.
    let event = hash(&mut browser);
    browser.open(&report.url(&format!("{event}?severity=critical&q=nothing")));
    assert_eq!(
        browser.text("document.querySelector('#rows .sel a').textContent"),
        time
    );

    // By keyboard to the next event.
    browser.value("document.querySelector('#rows .sel a').focus()");
    browser.press("ArrowDown", 40);
    let next = hash(&mut browser);
    assert!(next.starts_with("#event-") && next != event, "{next}");
    assert_eq!(
        browser.text("document.activeElement.getAttribute('href')"),
        next.split('?').next().unwrap()
    );

    // A span of the placement chart.
    browser.open(&report.url(""));
    let all = shown(&mut browser);
    browser.value("document.querySelector('#placement .plot').scrollIntoView({ block: 'center' })");
    let edge = |browser: &mut Browser, side: &str| {
        browser.number(&format!(
            "document.querySelector('#placement .plot').getBoundingClientRect().{side}"
        ))
    };
    let (left, top, width) = (
        edge(&mut browser, "left"),
        edge(&mut browser, "top"),
        edge(&mut browser, "width"),
    );
    browser.drag(
        (left + width * 0.5, top + 60.0),
        (left + width * 0.7, top + 80.0),
    );
    let view = hash(&mut browser);
    assert!(
        view.contains("from=2023-03-0") && view.contains("to=2023-03-0"),
        "{view}"
    );
    let some = shown(&mut browser);
    assert!(some < all, "{some} of {all}");
    let shade =
        browser.number("document.querySelector('#placement .span').getBoundingClientRect().width");
    assert!((shade - width * 0.2).abs() < 6.0, "{shade}");

    // Zoomed out again, and a time that is none.
    browser.value(
        "document.getElementById('b-out').click(); document.getElementById('b-whole').click()",
    );
    assert_eq!(shown(&mut browser), all);
    choose(&mut browser, "from", "yesterday");
    assert_eq!(
        browser.text("document.getElementById('span-wrong').hidden"),
        "false"
    );
    choose(&mut browser, "from", "2023-03-08 11:00:00");
    assert!(hash(&mut browser).contains("from=2023-03-08T02:00:00Z"));

    // Pages unfold when a link leads to them.
    browser.open(&report.url("#vm-3"));
    assert_eq!(browser.text("document.getElementById('vm-3').open"), "true");
    browser.value("document.querySelector('#vm-3 .go a').click()");
    assert!(hash(&mut browser).contains("vm=3"));
    let faults = browser.faults(&report.url(""));
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn times_are_shown_in_any_zone_and_texts_can_be_copied() {
    let Some(chromium) = chromium() else { return };
    let report = Report::sample("node-crash-2019", &["--lang", "ja"]);
    let mut browser = Browser::start(&chromium);
    browser.call(
        "Emulation.setTimezoneOverride",
        json!({ "timezoneId": "America/New_York" }),
    );
    browser.call(
        "Browser.grantPermissions",
        json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] }),
    );
    browser.open(&report.url(""));
    let first = "document.querySelector('.headline time').textContent";
    assert_eq!(browser.text(first), "2023-03-08 11:11:46");
    let zone = |browser: &mut Browser, value: &str| {
        browser.value(&format!(
            "(z => {{ z.value = '{value}'; z.dispatchEvent(new Event('change')); }})(document.getElementById('zone'))"
        ));
    };
    zone(&mut browser, "utc");
    assert_eq!(browser.text(first), "2023-03-08 02:11:46");
    let view = hash(&mut browser);
    zone(&mut browser, "reader");
    assert_eq!(browser.text(first), "2023-03-07 21:11:46");
    zone(&mut browser, "cluster");
    assert_eq!(browser.text(first), "2023-03-08 03:11:46");
    assert_eq!(
        browser.text("document.getElementById('charts-stay').hidden"),
        "false"
    );
    zone(&mut browser, "shown");
    assert_eq!(browser.text(first), "2023-03-08 11:11:46");
    browser.open(&report.url(&view));
    assert_eq!(browser.text(first), "2023-03-08 02:11:46");
    let row = browser.text("document.querySelector('#rows td.k-time').textContent");
    assert!(row.starts_with("2023-03-07 17:"), "{row}");

    browser.value("document.getElementById('appendix').open = true");
    browser.value("document.querySelector('[data-copy]').click()");
    browser.until("document.getElementById('told').textContent !== ''");
    let said = browser.text("document.getElementById('told').textContent");
    assert_eq!(said, "コピーしました。");
}

#[test]
fn on_paper_nothing_is_cut_and_no_control_is_left() {
    let Some(chromium) = chromium() else { return };
    let mut browser = Browser::start(&chromium);
    for (name, lang) in [("node-crash-2019", "ja"), ("vlan-reverts-2008r2", "en")] {
        let report = Report::sample(name, &["--lang", lang]);
        browser.open(&report.url(""));
        browser.media("print", &[("prefers-color-scheme", "dark")]);
        // A4 less its margins: 186 mm.
        browser.size(703, 1000);
        browser.value("dispatchEvent(new Event('beforeprint'))");
        let cut = browser.text(
            "JSON.stringify([...document.querySelectorAll('table,pre,svg,p,li')].filter(e => e.checkVisibility())
                .filter(e => e.getBoundingClientRect().right > innerWidth + 1 || e.scrollWidth > e.clientWidth + 2 && e.tagName === 'PRE')
                .map(e => e.outerHTML.slice(0, 160)))",
        );
        assert_eq!(cut, "[]", "{name}: cut on paper");
        let controls = browser.text(
            "JSON.stringify([...document.querySelectorAll('button,select,input,nav,.skip:not(:focus)')]
                .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > 0).map(e => e.outerHTML.slice(0, 80)))",
        );
        assert_eq!(controls, "[]", "{name}");
        let lines = browser.number("document.querySelectorAll('#printed tbody tr').length");
        assert!(lines > 20.0, "{name}: the timeline is on paper: {lines}");
        assert_eq!(
            browser.text("getComputedStyle(document.body).backgroundColor"),
            "rgb(255, 255, 255)"
        );
        browser.value("dispatchEvent(new Event('afterprint'))");
        browser.media("", &[]);
        let pdf = browser.call("Page.printToPDF", json!({ "preferCSSPageSize": true }));
        let data = pdf["data"].as_str().unwrap();
        assert!(data.starts_with("JVBERi0"), "a PDF");
        if let Some(kept) = std::env::var_os("VMTRAIL_KEEP_PDF") {
            std::fs::write(Path::new(&kept).join(format!("{name}.pdf.base64")), data).unwrap();
        }
    }
}

#[test]
fn without_a_script_the_content_is_there() {
    let Some(chromium) = chromium() else { return };
    let report = Report::sample("vlan-reverts-2008r2", &["--lang", "en"]);
    let mut browser = Browser::start(&chromium);
    browser.call(
        "Emulation.setScriptExecutionDisabled",
        json!({ "value": true }),
    );
    browser.open(&report.url("#timeline"));
    assert!(browser.number("document.querySelectorAll('#events-table tbody tr').length") > 20.0);
    let visible = browser.text(
        "JSON.stringify([...document.querySelectorAll('button,select,input')].filter(e => e.checkVisibility()).length)",
    );
    assert_eq!(visible, "0", "no control that does nothing");
    assert!(
        browser
            .text("document.querySelector('.headline').textContent")
            .contains("web01")
    );
}

/// Names from the logs that try to become something else.
#[test]
fn no_name_from_a_log_is_run() {
    let Some(chromium) = chromium() else { return };
    let dir = tempfile::tempdir().unwrap();
    let bundle = dir.path().join("hostile.zip");
    let status = Command::new(env!("CARGO_BIN_EXE_vmtrail"))
        .arg("simulate")
        .arg(common::project("tests/scenarios/hostile-names.yaml"))
        .arg("-o")
        .arg(&bundle)
        .status()
        .unwrap();
    assert!(status.success());
    let mut browser = Browser::start(&chromium);
    for lang in ["en", "ja"] {
        let report = Report::of(&bundle, &["--lang", lang]);
        browser.open(&report.url("#timeline?show=all"));
        let shown = browser.text("document.body.innerText");
        assert!(shown.contains("</script><script>window.hit=1</script>"));
        assert!(
            shown.contains("⟨U+202E⟩"),
            "marks of direction are shown as such"
        );
        // Whatever a reader may do with them.
        browser.value("document.querySelectorAll('details').forEach(d => d.open = true)");
        let vms = browser.value("[...document.getElementById('f-vm').options].map(o => o.value)");
        for vm in vms.as_array().unwrap() {
            choose(&mut browser, "vm", vm.as_str().unwrap());
            browser.value("(a => a && a.click())(document.querySelector('#rows a'))");
        }
        choose(&mut browser, "vm", "");
        browser.value("(q => { q.value = '<script>'; q.dispatchEvent(new Event('input')); })(document.getElementById('f-q'))");
        browser.until("location.hash.includes('q=')");
        for name in [
            "%3Cimg src=x onerror=window.hit=6%3E",
            "event-1?q=%3Csvg/onload=window.hit=7%3E&vm=%27",
            "%",
        ] {
            browser.value(&format!("location.hash = {}", json!(name)));
            browser.until("true");
        }
        browser.value("dispatchEvent(new Event('beforeprint'))");
        browser.value("new Promise(done => setTimeout(done, 100))");
        assert_eq!(browser.value("window.hit || null"), Value::Null);
        let made = browser.number("document.querySelectorAll('img,iframe,object,embed,link,base,form,svg [onload],[onerror],[onmouseover],script:not(#data):not(:last-of-type)').length");
        assert_eq!(made, 0.0);
        let faults = browser.faults(&report.url(""));
        assert!(faults.is_empty(), "{faults:#?}");
        if let Some(faults) = inaccessible(&mut browser) {
            assert!(faults.is_empty(), "{lang}: {faults:#?}");
        }
        // The charts by themselves have no such protection as the page has.
        for chart in common::files(&report.dir.path().join("charts"), "svg") {
            let url = format!("file://{}", chart.display());
            browser.open(&url);
            assert_eq!(browser.value("window.hit || null"), Value::Null, "{url}");
            assert_eq!(
                browser.number("document.querySelectorAll('script,image,foreignObject,a').length"),
                0.0
            );
            let faults = browser.faults(&url);
            assert!(faults.is_empty(), "{faults:#?}");
        }
    }
}

/// Narrow or wide, on a screen or on paper: words are whole, and what is short for one
/// reader is not cut for another.
#[test]
fn words_are_whole_in_every_width() {
    let Some(chromium) = chromium() else { return };
    let mut browser = Browser::start(&chromium);
    for (name, lang) in [("node-crash-2019", "en"), ("node-crash-2019", "ja")] {
        let report = Report::sample(name, &["--lang", lang]);
        browser.media("", &[]);
        browser.size(1400, 1000);
        browser.open(&report.url(""));
        browser.value("document.querySelectorAll('details').forEach(d => d.open = true)");
        // The zone that is chosen is told to its end.
        let cut = browser.number(
            "(s => { const t = document.createElement('span'); const c = getComputedStyle(s);
                t.style.font = c.font; t.style.whiteSpace = 'nowrap'; t.style.position = 'absolute';
                t.textContent = s.selectedOptions[0].textContent; document.body.append(t);
                const over = t.getBoundingClientRect().width + 26 - s.getBoundingClientRect().width;
                t.remove(); return over; })(document.getElementById('zone'))",
        );
        assert!(cut <= 0.0, "{lang}: the zone is cut by {cut}");
        for width in [1400, 1000, 500, 390] {
            browser.size(width, 1000);
            let broken = browser.text(
                "JSON.stringify([...document.querySelectorAll('main td:not(.k-code):not(.k-long), main th')]
                    .filter(c => c.getClientRects().length && !c.closest('#explorer')).flatMap(c => {
                        const walk = document.createTreeWalker(c, NodeFilter.SHOW_TEXT), bad = [];
                        for (let n; n = walk.nextNode();) {
                            if (n.parentElement.closest('q')) continue;
                            for (const m of n.data.matchAll(/[A-Za-z]+/g)) {
                                const r = document.createRange();
                                r.setStart(n, m.index); r.setEnd(n, m.index + m[0].length);
                                if (r.getClientRects().length > 1) bad.push(m[0]);
                            }
                        }
                        return bad; }).slice(0, 5))",
            );
            assert_eq!(broken, "[]", "{lang} at {width}");
            let labels = browser.text(
                "JSON.stringify([...document.querySelectorAll('td.k-label')].filter(c => {
                    const r = document.createRange(); r.selectNodeContents(c);
                    return new Set([...r.getClientRects()].map(b => Math.round(b.top))).size > 1;
                }).slice(0, 3).map(c => c.textContent))",
            );
            assert_eq!(labels, "[]", "{lang} at {width}");
        }
    }
}

/// What is for reference is folded, and what one finding showed is not shown again.
#[test]
fn the_page_is_short_where_it_would_repeat_itself() {
    let Some(chromium) = chromium() else { return };
    let report = Report::sample("node-crash-2019", &["--lang", "en"]);
    let mut browser = Browser::start(&chromium);
    browser.size(1400, 1000);
    browser.open(&report.url(""));
    assert_eq!(
        browser.text("(s => s.tagName + s.open)(document.getElementById('not-listed'))"),
        "DETAILSfalse"
    );
    // VMs that were down stand on the first screen.
    let down = browser.number("document.getElementById('down').getBoundingClientRect().bottom");
    assert!(down < 1000.0, "{down}");
    let rows = browser.number("document.querySelectorAll('#finding-1 .k-time a').length");
    assert!(rows > 15.0, "{rows}");
    for n in 2..=4 {
        let of = |what: &str| format!("document.querySelectorAll('#finding-{n} {what}').length");
        let again = browser.number(&of(".k-time a"));
        assert!(0.0 < again && again < 8.0, "{n}: {again} rows");
        assert_eq!(browser.number(&of("a[href=\"#finding-1\"]")), 1.0);
    }
    // On paper heads and quotes are no larger than what they belong to.
    browser.media("print", &[]);
    browser.value("document.querySelectorAll('details').forEach(d => d.open = true)");
    let sizes = browser.text(
        "JSON.stringify(['td', 'th', 'q.message'].map(s =>
            parseFloat(getComputedStyle(document.querySelector('#findings ' + s)).fontSize)))",
    );
    let sizes: Vec<f64> = serde_json::from_str(&sizes).unwrap();
    assert!(sizes[1] <= sizes[0] && sizes[2] <= sizes[0], "{sizes:?}");
}
