//! `vmtrail demo`: the sample of KB961782, from its scenario to its report, and where to
//! look next. Needs no file but the program itself.

use std::fs;
use std::path::Path;

use vmtrail::model::text::Lang;
use vmtrail::simulate::{load_scenario, simulate};

use super::args::{AnalyzeArgs, DemoArgs, InputArgs, RedactArgs};
use super::{CannotRun, Outcome, Result, analyze, print, settings};

const NAME: &str = "vlan-reverts-2008r2";
const SCENARIO: &str = include_str!("../../samples/vlan-reverts-2008r2.yaml");
const NOTES: &str = include_str!("../../samples/vlan-reverts-2008r2.notes.yaml");

pub fn run(args: DemoArgs) -> Result {
    let lang = settings::language(args.lang);
    let dir = &args.output;
    analyze::refuse_file(dir)?;
    fs::create_dir_all(dir).map_err(|e| CannotRun(format!("{}: {e}", dir.display())))?;
    let bundle = dir.join(format!("{NAME}.zip"));
    let notes = dir.join(format!("{NAME}.notes.yaml"));
    let scenario = load_scenario(SCENARIO, NAME)?;
    simulate(&scenario)?
        .write_zip(&bundle)
        .map_err(|e| CannotRun(format!("{}: {e}", bundle.display())))?;
    fs::write(&notes, NOTES).map_err(|e| CannotRun(format!("{}: {e}", notes.display())))?;
    let report = dir.join("report");
    let outcome = analyze::run(AnalyzeArgs {
        input: InputArgs {
            paths: vec![bundle.clone()],
            notes: vec![notes],
            from: None,
            to: None,
            tz: Some("Asia/Tokyo".to_owned()),
            dictionary: None,
            threads: None,
            memory: None,
            lang: args.lang,
            redact: RedactArgs {
                redact: false,
                redact_key: None,
            },
        },
        output: report.clone(),
        rules: None,
        csv: false,
        png: false,
        force: false,
        fail_on: None,
    })?;
    print(&next(lang, &report, &bundle))?;
    Ok(match outcome {
        Outcome::InputLost => Outcome::InputLost,
        _ => Outcome::Done,
    })
}

/// Where to look, one line each.
fn next(lang: Lang, report: &Path, bundle: &Path) -> String {
    let page = report.join("report.html");
    let (page, bundle) = (page.display(), bundle.display());
    match lang {
        Lang::En => format!(
            "
Where to look next
  1. Open {page}: the first screen says which VM, when, why and what to do.
  2. The story of that VM:          vmtrail vm web01 {bundle} --tz Asia/Tokyo
  3. Every record about it:         vmtrail timeline {bundle} --vm web01 --tz Asia/Tokyo
  4. Why the rule came to that:     vmtrail rules explain kb961782 {bundle}
  5. Before the edit against after: vmtrail compare {bundle} --split 2012-07-10T10:00+09:00
  6. Move the notes file away and analyze again: no log tells of the edit, so nothing is
     confirmed, and the report says what to collect.
"
        ),
        Lang::Ja => format!(
            "
次に見るもの
  1. {page} を開く: 最初の画面に、どの仮想マシンが、いつ、なぜ、どう対処するかが示されます。
  2. この仮想マシンの経過:   vmtrail vm web01 {bundle} --tz Asia/Tokyo
  3. すべての記録:           vmtrail timeline {bundle} --vm web01 --tz Asia/Tokyo
  4. ルールの判定の根拠:     vmtrail rules explain kb961782 {bundle}
  5. 変更前と変更後の比較:   vmtrail compare {bundle} --split 2012-07-10T10:00+09:00
  6. メモ ファイルを別の場所に移して再度分析すると、設定変更を示す記録がなくなるため、「確定」には
     なりません。何を収集すればよいかがレポートに示されます。
"
        ),
    }
}
