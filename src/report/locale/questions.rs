//! The thirty questions of `docs/QUESTIONS.md` in both languages, and what logs cannot
//! tell about each. The answers are `document`'s business.

use crate::model::text::Lang;

/// A question, where it is answered, and what no log tells about it.
pub(crate) struct Question {
    /// Its number, from 1.
    pub number: usize,
    en: (&'static str, &'static str),
    ja: (&'static str, &'static str),
    /// The sections with the whole answer.
    pub sections: &'static [&'static str],
}

impl Question {
    /// As it is asked.
    pub fn text(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en.0,
            Lang::Ja => self.ja.0,
        }
    }

    /// What logs cannot tell; empty where nothing is to be said.
    pub fn limits(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en.1,
            Lang::Ja => self.ja.1,
        }
    }
}

const fn ask(
    number: usize,
    en: (&'static str, &'static str),
    ja: (&'static str, &'static str),
    sections: &'static [&'static str],
) -> Question {
    Question {
        number,
        en,
        ja,
        sections,
    }
}

/// What leaves no event, by the question that it limits: phases of the dictionary.
pub(crate) const UNLOGGED: [(usize, &[&str]); 14] = [
    (3, &["vm.time_synchronized"]),
    (5, &["migration.destination", "group.moving_source"]),
    (6, &["group.moving"]),
    (7, &["migration.quick", "vm.restored"]),
    (8, &["migration.blackout_start", "migration.progress"]),
    (
        9,
        &[
            "migration.timeout",
            "storage_migration.started",
            "storage_migration.completed",
            "storage_migration.paths",
        ],
    ),
    (10, &["vm.turned_off"]),
    (13, &["node.seen_up"]),
    (14, &["quorum.regained"]),
    (17, &["csv.owner_changed"]),
    (18, &["port.vm"]),
    (20, &["vm.created"]),
    (
        21,
        &["vlan.edited", "vm.settings_changed", "vm.config_refreshed"],
    ),
    (22, &["vlan.any"]),
];

/// A group of questions: its heading in English and Japanese, the number of its first.
pub(crate) const GROUPS: [(&str, &str, usize); 6] = [
    ("Is the evidence good enough?", "証拠は十分か", 1),
    ("What happened to the VM?", "仮想マシンに何が起きたか", 5),
    ("What broke first?", "最初に壊れたのは何か", 11),
    ("What was changed?", "何が変更されたか", 20),
    ("After the failure", "障害の後", 25),
    ("The verdict", "判定", 29),
];

