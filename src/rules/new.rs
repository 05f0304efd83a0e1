//! A new rule's folder: a rule that can run and its three cases, to be changed into
//! what is meant. It writes no file.

use super::{fixture, schema};

/// What editors complete and check rules and cases by, relative to the folder that
/// holds the areas; the files of a rule name them in their first line.
#[must_use]
pub fn schemas() -> Vec<(&'static str, String)> {
    vec![
        ("rule.schema.json", schema::json_schema()),
        ("case.schema.json", fixture::json_schema()),
    ]
}

/// The files of a new rule, relative to the folder that holds the areas. They pass
/// every case as they are, and every check but the one for what says TODO.
#[must_use]
pub fn skeleton(area: &str, id: &str) -> Vec<(String, String)> {
    let fill = |text: &str| text.replace("AREA", area).replace("RULE-ID", id);
    let file = |name: &str, text: &str| (format!("{area}/{id}/{name}"), fill(text));
    vec![
        file("rule.yaml", RULE),
        file("cases/fires.yaml", FIRES),
        file("cases/quiet.yaml", QUIET),
        file("cases/blind.yaml", BLIND),
    ]
}

const RULE: &str = "\
# yaml-language-server: $schema=../../rule.schema.json
id: RULE-ID
title:
  en: TODO what went wrong, in one line
  ja: TODO 何が起きたかを 1 行で記入
area: AREA
severity: error # info, warning, error, critical
status: test # experimental while something is unverified; the texts then say what
entity: vm # vm, nic, node, node_pair, role, resource, network, volume, cluster
applies_to:
  versions: [] # 2008, 2008 R2, 2012, 2012 R2, 2016, 2019, 2022, 2025; empty for all
references:
  - https://example.org/TODO-the-public-article

steps:
  - id: failure
    what:
      en: TODO a live migration that failed with access denied
      ja: TODO アクセス拒否で失敗したライブ マイグレーション
    effect: true
    any:
      - kind: migration.failed # vmtrail rules kinds, vmtrail events show 21502
        where:
          - {field: status, status: [ERROR_ACCESS_DENIED]}
    collect:
      - en: The Hyper-V-VMMS-Admin log of every node
        ja: 全ノードの Hyper-V-VMMS-Admin ログを収集してください。

cause:
  en: TODO why it happens
  ja: TODO 原因を記入

explanation:
  confirmed:
    en: \"{vm} failed to move at {failure.time}: TODO.\"
    ja: \"{vm} は {failure.time} に移動に失敗しました。TODO 説明を記入\"
  probable:
    en: TODO when only circumstantial evidence carries it
    ja: TODO 状況証拠しかない場合の説明を記入
  ruled_out:
    en: TODO when the logs show that it is not this
    ja: TODO 該当しない場合の説明を記入
  not_assessable:
    en: TODO when the logs cannot tell
    ja: TODO 判断できない場合の説明を記入

remedy:
  - en: TODO what to do
    ja: TODO 対処を記入
false_positives:
  - en: TODO what looks alike and is not this
    ja: TODO 似ているが異なる場合を記入
";

const FIRES: &str = "\
# yaml-language-server: $schema=../../../case.schema.json
about: TODO what this shows
expect: # all findings of the rule, and no other
  - subject: web01
    verdict: confirmed # probable, ruled_out, not_assessable
    occurrences: 1
    steps: {failure: direct} # circumstantial, absence_seen, not_found, not_observable
coverage: # what was collected
  start: 2024-05-14T00:00:00Z
  length: 24h
  nodes: # every node that the case names below, with its logs
    hv01: [System, Microsoft-Windows-Hyper-V-VMMS-Admin]
  # builds: {hv01: 17763} # needed where the rule asks for versions or builds
  # updates: {hv01: [KB5005102]} # a list that is there says that no other is installed
# at counts from the start. node wrote the event, about_node is the one it speaks of.
# Where a rule names provider and event_id, the event needs them as well.
events:
  - {at: 10h, kind: migration.failed, vm: web01, node: hv01, fields: {status: '0x80070005'}}
";

const QUIET: &str = "\
# yaml-language-server: $schema=../../../case.schema.json
about: The same with one decisive thing changed, TODO which
expect: []
coverage:
  start: 2024-05-14T00:00:00Z
  length: 24h
  nodes:
    hv01: [System, Microsoft-Windows-Hyper-V-VMMS-Admin]
events:
  - {at: 10h, kind: migration.failed, vm: web01, node: hv01, fields: {status: '0x80070002'}}
";

const BLIND: &str = "\
# yaml-language-server: $schema=../../../case.schema.json
about: >-
  The log that decides was not collected. A rule of one step has nothing to show for
  it; TODO one of several steps expects not_assessable, and the log in missing.
expect: []
# expect:
#   - {subject: web01, verdict: not_assessable, steps: {STEP: not_observable}, missing: [VMMS]}
coverage:
  start: 2024-05-14T00:00:00Z
  length: 24h
  nodes:
    hv01: []
events:
  - {at: 10h, kind: vm.started, vm: web01, node: hv01}
";