/// All of them, in the order in which they come up.
pub(crate) const QUESTIONS: [Question; 30] = [
    ask(
        1,
        (
            "Are these the logs of one cluster, and of all its nodes?",
            "A node that no log names is not known. A rebuilt node under its old name looks like the old one.",
        ),
        (
            "これは 1 つのクラスターの、すべてのノードのログか",
            "どのログにも名前が現れないノードは把握できません。同じ名前で再構築したノードは、以前のノードと区別できません。",
        ),
        &["coverage", "nodes"],
    ),
    ask(
        2,
        (
            "Does each log cover the moment?",
            "Whether a log that begins late was overwritten or exported in part.",
        ),
        (
            "各ログは問題の時刻を含んでいるか",
            "途中から始まるログが、上書きされたのか一部だけ出力されたのか。",
        ),
        &["coverage"],
    ),
    ask(
        3,
        (
            "Which clock is each line on, and do the nodes agree?",
            "Clocks that no common event links; their order is then left undecided.",
        ),
        (
            "各行はどの時計の時刻か、ノード間で一致しているか",
            "共通のイベントで結び付けられない時計同士のずれ。その場合、前後関係は決めません。",
        ),
        &["nodes"],
    ),
    ask(
        4,
        ("Which few events hold the story?", ""),
        ("全体を説明する少数のイベントはどれか", ""),
        &["incidents", "cause"],
    ),
    ask(
        5,
        (
            "Did it move, when, from where, to where?",
            "2008 R2 records no destination: it is inferred and marked so.",
        ),
        (
            "仮想マシンは移動したか。いつ、どこからどこへ移動したか",
            "2008 R2 は移動先を記録しません。推定した場合はその旨を示します。",
        ),
        &["migrations", "failovers", "placement"],
    ),
    ask(
        6,
        (
            "Was that planned, and who asked?",
            "The name of whoever asked stands in no log that is read, except for a restart (1074).",
        ),
        (
            "計画された操作か。誰が要求したか",
            "要求した人の名前は、再起動（1074）を除き、読み取るログには記録されません。",
        ),
        &["failovers", "incidents"],
    ),
    ask(
        7,
        (
            "Live, quick, storage or offline move, or a cold restart?",
            "A quick migration leaves no record as such: it is a save here and a start there.",
        ),
        (
            "ライブ、クイック、ストレージ、オフラインのどの移動か。それとも再起動か",
            "クイック マイグレーション自体の記録はありません。移動元での保存と移動先での開始として現れます。",
        ),
        &["migrations", "failovers"],
    ),
    ask(
        8,
        (
            "How long did it stand still?",
            "What the application felt. The cluster's view is given as at least and at most.",
        ),
        (
            "停止していた時間はどれだけか",
            "アプリケーションへの実際の影響。クラスターから見た停止時間を最短と最長で示します。",
        ),
        &["migrations", "failovers"],
    ),
    ask(
        9,
        (
            "Did the move fail, and in which part?",
            "Parts stand in analytic logs, which are off unless somebody turned them on.",
        ),
        (
            "移動は失敗したか。どの段階で失敗したか",
            "段階は分析ログに記録されます。分析ログは有効にしない限り出力されません。",
        ),
        &["migrations"],
    ),
    ask(
        10,
        (
            "Was the guest itself restarted, and by whom?",
            "What happened inside the guest: its own logs are not in the bundle.",
        ),
        (
            "ゲスト OS 自体が再起動されたか。誰が再起動したか",
            "ゲスト内で起きたこと。ゲストのログは収集データに含まれません。",
        ),
        &["timeline"],
    ),
    ask(
        11,
        (
            "Which node lost which heartbeat first?",
            "Nothing, where cluster.log was not collected.",
        ),
        (
            "最初にハートビートを失ったのはどのノードの、どの経路か",
            "cluster.log が収集されていない場合は何も分かりません。",
        ),
        &["incidents", "timeline"],
    ),
    ask(
        12,
        (
            "One node, one network, one site, or no pattern?",
            "Sites, unless they are named.",
        ),
        (
            "1 つのノード、ネットワーク、サイトに集中しているか。偏りはないか",
            "サイト（名前が付けられている場合を除く）。",
        ),
        &["links", "incidents"],
    ),
    ask(
        13,
        (
            "Did the missing node crash, hang, restart, or only fall silent?",
            "Without that node's own logs it is \"lost\", never \"crashed\".",
        ),
        (
            "失われたノードは、クラッシュ、ハング、再起動、応答停止のどれか",
            "そのノード自身のログがなければ「喪失」とし、「クラッシュ」とは判定しません。",
        ),
        &["nodes", "incidents"],
    ),
    ask(
        14,
        (
            "Was quorum lost, where, and as cause or consequence?",
            "When it was regained: the nearest sign is that the node was in a cluster again.",
        ),
        (
            "クォーラムは失われたか。どこで、原因としてか結果としてか",
            "回復した時刻。ノードが再びクラスターに参加した時刻が最も近い目安です。",
        ),
        &["quorum", "incidents"],
    ),
    ask(
        15,
        (
            "Was there a witness, and did it work?",
            "A witness that never spoke.",
        ),
        (
            "ミラーリング監視はあったか。機能していたか",
            "一度も記録を残していないミラーリング監視。",
        ),
        &["quorum"],
    ),
    ask(
        16,
        (
            "Did a resource fail or hang before the role moved?",
            "Which of the resources that share a host process was the one that hung, if no line names it.",
        ),
        (
            "役割が移動する前に、リソースの失敗や応答停止があったか",
            "ホスト プロセスを共有するリソースのうち、どれが応答しなくなったか（名前を示す行がない場合）。",
        ),
        &["incidents", "failovers"],
    ),
    ask(
        17,
        (
            "Did the storage stall first?",
            "What happened in the array or the fabric.",
        ),
        (
            "先にストレージが停止したか",
            "ストレージ装置やファブリックの内部で起きたこと。",
        ),
        &["volumes", "incidents"],
    ),
    ask(
        18,
        (
            "Did the network change before?",
            "Physical switches and firewalls.",
        ),
        (
            "その前にネットワークの変更があったか",
            "物理スイッチとファイアウォール。",
        ),
        &["network", "links"],
    ),
    ask(
        19,
        (
            "Was the node overloaded?",
            "Load itself: performance counters are not read.",
        ),
        (
            "ノードは過負荷だったか",
            "負荷そのもの。パフォーマンス カウンターは読み取りません。",
        ),
        &["timeline"],
    ),
    ask(
        20,
        (
            "What was changed before: host, guest, storage, network, policy?",
            "Changes that leave no event; `vmtrail events absent` lists them.",
        ),
        (
            "その前に何が変更されたか（ホスト、ゲスト、ストレージ、ネットワーク、ポリシー）",
            "イベントを残さない変更。一覧は `vmtrail events absent` で表示できます。",
        ),
        &["timeline", "network"],
    ),
    ask(
        21,
        (
            "Were this VM's settings changed since its last move?",
            "No event says so. Two snapshots, or a person's note, do.",
        ),
        (
            "最後の移動以降に、仮想マシンの設定は変更されたか",
            "イベントには記録されません。2 つの構成スナップショット、または担当者の申告で分かります。",
        ),
        &["network", "findings"],
    ),
    ask(
        22,
        (
            "After the move, are VLAN, switch and MAC as before?",
            "Settings at a time of which there is no snapshot.",
        ),
        (
            "移動後の VLAN、スイッチ、MAC アドレスは移動前と同じか",
            "構成スナップショットがない時点の設定。",
        ),
        &["network", "findings"],
    ),
    ask(
        23,
        (
            "What was different the last time it worked?",
            "Drivers and firmware that no export names.",
        ),
        (
            "最後に成功したときと何が違うか",
            "エクスポートに含まれないドライバーとファームウェア。",
        ),
        &["migrations"],
    ),
    ask(
        24,
        (
            "Are the nodes alike?",
            "What the bundle has no inventory of.",
        ),
        (
            "ノードの構成は同じか",
            "収集データに構成情報が含まれないもの。",
        ),
        &["nodes"],
    ),
    ask(
        25,
        ("Why did it not start on another node?", ""),
        ("別のノードで起動しなかったのはなぜか", ""),
        &["timeline", "failovers"],
    ),
    ask(
        26,
        (
            "When did service come back, and by whom?",
            "Whether a person did it, where nothing records the request.",
        ),
        (
            "サービスはいつ、誰によって復旧したか",
            "要求の記録がない場合、人が操作したかどうか。",
        ),
        &["incidents", "failovers"],
    ),
    ask(
        27,
        ("Is it still dangerous?", "The state after the logs end."),
        ("まだ危険な状態か", "ログの終了後の状態。"),
        &["nodes", "volumes", "links"],
    ),
    ask(
        28,
        (
            "Has it happened before, and is there a rhythm?",
            "What lies before the logs begin.",
        ),
        (
            "以前にも起きているか。周期性はあるか",
            "ログの開始前に起きたこと。",
        ),
        &["findings", "incidents"],
    ),
    ask(
        29,
        (
            "Which known issue fits, and which fits as well?",
            "An issue that no rule describes.",
        ),
        (
            "どの既知の問題に当てはまるか。ほかに当てはまるものはあるか",
            "ルールが定義されていない問題。",
        ),
        &["findings"],
    ),
    ask(
        30,
        (
            "What cannot be concluded, and what is to be collected next time?",
            "",
        ),
        ("何が判断できないか。次回は何を収集すべきか", ""),
        &["missing", "coverage"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// What the dictionary says leaves no event is quoted by the question it limits, and
    /// nothing is quoted that it does not say.
    #[test]
    fn every_absence_limits_a_question() {
        let dictionary = crate::normalize::Dictionary::embedded().unwrap();
        let known = dictionary.absences().iter().map(|a| a.phase.as_str());
        let known: std::collections::BTreeSet<&str> = known.collect();
        let quoted = UNLOGGED.iter().flat_map(|(_, all)| *all).copied().collect();
        assert_eq!(known, quoted);
        for (number, _) in UNLOGGED {
            assert!(
                !QUESTIONS[number - 1].limits(Lang::En).is_empty(),
                "{number}"
            );
        }
    }

    /// The page asks what the document asks, in its words and order.
    #[test]
    fn the_questions_are_those_of_the_document() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/QUESTIONS.md");
        let text = std::fs::read_to_string(path).unwrap();
        let mut asked = 0;
        let mut heading = "";
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("## ") {
                heading = title;
            }
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let Some(number) = cells.get(1).and_then(|n| n.parse::<usize>().ok()) else {
                continue;
            };
            let question = &QUESTIONS[number - 1];
            assert_eq!(question.number, number);
            assert_eq!(question.text(Lang::En), cells[2]);
            assert_eq!(question.limits(Lang::En), cells[4]);
            let places: Vec<&str> = (cells[3].split('`').skip(1).step_by(2))
                .filter_map(|p| p.strip_prefix('#'))
                .collect();
            assert_eq!(question.sections, places, "question {number}");
            let group = GROUPS.iter().rev().find(|g| g.2 <= number).unwrap();
            assert_eq!(group.0, heading);
            asked += 1;
        }
        assert_eq!(asked, QUESTIONS.len());
    }

    #[test]
    fn each_is_translated() {
        for question in &QUESTIONS {
            let ja = question.text(Lang::Ja);
            assert!(!ja.is_ascii(), "{ja}");
            assert_eq!(
                question.limits(Lang::En).is_empty(),
                question.limits(Lang::Ja).is_empty(),
                "question {}",
                question.number
            );
        }
    }
}
