//! Japanese, in the terms that Microsoft's Japanese products use. Words only:
//! what is said, and when, is decided elsewhere.

use crate::model::diagnostic::DiagnosticCode;
use crate::model::event::Severity;
use crate::model::kind::EventKind;
use crate::rules::verdict::{Relation, Verdict};
use crate::timeline::LogBegin;
use crate::timeline::trail::{
    Bounds, ChainRole, DowntimeCause, FailoverCause, LinkKind, LinkState, MoveKind, MoveOutcome,
    MovePhase, NodeState, PlacementBasis, PlannedBasis, VmState, VolumeState, WitnessState,
};

use super::{HeadIncident, Locale, MoveCounts, Words, duration_parts};

pub(super) struct Japanese;

static WORDS: Words = Words {
    post_mortem: "障害調査レポート",
    of_cluster: "Hyper-V フェールオーバー クラスター",
    unnamed_cluster: "Hyper-V フェールオーバー クラスター",
    what_happened: "何が起きたか",
    verdicts: "判定結果",
    no_verdicts: "報告すべき事象を検出したルールはありません。",
    vms_down: "停止していた仮想マシン",
    no_vm_down: "停止が確認された仮想マシンはありません。",
    what_to_do: "次に行うこと",
    nothing_to_do: "ログから判断できる範囲では、必要な対応はありません。",
    what_is_missing: "不足している情報",
    nothing_missing: "収集されたログに欠落は見つかりませんでした。",
    contents: "目次",
    report_written: "レポート",
    period: "対象期間",
    and_more: "件はレポートを参照してください",
    made_by: "vmtrail によりオフラインで作成",
    nodes: "ノード",
    vms: "仮想マシン",
    moves: "移動",
    failovers: "フェールオーバー",
    records_read: "読み取ったレコード",
    longest_downtime: "最長の停止時間",
    cause_chain: "発生までの経緯",
    cause_chain_lead: "発生までの経緯を時刻順に示します。各段階には判断の根拠を併記しています。",
    placement: "仮想マシンの配置",
    placement_lead: "どの仮想マシンが、いつ、どのノードにあったかを示します。記録から時刻が分からない場合は「不明」と表示します。",
    migrations: "移動",
    failover_lead_none: "ログにフェールオーバーの記録はありません。",
    migrations_lead_none: "ログに仮想マシンの移動の記録はありません。",
    network_changes: "ネットワークの変更",
    network_none: "ログにネットワークの変更の記録はありません。ほとんどの Windows バージョンでは VLAN の変更はイベントに記録されないため、変更がなかったことを示すものではありません。",
    nodes_title: "ノード",
    clocks: "時計のずれ",
    clocks_lead: "各ノードの時計が基準ノードよりどれだけ進んでいるかを示します。本レポートの時刻は、各ノードが記録したとおりのものです。",
    coverage: "読み取った範囲",
    coverage_lead: "判定の確かさはログの範囲に依存します。以下の範囲外については何も判断できません。",
    gaps: "欠落しているレコード",
    unlogged: "Windows が記録しないこと",
    unlogged_lead: "このクラスターのバージョンの Windows Server では、次のことが起きても専用のイベントは記録されません。記録がないことは、起きなかった証拠になりません。手掛かりになるのは、見つかった最も近い記録です。",
    windows: "対象の Windows Server",
    all_versions: "すべて",
    nearest: "最も近い記録",
    seen_here: "件数",
    unread_kinds: "意味が定義されていないレコード",
    findings: "判定の詳細",
    findings_lead: "各判定について、確認項目、根拠、および確定に必要な情報を示します。",
    events_title: "統合タイムライン",
    events_lead: "全ノードの状態変化、移動、障害、および判定の根拠となったイベントを時刻順に示します。",
    diagnostics: "読み取り時の問題",
    diagnostics_none: "すべて問題なく読み取りました。",
    appendix: "付録: 問い合わせ記録用",
    appendix_lead: "同じ内容のテキスト版です。そのままコピーして使用できます。",
    not_listed: "判定を掲載していないルール",
    not_listed_lead: "ルールの確認項目に当てはまる記録が 1 つもなかった対象の数です。",
    two_behaviors: "フェールオーバーとライブ マイグレーションの違い",
    time: "時刻",
    since: "開始",
    until: "終了",
    node: "ノード",
    source: "出典",
    place: "レコードまたは行",
    what: "内容",
    vm: "仮想マシン",
    from: "移動元",
    to: "移動先",
    kind: "種類",
    outcome: "結果",
    duration: "所要時間",
    blackout: "一時停止時間（ブラックアウト）",
    planned: "事前の計画",
    reason: "理由",
    cause: "原因",
    downtime: "停止時間",
    state: "状態",
    basis: "根拠",
    before: "変更前",
    after: "変更後",
    name: "名前",
    id: "ID",
    os: "OS",
    build: "ビルド",
    has_logs: "ログ",
    file: "ファイル",
    records: "読み取り",
    failed: "失敗",
    first: "最初",
    last: "最後",
    time_basis: "時刻の基準",
    channel: "チャネル",
    missing_records: "欠落数",
    offset: "進み",
    error: "誤差",
    count: "件数",
    message: "メッセージ",
    rule: "ルール",
    untouched: "対象数",
    of_these_not_assessable: "うち判定不能",
    severity: "重大度",
    record: "レコード",
    line: "行",
    evidence: "根拠",
    group: "役割",
    step: "確認項目",
    result: "結果",
    how_known: "確認状況",
    quantity: "項目",
    minimum: "最小",
    median: "中央値",
    p95: "p95",
    maximum: "最大",
    logs: "各ノードのログ",
    logs_lead: "ログの対象期間外や、欠落したレコードの間に起きたことは確認できません。「何も起きなかった」という意味ではありません。",
    log_begins: "先頭の状態",
    no_event: "イベントなし",
    files: "ファイル",
    incidents: "インシデント",
    incidents_lead: "最初の兆候から最後の仮想マシンの復旧まで、各ノードの記録の順に示します。前後関係は因果関係を意味しません。",
    role_in_story: "位置づけ",
    why_planned: "そう判断した理由",
    bounds: "最短～最長",
    storage: "ボリュームとディスク",
    storage_lead: "各ノードから見た状態です。",
    links: "停止していた接続",
    links_lead: "停止した時間帯があるネットワーク、ネットワーク アダプター、仮想スイッチを、各ノードから見た状態で示します。仮想マシンのアダプターは「ネットワークの変更」に示します。",
    quorum: "クォーラムとミラーリング監視",
    quorum_lead: "クォーラムの回復を示す記録はありません。ノードが再びクラスターに参加した時刻が、最も近い目安です。",
    witness: "ミラーリング監視",
    records_count: "記録数",
    story: "仮想マシンの経過",
    story_placements: "稼働していたノード",
    story_what: "起きたこと",
    names: "名前",
    memory: "メモリ",
    seen_on: "稼働したノード",
    total_down: "停止時間の合計",
    no_record_of_vm: "名前以外の記録はありません。",
    yes: "あり",
    no: "なし",
    unknown: "不明",
    not_recorded: "記録なし",
    not_logged: "記録なし",
    before_logs: "ログの開始前から",
    after_logs: "ログの終了まで",
    still_down: "復旧を確認できず",
    down_since_before: "ログの開始前から",
    inferred: "※推定",
    said_by_person: "担当者の申告（ログ記録外）",
    said_short: "担当者の申告",
    from_inventory: "構成スナップショットから",
    concluded: "推論",
    logged: "記録あり",
    reference_clock: "基準",
    whole_file: "ファイル全体",
    entry: "項目",
    why: "判定の理由",
    remedy: "対処方法",
    references: "参考情報",
    evidence_none: "根拠となるイベントはありません。",
    steps: "確認項目",
    occurrences: "検出",
    missing_to_settle: "確定に必要な情報",
    rule_cause: "原因",
    benign: "無害",
    step_direct: "確認済み",
    step_circumstantial: "確認済み（状況証拠）",
    step_absent: "なし（記録範囲内）",
    step_not_found: "該当する記録なし",
    step_not_observable: "確認できず（ログ不足）",
    chart_placement: "仮想マシンの配置の推移",
    chart_events: "ノード別イベント数の推移",
    chart_migrations: "移動の所要時間とブラックアウト",
    mark_live: "移動",
    mark_cold: "停止状態での移動",
    mark_failed: "移動の失敗",
    mark_failover: "フェールオーバー",
    mark_down: "仮想マシンの停止",
    mark_lost: "ノードの停止（応答なし）",
    mark_paused: "一時停止または制限",
    mark_finding: "判定の根拠",
    chart_no_vms: "ログに仮想マシンとノードの名前がありません。",
    chart_no_events: "イベントは読み取られませんでした。",
    chart_no_migrations: "ログに仮想マシンの移動やストレージの移行の記録はありません。",
    blackout_not_logged: "ブラックアウトの記録なし",
    no_blackout_at_all: "ブラックアウトの時間の記録がありません。この Windows バージョンまたはチャネルでは記録されません。",
    node_unknown: "ノード不明",
    last_node: "最後に稼働したノード",
    vms_title: "仮想マシン別",
    vms_lead: "問題のあった仮想マシン、移動した仮想マシンの順に示します。",
    vm_by_vm: "仮想マシンごとの詳細",
    node_by_node: "ノードごとの詳細",
    move_by_move: "移動ごとの詳細",
    updates: "インストール済みの更新プログラム",
    clock_ahead: "時計の進み",
    vms_on_it: "稼働していた仮想マシン",
    brownout: "性能低下時間（ブラウンアウト）",
    phases: "移動の段階",
    phase: "段階",
    questions: "30 の確認事項",
    questions_lead: "障害調査で答えるべき質問を、調査の順に示します。ログからは分からないことも併記します。",
    no_such_record: "このログに記録はありません。",
    logs_with_holes: "欠落または途中で終わるログ",
    logs_not_collected: "一部のノードでのみ収集されたログ",
    largest_offset: "最大のずれ",
    longest_blackout: "最長のブラックアウト",
    last_that_completed: "最後に完了した移動",
    last_that_did_not: "最後に完了しなかった移動",
    last_back: "最後の仮想マシンの復旧",
    nothing_down_at_end: "ログの終了時点で、停止が確認されたものはありません。",
    limits: "ログからは分からないこと",
    where_answered: "記載箇所",
    zone_choice: "時刻の表示",
    zone_cluster: "クラスター",
    zone_reader: "閲覧者",
    charts_stay: "グラフの時刻はレポートのタイム ゾーンのままです。",
    its_events: "タイムラインで表示",
    copy: "コピー",
    copy_link: "この表示へのリンクをコピー",
    copied: "コピーしました。",
    copy_failed: "コピーできませんでした。テキストを選択しました。",
    finding: "判定",
    fitting: "条件に合うイベント",
    filters: "絞り込み",
    search: "検索",
    search_hint: "すべての語を含むイベントを検索",
    any: "すべて",
    and_worse: "{severity}以上",
    weight: "表示範囲",
    weight_evidence: "判定の根拠のみ",
    weight_change: "障害と状態変化",
    weight_routine: "すべてのイベント",
    all_of_family: "{family}: すべて",
    span_from: "開始時刻",
    span_to: "終了時刻",
    span_wrong: "時刻は 2024-05-14 10:05:00 の形式で入力してください。",
    zoom_in: "拡大",
    zoom_out: "縮小",
    whole_period: "全期間",
    reset: "絞り込みの解除",
    shown_of: "{all} 件中 {shown} 件のイベント",
    none_fit: "条件に合うイベントはありません。",
    brush_hint: "グラフ上をドラッグすると、タイムラインの期間を絞り込めます。",
    density: "イベント数の推移",
    details: "詳細",
    close: "閉じる",
    no_script: "検索、絞り込み、タイム ゾーンの切り替えには JavaScript が必要ですが、無効になっています。以下の表に主要なイベントを示します。",
    printed_first: "この表示の {all} 件中、先頭の {shown} 件です。",
};

impl Locale for Japanese {
    fn words(&self) -> &'static Words {
        &WORDS
    }

    fn event(&self, kind: EventKind) -> &'static str {
        use EventKind as K;
        match kind {
            K::MigrationStarted => "ライブ マイグレーションの開始",
            K::MigrationTargetStarted => "移動先でのライブ マイグレーションの受信開始",
            K::MigrationBlackout => "ライブ マイグレーションのブラックアウト開始",
            K::MigrationTimes => "ライブ マイグレーションの所要時間の記録",
            K::MigrationCompleted => "ライブ マイグレーションの完了",
            K::MigrationReceived => "移動先でのライブ マイグレーションの完了",
            K::MigrationFailed => "ライブ マイグレーションの失敗",
            K::MigrationCanceled => "ライブ マイグレーションの取り消し",
            K::MigrationRefused => "ライブ マイグレーションの拒否",
            K::MigrationRecovered => "ライブ マイグレーション失敗後の移動元での仮想マシンの再開",
            K::MigrationPhase => "ライブ マイグレーションの段階",
            K::MigrationConnectionFailed => "移行用の接続に失敗",
            K::MigrationListenerStarted => "ホストが移行の受け入れを開始",
            K::MigrationListenerStopped => "ホストが移行の受け入れを停止",
            K::MigrationNetworksChanged => "ライブ マイグレーション用ネットワークの変更",
            K::MigrationRemark => "仮想マシンに関するクラスターの記述",
            K::OfflineMigrationStarted => "停止状態での移動の開始",
            K::OfflineMigrationCompleted => "停止状態での移動の完了",
            K::OfflineMigrationReceived => "移動先での停止状態の移動の完了",
            K::StorageMigrationCompleted => "ストレージの移行の完了",
            K::StorageMigrationFailed => "ストレージの移行の失敗",
            K::StorageMigrationCanceled => "ストレージの移行が取り消された",
            K::StorageMigrationRefused => "ストレージの移行が拒否された",
            K::VmStarted => "仮想マシンの起動",
            K::VmSaved => "仮想マシンの状態の保存",
            K::VmRestored => "保存された状態からの仮想マシンの復元",
            K::VmTurnedOff => "仮想マシンの電源オフ",
            K::VmShutDown => "ホストからの仮想マシンのシャットダウン",
            K::VmGuestShutDown => "ゲスト OS 自身によるシャットダウン",
            K::VmReset => "仮想マシンのリセット",
            K::VmPaused => "仮想マシンの一時停止",
            K::VmResumed => "仮想マシンの再開",
            K::VmCriticalPaused => "ストレージへのアクセス断による仮想マシンの一時停止",
            K::VmCriticalResumed => "ストレージへのアクセス復旧による仮想マシンの再開",
            K::VmGuestCrashed => "ゲスト OS のクラッシュ",
            K::VmWorkerDied => "仮想マシンのワーカー プロセスの異常終了",
            K::VmStartFailed => "仮想マシンの起動失敗",
            K::VmCreated => "仮想マシンの作成",
            K::VmDeleted => "仮想マシンの削除",
            K::VmRealized => "計画された仮想マシンの実体化",
            K::VmSettingsChanged => "仮想マシンの設定変更",
            K::VmSettingsReverted => "仮想マシンの設定の以前の値への巻き戻り",
            K::VmSettingsKept => "仮想マシンの設定の維持",
            K::VmConfigRefreshed => "クラスターの仮想マシン構成の更新",
            K::VmConfigNotRefreshed => "クラスターの仮想マシン構成の未更新",
            K::VmConfigRegistered => "ノードへの仮想マシン構成の登録",
            K::VmConfigApplied => "クラスターによる仮想マシン設定の適用",
            K::VmConfigUpdateFailed => "クラスターによる仮想マシン構成の更新失敗",
            K::VmNetworkFixupFailed => "仮想マシンのネットワーク設定のノードへの適合失敗",
            K::VmNetworkLost => "仮想マシンのネットワーク切断",
            K::VmNetworkRestored => "仮想マシンのネットワーク復旧",
            K::NicStarted => "仮想ネットワーク アダプターの開始",
            K::NicConnected => "仮想ネットワーク アダプターのスイッチ ポートへの接続",
            K::NicDisconnected => "仮想ネットワーク アダプターのスイッチ ポートからの切断",
            K::VmSaveFailed => "仮想マシンの保存に失敗",
            K::VmShutdownFailed => "仮想マシンのシャットダウンに失敗",
            K::VmForcedOff => "クラスターが仮想マシンのインスタンスを強制停止",
            K::VmFoundRunning => "管理サービスの開始時に仮想マシンは実行中",
            K::VmRestartGivenUp => "仮想マシンの自動再起動を断念",
            K::VmOperationFailed => "仮想マシンの操作に失敗",
            K::VmCheckpointed => "仮想マシンのチェックポイントを作成",
            K::VmCheckpointFailed => "仮想マシンのチェックポイント作成に失敗",
            K::VmMergeFailed => "仮想マシンのディスク結合に失敗",
            K::VmDiskLow => "仮想マシンのボリュームの空き容量が不足",
            K::VmDiskCompacted => "仮想ハード ディスクの最適化が完了",
            K::VmImported => "仮想マシンをインポート",
            K::VmExported => "仮想マシンをエクスポート",
            K::VmMadeClustered => "仮想マシンをクラスターに追加",
            K::VmMakeClusteredFailed => "仮想マシンをクラスターに追加できない",
            K::VmGuestCritical => "ゲスト内の監視対象サービスが異常",
            K::VmUnmonitored => "分離されたノードの仮想マシンが監視対象外",
            K::VmMonitored => "仮想マシンの監視を再開",
            K::VmDeviceAdded => "仮想マシンの構成にデバイスを追加",
            K::VmSettingsRefused => "仮想マシンの設定を変更できない",
            K::VmConfigPhase => "仮想マシン構成リソースの段階",
            K::VmConfigFailed => "仮想マシン構成の処理に失敗",
            K::VmConfigLost => "仮想マシンの構成ファイルにアクセスできない",
            K::VmConfigFound => "仮想マシンの構成ファイルにアクセス可能",
            K::VmConfigRefreshRefused => "仮想マシン構成の更新が拒否された",
            K::ReplicationFailed => "レプリケーションに失敗",
            K::NicFilterSet => "ポート フィルターの設定",
            K::NicOperation => "仮想マシンの NIC に対する操作",
            K::NicDriverLoaded => "ゲストがネットワーク ドライバーを読み込み",
            K::NicMacTrouble => "仮想マシンの NIC の MAC アドレスに問題",
            K::NicFilterFailed => "ポート フィルターを設定できない",
            K::SwitchCreated => "仮想スイッチの作成",
            K::SwitchDeleted => "仮想スイッチの削除",
            K::SwitchInitialized => "仮想スイッチの初期化",
            K::SwitchFailed => "仮想スイッチの処理に失敗",
            K::SwitchSettingsApplied => "仮想スイッチの設定を適用",
            K::SwitchSettingsFailed => "仮想スイッチの設定に失敗",
            K::SwitchDriverLoaded => "仮想スイッチ ドライバーの読み込み",
            K::SwitchVmqTrouble => "VMQ を構成どおりに使用できない",
            K::PortCreated => "スイッチ ポートの作成",
            K::PortDeleted => "スイッチ ポートの削除",
            K::PortConnected => "スイッチ ポートの接続",
            K::PortDisconnected => "スイッチ ポートの切断",
            K::PortPropertyChanged => "スイッチ ポートのプロパティの変更",
            K::PortFailed => "スイッチ ポートの障害",
            K::PortPropertyFailed => "スイッチ ポートのプロパティ設定に失敗",
            K::PortVlanTrouble => "ポートの VLAN 設定が有効でない",
            K::UplinkConnected => "仮想スイッチのアップリンクの接続",
            K::UplinkDisconnected => "仮想スイッチのアップリンクの切断",
            K::LinkUp => "物理ネットワーク アダプターのリンク アップ",
            K::LinkDown => "物理ネットワーク アダプターのリンク ダウン",
            K::UplinkOperational => "仮想スイッチのアップリンクが稼働",
            K::UplinkNotOperational => "仮想スイッチのアップリンクが非稼働",
            K::LinkAdapterEvent => "ネットワーク アダプターの異常の報告",
            K::TeamMemberConnected => "チーム メンバーの接続",
            K::TeamMemberDisconnected => "チーム メンバーの切断",
            K::TeamState => "チームの状態の変化",
            K::TeamTrouble => "チームの問題",
            K::TeamMemberAdded => "チームに NIC を追加",
            K::TeamMemberRemoved => "チームから NIC を削除",
            K::TeamMemberPending => "チームのメンバーが使用待ち",
            K::ProfileConnected => "ホストのネットワーク プロファイルの接続",
            K::ProfileDisconnected => "ホストのネットワーク プロファイルの切断",
            K::ProfileCategoryChanged => "ホストのネットワーク プロファイルの種類の変更",
            K::GroupMoveRequested => "役割の移動の要求",
            K::GroupMoving => "役割の移動中",
            K::GroupMoved => "役割の移動",
            K::GroupFailover => "クラスターによる役割のフェールオーバー",
            K::GroupFailback => "クラスターによる役割のフェールバック",
            K::GroupOnlinePending => "役割のオンライン処理中",
            K::GroupOnline => "役割のオンライン完了",
            K::GroupOfflinePending => "役割のオフライン処理中",
            K::GroupOffline => "役割のオフライン完了",
            K::GroupFailed => "役割の失敗",
            K::GroupState => "役割の状態の変化",
            K::GroupThreshold => "フェールオーバー回数の上限に達した役割の失敗",
            K::BalancerMoves => "負荷分散による仮想マシンの移動",
            K::GroupMoveFailed => "役割の移動が完了しない",
            K::GroupMoveRefused => "役割の移動が拒否された",
            K::GroupAdded => "役割の追加",
            K::GroupRemoved => "役割の削除",
            K::GroupPreempted => "優先度の高い役割のためオフライン",
            K::GroupWaiting => "役割がオンライン待ち",
            K::GroupOnlineRequested => "役割のオンライン要求",
            K::GroupNotFailedOver => "失敗した役割をフェールオーバーせず",
            K::GroupNodeBarred => "役割の配置先からノードを除外",
            K::ResourceState => "リソースの状態の変化",
            K::ResourceOnline => "リソースのオンライン完了",
            K::ResourceOffline => "リソースのオフライン完了",
            K::ResourceFailed => "リソースの失敗",
            K::ResourceDeadlock => "リソースの応答なし",
            K::ResourceUnhealthy => "正常性チェックでアプリケーションの異常を検出",
            K::ResourceAdded => "リソースの追加",
            K::ResourceRemoved => "リソースの削除",
            K::ResourceThreshold => "リソースの再起動回数の上限に到達",
            K::ResourceSlow => "リソースの応答が遅い",
            K::ResourceMaintenanceStarted => "メンテナンス モードを開始",
            K::ResourceMaintenanceEnded => "メンテナンス モードを終了",
            K::RhsTerminated => "リソース ホスト プロセスの終了",
            K::ResourceTerminated => "リソースの強制終了",
            K::ResourceRestarting => "ホスト プロセスとともにリソースを再起動",
            K::NodeJoined => "ノードのクラスターへの参加",
            K::ClusterFormed => "ノードによるクラスターの形成",
            K::ClusterFormFailed => "クラスターを形成できない",
            K::ClusterDatabaseError => "クラスター データベースのエラー",
            K::ClusterCmdlet => "クラスターのコマンドレットの報告",
            K::ServiceStarted => "クラスター サービスの開始",
            K::ServiceStopped => "クラスター サービスの正常な停止",
            K::ServiceFailed => "エラーによるクラスター サービスの終了",
            K::ServiceStartFailed => "クラスター サービスを開始できない",
            K::ServiceState => "クラスター サービスの状態の変化",
            K::ServiceStartType => "クラスター サービスのスタートアップの種類の変更",
            K::ServiceStopping => "クラスター サービスの終了開始",
            K::NodeRemoved => "アクティブなメンバーシップからのノードの削除",
            K::NodeJoinFailed => "ノードのクラスターへの参加失敗",
            K::NodeReconnected => "ノードの通信断と回復",
            K::NodeLeft => "ノードからの正常な離脱の通知",
            K::NodeAdded => "クラスターへのノードの追加",
            K::NodeEvicted => "クラスターからのノードの削除（排除）",
            K::NodeIsolated => "ノードの分離",
            K::NodeIsolationEnded => "ノードの分離の解除",
            K::NodeQuarantined => "ノードの検疫",
            K::NodePaused => "ノードの一時停止",
            K::NodeResumed => "ノードの再開",
            K::NodeDraining => "ノードのドレイン中",
            K::NodeDrained => "ノードのドレインの完了",
            K::NodeDrainFailed => "ノードのドレインの失敗",
            K::NodeUnresponsive => "ノードが応答しない",
            K::NodeSlow => "ノードが他より遅い",
            K::NodeLiveDump => "ノードのライブ ダンプ",
            K::MembershipView => "クラスター メンバーシップの変化",
            K::NodeJoining => "ノードの参加試行",
            K::NodesDowned => "失われたノードの役割の引き継ぎ",
            K::NodeUnreachable => "ノードへの経路がすべてダウン",
            K::OsStarted => "OS の起動",
            K::OsStopped => "OS の正常な停止",
            K::OsUnexpectedRestart => "シャットダウンを経ないシステムの再起動",
            K::OsDirtyShutdown => "予期しない前回のシャットダウン",
            K::OsRestartRequested => "再起動またはシャットダウンの要求",
            K::OsBugcheck => "バグチェックによるシステムの停止",
            K::LogStarted => "イベント ログ サービスの開始",
            K::LogStopped => "イベント ログ サービスの停止",
            K::LogCleared => "イベント ログの消去",
            K::OsVersion => "OS のバージョンの記録",
            K::OsUptime => "システムの稼働時間とタイム ゾーンの記録",
            K::UpdateInstalled => "更新プログラムのインストール",
            K::OsShutdownStarted => "シャットダウンの開始",
            K::OsShutdownExplained => "予期しないシャットダウンの理由の記入",
            K::OsBootStatus => "前回のシャットダウンと起動の状態",
            K::OsSleepEntered => "スリープ状態に移行",
            K::OsSleepLeft => "スリープ状態から復帰",
            K::OsRenamed => "コンピューター名の変更",
            K::OsDumpFailed => "メモリ ダンプの作成に失敗",
            K::OsHardwareError => "ハードウェア エラー",
            K::OsMemoryLow => "仮想メモリの不足",
            K::OsServiceInstalled => "サービスまたはドライバーのインストール",
            K::VmmsStarted => "仮想マシン管理サービスの開始",
            K::VmmsStopped => "仮想マシン管理サービスの停止",
            K::VmmsFailed => "仮想マシン管理サービスの失敗",
            K::VmmsState => "仮想マシン管理サービスの状態の変化",
            K::VmmsSpnFailed => "サービス プリンシパル名の登録に失敗",
            K::VmmsTrace => "仮想マシン管理サービスの内部トレース",
            K::HostVmsStopping => "ホストが仮想マシンを停止または保存",
            K::HostVmsNotSaved => "保存されずに停止された仮想マシン",
            K::HostMaintenanceAnnounced => "ホストのメンテナンスの予告",
            K::UpdateProgress => "更新処理の段階の完了",
            K::UpdateFailed => "更新処理の失敗",
            K::TimeChanged => "システム時刻の変更",
            K::TimeZoneChanged => "タイム ゾーンの変更",
            K::TimeZoneRefreshed => "タイム ゾーンの再読み込み",
            K::TimeSynchronized => "時刻ソースと同期",
            K::TimeUnsynchronized => "時刻が同期されていない",
            K::TimeSourceFound => "時刻ソースを使用可能",
            K::TimeSourceLost => "時刻ソースを使用できない",
            K::TimeOffsetDetected => "時刻ソースとの差を検出",
            K::TimeStepped => "タイム サービスが時刻を修正",
            K::TimeCorrectionRefused => "時刻の修正が拒否された",
            K::TimeServiceFailed => "タイム サービスのエラー",
            K::DomainUnreachable => "ドメイン コントローラーに接続できない",
            K::DomainTicketRejected => "認証チケットの拒否",
            K::PolicyApplied => "グループ ポリシーの適用",
            K::PolicyFailed => "グループ ポリシーの適用に失敗",
            K::PolicyBlocked => "保護規則によるブロック",
            K::QuorumLost => "クォーラムの喪失",
            K::WitnessFailed => "監視（ウィットネス）の障害または到達不能",
            K::QuorumAtRisk => "クォーラム喪失の恐れ",
            K::QuorumConfig => "クォーラムの構成",
            K::WitnessArbitration => "監視の調停",
            K::HeartbeatMissed => "ハートビートの欠落",
            K::RouteDown => "ノード間の経路のダウン",
            K::RouteUp => "ノード間の経路の復旧",
            K::RouteHistory => "経路の履歴",
            K::InterfaceUp => "クラスター ネットワーク インターフェイスの復旧",
            K::InterfaceUnreachable => "クラスター ネットワーク インターフェイスの到達不能",
            K::InterfaceFailed => "クラスター ネットワーク インターフェイスの障害",
            K::InterfaceAdded => "クラスター ネットワーク インターフェイスの追加",
            K::InterfaceRemoved => "クラスター ネットワーク インターフェイスの削除",
            K::InterfaceHealthFailed => "IP インターフェイスの正常性チェックに失敗",
            K::InterfaceAdapterConnected => "クラスターがアダプターの接続を検出",
            K::NetworkUp => "クラスター ネットワークの復旧",
            K::NetworkPartitioned => "クラスター ネットワークの分断",
            K::NetworkDown => "クラスター ネットワークのダウン",
            K::NetworkAdded => "クラスター ネットワークの追加",
            K::NetworkRemoved => "クラスター ネットワークの削除",
            K::NetworkMisconfigured => "クラスターで使用しないネットワークしか残っていない",
            K::NetworkAddressConflict => "IP アドレスの競合",
            K::NameFailed => "クラスター ネットワーク名のエラー",
            K::NameDnsFailed => "クラスター名の DNS 登録に失敗",
            K::AddressFailed => "クラスター IP アドレスのエラー",
            K::CsvPaused => "CSV の一時停止",
            K::CsvResumed => "CSV の復旧",
            K::CsvRedirected => "CSV のリダイレクト アクセス",
            K::CsvLost => "このノードからの CSV へのアクセス不可",
            K::DiskError => "ディスクまたはパスのエラー",
            K::VmMovedLive => "仮想マシンの無停止での移動（ライブ マイグレーション）",
            K::VmMovedCold => "停止または保存を伴う仮想マシンの計画的な移動",
            K::VmFailedOver => "別ノードでの仮想マシンの再起動（フェールオーバー）",
            K::NodeLost => "ノードの予期しない停止",
            K::CsvAutoPaused => "CSV が自動的に一時停止",
            K::CsvState => "CSV の状態の変化",
            K::CsvProcessing => "CSV の状態遷移の処理",
            K::CsvFailed => "CSV のエラー",
            K::CsvMoveRefused => "CSV の移動が拒否された",
            K::CsvAdded => "CSV にディスクを追加",
            K::CsvRemoved => "CSV からディスクを削除",
            K::CsvEnabled => "CSV の有効化",
            K::CsvDisabled => "CSV の無効化",
            K::CsvBackupStarted => "CSV のバックアップ開始",
            K::CsvBackupEnded => "CSV のバックアップ終了",
            K::CsvBackupFailed => "CSV のスナップショットに失敗",
            K::DiskReset => "ディスク デバイスのリセット",
            K::DiskRemoved => "ディスクの取り外し",
            K::DiskPathLost => "ディスクへのパスの喪失",
            K::DiskPathRestored => "ディスクへのパスの復旧",
            K::DiskPathFailover => "I/O が別のパスに切り替わり",
            K::DiskCorrupt => "ファイル システムの破損",
            K::DiskRepaired => "ファイル システムの修復",
            K::DiskResourceFailed => "クラスター ディスクのエラー",
            K::DiskOwnershipLost => "クラスター ディスクの所有権の喪失",
            K::DiskOnlineStarted => "クラスター ディスクのオンライン処理の開始",
            K::DiskOnlineFinished => "クラスター ディスクのオンライン処理の終了",
            K::DiskOfflineStarted => "クラスター ディスクのオフライン処理の開始",
            K::DiskOfflineFinished => "クラスター ディスクのオフライン処理の終了",
            K::DiskOperationTimed => "クラスター ディスクの処理時間",
            K::PoolFailed => "記憶域プールのエラー",
            K::PoolMoving => "記憶域プールの移動",
            K::SmbConnectFailed => "ファイル サーバーに接続できない",
            K::SmbDisconnected => "ファイル サーバーとの接続が切断",
            K::SmbSessionLost => "ファイル サーバーとのセッションの喪失",
            K::SmbSessionRestored => "ファイル サーバーとのセッションの復旧",
            K::SmbShareLost => "共有への接続の喪失",
            K::SmbShareRestored => "共有への接続の復旧",
            K::SmbWitnessRegistered => "SMB 監視サーバーへの登録",
            K::SmbWitnessFailed => "SMB 監視サーバーのエラー",
            K::SmbWitnessNotified => "SMB 監視サーバーからの通知",
            K::SmbWitnessMove => "SMB 監視サーバーからの移動要求",
            K::NodeRestarted => "ノードの正常な再起動",
            K::Remark => "備考",
        }
    }

    fn verdict(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Confirmed => "確定",
            Verdict::Probable => "可能性が高い",
            Verdict::NotAssessable => "判定不能",
            Verdict::RuledOut => "該当なし",
        }
    }

    fn verdict_means(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Confirmed => "必要な確認項目が、記録の有無を含めてすべて裏付けられています。",
            Verdict::Probable => {
                "影響は確認されましたが、少なくとも 1 つの確認項目は状況証拠に基づいています。"
            }
            Verdict::NotAssessable => {
                "判定に必要なログ、ノード、または期間の情報が不足しています。"
            }
            Verdict::RuledOut => "ログは該当期間を含んでおり、発生していないことを示しています。",
        }
    }

    fn severity(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Info => "情報",
            Severity::Warning => "警告",
            Severity::Error => "エラー",
            Severity::Critical => "重大",
        }
    }

    fn move_kind(&self, kind: MoveKind) -> &'static str {
        match kind {
            MoveKind::Live => "ライブ マイグレーション",
            MoveKind::Quick => "クイック マイグレーション",
            MoveKind::Storage => "ストレージの移行",
            MoveKind::Offline => "停止状態での移動",
        }
    }

    fn outcome(&self, outcome: MoveOutcome) -> &'static str {
        match outcome {
            MoveOutcome::Completed => "完了",
            MoveOutcome::Failed => "失敗",
            MoveOutcome::Canceled => "取り消し",
            MoveOutcome::Unfinished => "終了の記録なし",
        }
    }

    fn cause(&self, cause: FailoverCause) -> &'static str {
        match cause {
            FailoverCause::NodeLoss => "ノードの停止（応答なし）",
            FailoverCause::NodeShutdown => "ノードの正常なシャットダウン",
            FailoverCause::ServiceStop => "クラスター サービスの停止",
            FailoverCause::ResourceFailure => "リソースの失敗",
            FailoverCause::ResourceHang => "リソースの応答なし",
            FailoverCause::Storage => "ストレージへのアクセス断",
            FailoverCause::QuorumLoss => "クォーラムの喪失",
            FailoverCause::Unknown => "不明",
        }
    }

    fn node_state(&self, state: NodeState) -> &'static str {
        match state {
            NodeState::Up => "稼働",
            NodeState::Paused => "一時停止",
            NodeState::Stopped => "停止",
            NodeState::Draining => "ドレイン中",
            NodeState::Restarted => "シャットダウン",
            NodeState::Crashed => "クラッシュ",
            NodeState::Lost => "応答なし",
            NodeState::WithoutQuorum => "クォーラム喪失",
            NodeState::Isolated => "分離",
            NodeState::Quarantined => "検疫",
        }
    }

    fn basis(&self, basis: PlacementBasis) -> &'static str {
        match basis {
            PlacementBasis::Recorded => "移動、起動、停止の記録",
            PlacementBasis::Seen => "このノードにある仮想マシンの記録",
            PlacementBasis::Group => "役割に関するメッセージ",
        }
    }

    fn vm_state(&self, state: VmState) -> &'static str {
        match state {
            VmState::Running => "実行中",
            VmState::Off => "オフ",
            VmState::Saved => "保存済み",
            VmState::Paused => "一時停止",
            VmState::CriticalPaused => "ホストによる一時停止",
            VmState::Failed => "失敗",
        }
    }

    fn downtime_cause(&self, cause: DowntimeCause) -> &'static str {
        match cause {
            DowntimeCause::Stopped => "停止操作",
            DowntimeCause::Guest => "ゲスト OS による停止",
            DowntimeCause::QuickMigration => "クイック マイグレーション",
            DowntimeCause::Failure => "障害",
            DowntimeCause::Storage => "ストレージへのアクセス断",
            DowntimeCause::Node => "ノードの停止に伴う停止",
            DowntimeCause::Quorum => "ノードのクォーラム喪失に伴う停止",
            DowntimeCause::Unknown => "原因不明",
        }
    }

    fn planned_because(&self, basis: PlannedBasis) -> &'static str {
        match basis {
            PlannedBasis::Requested => "停止が要求されたため",
            PlannedBasis::Update => "更新プログラムのインストール中だったため",
            PlannedBasis::Drained => "事前にノードがドレインまたは一時停止されたため",
            PlannedBasis::MoveRequested => "移動が要求されたため",
            PlannedBasis::Orderly => "ノードが正常に停止したため",
            PlannedBasis::Failure => "障害が発生したため",
            PlannedBasis::Unknown => "判断できる記録なし",
        }
    }

    fn chain_role(&self, role: ChainRole) -> &'static str {
        match role {
            ChainRole::Symptom => "兆候",
            ChainRole::Cause => "原因",
            ChainRole::Consequence => "影響",
            ChainRole::Recovery => "復旧",
        }
    }

    fn volume_state(&self, state: VolumeState) -> &'static str {
        match state {
            VolumeState::Online => "オンライン",
            VolumeState::Paused => "一時停止",
            VolumeState::Redirected => "リダイレクト I/O",
            VolumeState::Lost => "アクセス不可",
        }
    }

    fn witness_state(&self, state: WitnessState) -> &'static str {
        match state {
            WitnessState::Online => "オンライン",
            WitnessState::Failed => "失敗",
        }
    }

    fn link_kind(&self, kind: LinkKind) -> &'static str {
        match kind {
            LinkKind::ClusterNetwork => "クラスター ネットワーク",
            LinkKind::ClusterInterface => "クラスター ネットワーク インターフェイス",
            LinkKind::Nic => "ネットワーク アダプター",
            LinkKind::TeamMember => "チーム メンバー",
            LinkKind::Switch => "仮想スイッチ",
            LinkKind::Uplink => "仮想スイッチのアップリンク",
            LinkKind::SwitchPort => "仮想スイッチのポート",
            LinkKind::VmNic => "仮想マシンのネットワーク アダプター",
        }
    }

    fn link_state(&self, state: LinkState) -> &'static str {
        match state {
            LinkState::Up => "接続",
            LinkState::Partitioned => "パーティション分割",
            LinkState::Unreachable => "到達不能",
            LinkState::Down => "切断",
        }
    }

    fn log_begin(&self, begin: LogBegin) -> &'static str {
        match begin {
            LogBegin::FirstRecord => "最初のレコードから",
            LogBegin::Cleared => "消去された後から",
            LogBegin::Cut => "古いレコードは上書き済み、または未収集",
            LogBegin::Unknown => "不明",
        }
    }

    fn bounds(&self, bounds: Bounds) -> String {
        let least = self.duration(bounds.at_least_s);
        match bounds.at_most_s {
            Some(most) => format!("最短 {least}、最長 {}", self.duration(most)),
            None => format!("最短 {least}、上限はログから不明"),
        }
    }

    fn down_for(
        &self,
        cause: DowntimeCause,
        length: Option<&str>,
        bounds: Option<Bounds>,
    ) -> String {
        let length = length.map_or_else(
            || "停止（復旧の記録なし）".to_owned(),
            |l| format!("{l} の停止"),
        );
        let bounds = bounds
            .filter(|b| b.at_most_s != Some(b.at_least_s))
            .map(|b| format!("（{}）", self.bounds(b)));
        format!(
            "{length}{}: {}",
            bounds.unwrap_or_default(),
            self.downtime_cause(cause)
        )
    }

    fn move_phase(&self, phase: MovePhase) -> &'static str {
        match phase {
            MovePhase::Setup => "移動先の準備",
            MovePhase::MemoryCopy => "メモリのコピー",
            MovePhase::Blackout => "ブラックアウト",
            MovePhase::Offline => "移動元での構成の解放",
            MovePhase::Move => "所有者の変更",
            MovePhase::Restore => "移動先での引き継ぎ",
            MovePhase::Storage => "ファイルのコピー",
        }
    }

    fn move_story(
        &self,
        kind: MoveKind,
        from: Option<&str>,
        to: Option<&str>,
        outcome: MoveOutcome,
        details: &[String],
    ) -> String {
        let way = match (from, to) {
            (Some(from), Some(to)) => format!("（{from} から {to} へ）"),
            (Some(from), None) => format!("（{from} から、移動先は不明）"),
            (None, Some(to)) => format!("（{to} へ、移動元は不明）"),
            (None, None) => String::new(),
        };
        let details: String = details.iter().map(|d| format!("、{d}")).collect();
        format!(
            "{}{way}: {}{details}",
            self.move_kind(kind),
            self.outcome(outcome)
        )
    }

    fn diagnostic(&self, code: DiagnosticCode) -> &'static str {
        match code {
            DiagnosticCode::Unreadable => "読み取り不可",
            DiagnosticCode::EvtxHeader => "ファイル ヘッダーの破損",
            DiagnosticCode::EvtxChunk => "チャンクの破損",
            DiagnosticCode::EvtxRecord => "レコードの読み取り不可",
            DiagnosticCode::Truncated => "ファイルの途中終了",
            DiagnosticCode::Dirty => "正常に閉じられていないファイル",
            DiagnosticCode::Line => "形式不明の行",
            DiagnosticCode::Time => "不正またはあいまいな時刻",
            DiagnosticCode::Unsupported => "未対応の形式",
            DiagnosticCode::Limit => "上限への到達",
            DiagnosticCode::EntryName => "安全でない項目名",
            DiagnosticCode::Encoding => "文字コード外のバイト",
            DiagnosticCode::Syntax => "構文の誤り",
            DiagnosticCode::TimeBasis => "時刻の基準の記載なし",
            DiagnosticCode::MissingField => "値の欠落",
            DiagnosticCode::Gap => "レコードの欠落",
            DiagnosticCode::UnknownSubject => "ログにない対象",
            DiagnosticCode::SeveralClusters => "複数のクラスター",
        }
    }

    fn field(&self, name: &str) -> Option<&'static str> {
        Some(match name {
            "property" => "設定",
            "blackout_s" => "ブラックアウト",
            "brownout_s" => "ブラウンアウト",
            "downtime_s" => "停止時間",
            "move_type" => "移動の種類",
            "vlan" => "VLAN",
            "switch" => "仮想スイッチ",
            "tool" => "使用ツール",
            "resource_type" => "種類",
            "status" => "状態コード",
            "error" => "エラー",
            "code" => "コード",
            "reason" => "理由",
            "bugcheck" => "バグチェック",
            "update" => "更新プログラム",
            "view" => "ビュー",
            "members" => "メンバー",
            "process" => "プロセス",
            "user" => "ユーザー",
            _ => return None,
        })
    }

    fn duration(&self, seconds: f64) -> String {
        let parts: Vec<String> = duration_parts(seconds)
            .into_iter()
            .map(|(n, unit)| format!("{n} {}", ["日", "時間", "分", "秒"][unit]))
            .collect();
        let sign = if seconds < 0.0 { "−" } else { "" };
        format!("{sign}{}", parts.join(" "))
    }

    fn list(&self, names: &[String]) -> String {
        if names.len() <= 7 {
            names.join("、")
        } else {
            format!("{} ほか {} 件", names[..6].join("、"), names.len() - 6)
        }
    }

    fn labeled(&self, label: &str, value: &str) -> String {
        format!("{label}: {value}")
    }

    fn gap(&self) -> &'static str {
        ""
    }

    fn more(&self, count: usize) -> String {
        format!("ほか {count} 件は付録を参照してください。")
    }

    fn colon(&self) -> &'static str {
        ": "
    }

    fn parentheses(&self, inner: &str) -> String {
        format!("（{inner}）")
    }

    fn times_shown_in(&self, zone: &str, one_offset: bool) -> String {
        if one_offset {
            format!("時刻は {zone} で表示しています。")
        } else {
            format!("時刻は {zone} で、UTC との差を併記して表示しています。")
        }
    }

    fn head_no_events(&self) -> String {
        "イベントが 1 件も読み取られなかったため、何が起きたかは判断できません。".into()
    }

    fn head_no_cluster(&self) -> String {
        "フェールオーバー クラスターまたは Hyper-V のログが含まれていないため、仮想マシンとノードについては判断できません。".into()
    }

    fn head_quiet(&self) -> String {
        "読み取った範囲では、障害、フェールオーバー、既知の問題のいずれも確認されませんでした。"
            .into()
    }

    fn head_finding(
        &self,
        verdict: Verdict,
        title: &str,
        subjects: &str,
        when: Option<&str>,
    ) -> String {
        let when = when.map(|w| format!("（{w}）")).unwrap_or_default();
        match verdict {
            Verdict::Confirmed => format!("{subjects}: {title}{when}"),
            Verdict::Probable => format!(
                "{subjects} で次の問題が発生した可能性が高いものの、確証はありません: {title}{when}"
            ),
            Verdict::NotAssessable => {
                format!("{subjects} の次の問題は、読み取ったログでは判断できません: {title}{when}")
            }
            Verdict::RuledOut => format!("{subjects} の次の問題は該当しません: {title}{when}"),
        }
    }

    fn head_incident(&self, incident: &HeadIncident<'_>) -> String {
        let HeadIncident { down, back, .. } = *incident;
        let at = incident.when.map(|t| format!("{t} に")).unwrap_or_default();
        let node = match incident.node_count {
            0 => "記録に名前のないノード".to_owned(),
            _ => format!("ノード {} ", incident.nodes),
        };
        let why = match incident.cause {
            FailoverCause::NodeLoss if incident.crashed => match incident.bugcheck {
                Some(code) => format!("{at}{node}がバグチェック {code} でクラッシュし"),
                None => format!("{at}{node}がクラッシュし"),
            },
            FailoverCause::NodeLoss => format!("{at}{node}が応答しなくなり"),
            FailoverCause::NodeShutdown => format!("{at}{node}がシャットダウンされ"),
            FailoverCause::ServiceStop => {
                format!("{at}{node}でクラスター サービスが停止し")
            }
            FailoverCause::ResourceFailure => {
                format!("{at}{node}でリソースに障害が発生し")
            }
            FailoverCause::ResourceHang => format!("{at}{node}でリソースが応答しなくなり"),
            FailoverCause::Storage => format!("{at}{node}でストレージにアクセスできなくなり"),
            FailoverCause::QuorumLoss => format!("{at}{node}がクォーラムを失い"),
            FailoverCause::Unknown => format!("{at}{node}で原因不明の事象により"),
        };
        if down == 0 {
            return format!("{why}ました。停止を確認できた仮想マシンはありません。")
                .replace("によりました", "が発生しました");
        }
        let again = if incident.restarted == down {
            "フェールオーバーにより再起動されました".to_owned()
        } else if incident.restarted > 0 {
            format!(
                "フェールオーバーにより {down} 台中 {} 台が再起動されました",
                incident.restarted
            )
        } else if back == down {
            "その後、復旧しています".to_owned()
        } else if back > 0 {
            format!("その後、{down} 台中 {back} 台が復旧しています")
        } else {
            "再起動の記録はありません".to_owned()
        };
        format!("{why}、{} が停止しました。{again}。", incident.vms)
    }

    fn head_outage(&self, vms: &str, when: Option<&str>, cause: &str) -> String {
        let at = when.map(|t| format!("{t} に ")).unwrap_or_default();
        format!("{at}{vms} が停止しました（{cause}。フェールオーバーはありません）。")
    }

    fn head_at_end(&self, what: &str) -> String {
        format!("ログの終わりまでに復旧を確認できないもの: {what}")
    }

    fn comma(&self) -> &'static str {
        "、"
    }

    fn head_more_incidents(&self, count: usize) -> String {
        format!("このほかに計画外のインシデントが {count} 件あります（「インシデント」を参照）。")
    }

    fn head_settings_open(&self, vms: &str) -> String {
        format!(
            "移動の前後で {vms} のネットワーク設定（VLAN、スイッチ、MAC）が保たれたかどうかは、読み取ったログでは判断できません。"
        )
    }

    fn head_longest_down(&self, vm: &str, length: &str) -> String {
        format!("最も長い停止時間は {vm} の {length}です。")
    }

    fn head_not_back(&self, vms: &str) -> String {
        format!("次の仮想マシンは、復旧を確認できません: {vms}")
    }

    fn head_moves(&self, counts: &MoveCounts, which: &[String]) -> String {
        let total = counts.live + counts.other;
        let what = if counts.other == 0 {
            format!("ライブ マイグレーション {total} 件")
        } else {
            format!("仮想マシンの移動 {total} 件")
        };
        let mut bad = Vec::new();
        for (n, word) in [
            (counts.failed, "失敗"),
            (counts.canceled, "取り消し"),
            (counts.unfinished, "終了の記録なし"),
        ] {
            if n > 0 {
                bad.push(format!("{word}が {n} 件"));
            }
        }
        if bad.is_empty() {
            let all = if total == 1 { "" } else { "すべて" };
            format!("{what}は{all}完了し、仮想マシンの状態は維持されました。")
        } else {
            let which = match which {
                [] => String::new(),
                all => format!("対象: {}", all.join("、")),
            };
            format!("{what}のうち、{}ありました。{which}", bad.join("、"))
        }
    }

    fn head_node_lost(&self, nodes: &str) -> String {
        format!("次のノードが予期せず停止しました: {nodes}")
    }

    fn behavior_high_availability(&self) -> &'static str {
        "フェールオーバー（高可用性）: ノードまたはリソースが停止すると、その上の仮想マシンはいったん停止し、クラスターが別のノードで起動し直します。ゲスト OS は新たに起動し、メモリ上にしかなかった内容は失われます。停止時間は、障害の最初の兆候から役割が再びオンラインになるまでの時間です。"
    }

    fn behavior_live_migration(&self) -> &'static str {
        "ライブ マイグレーション: 稼働中の仮想マシンを計画的に移動します。稼働したままメモリの内容をコピーし、ごく短時間だけ一時停止し（ブラックアウト）、移動先で処理を続けます。ゲスト OS は再起動せず、利用者はほとんど気付きません。"
    }

    fn failover_story(
        &self,
        what: &str,
        from: Option<&str>,
        to: Option<&str>,
        cause: FailoverCause,
        length: Option<&str>,
    ) -> String {
        let from_shown = from.unwrap_or("不明なノード");
        let back = match to {
            Some(to) if Some(to) == from => {
                "稼働し、停止後に同じノードで再起動されました".to_owned()
            }
            Some(to) => format!("稼働し、停止後に {to} で再起動されました"),
            None => "稼働していましたが、復旧先は不明です".to_owned(),
        };
        let length = length.map_or_else(
            || "停止時間は不明".to_owned(),
            |l| format!("停止時間は {l}"),
        );
        format!(
            "{what}: {from_shown} で{back}。原因は「{}」、{length}です。",
            self.cause(cause)
        )
    }

    fn act_check_vms(&self, vms: &str) -> String {
        format!("{vms} が稼働しているか確認してください。復旧を示す記録がありません。")
    }

    fn act_collect_nodes(&self, nodes: &str) -> String {
        format!("{nodes} のイベント ログと cluster.log を収集し、再度分析してください。")
    }

    fn miss_settings(&self, vms: &str) -> String {
        format!(
            "移動前後の {vms} の設定: 変更はイベントに記録されません。移動後にネットワークが切断された場合は、設定変更の申告（--notes）、または移動前と移動後の構成エクスポートを追加してください。"
        )
    }

    fn miss_for_all(&self, title: &str, more: usize, what: &str) -> String {
        format!("「{title}」ほか {more} 件の判定のため: {what}")
    }

    fn act_incident(&self, cause: FailoverCause) -> &'static str {
        match cause {
            FailoverCause::NodeLoss => {
                "ノードの電源、ハードウェア、メモリ ダンプと、停止直前の記録を確認してください。"
            }
            FailoverCause::NodeShutdown => {
                "シャットダウンの要求元を確認し、次回は事前にノードをドレインしてください。"
            }
            FailoverCause::ServiceStop => {
                "クラスター サービスが停止した原因を、System ログ、Operational ログ、cluster.log の直前の記録で確認してください。"
            }
            FailoverCause::ResourceFailure => {
                "障害が発生したリソースについて、障害直前の cluster.log の記録を確認してください。"
            }
            FailoverCause::ResourceHang => {
                "リソースが応答しなくなる直前の数分間について、ストレージ、ウイルス対策ソフト、フィルター ドライバーを確認してください。"
            }
            FailoverCause::Storage => {
                "まずストレージへの経路（リンク、スイッチ、ストレージ装置）、次にノードのアダプターを確認してください。"
            }
            FailoverCause::QuorumLoss => {
                "クォーラムを失う直前の数分間について、まずノード間のネットワークとミラーリング監視を確認してください。"
            }
            FailoverCause::Unknown => "統合タイムラインで、直前の数分間の記録を確認してください。",
        }
    }

    fn act_collect_missing(&self) -> String {
        "「不足している情報」に挙げたものを収集し、再度分析してください。未確定の判定を確定できます。".into()
    }

    fn miss_nodes(&self, nodes: &str) -> String {
        format!("{nodes} のログ: 他のログに名前がありますが、自身のログは収集されていません。")
    }

    fn miss_gap(&self, channel: &str, node: Option<&str>, records: u64) -> String {
        let node = node.map(|n| format!("{n} の ")).unwrap_or_default();
        format!("{node}{channel} のレコード {records} 件: レコード ID が連続していません。")
    }

    fn miss_more_gaps(&self, count: usize) -> String {
        format!("ほかに {count} か所、レコード ID が連続していない箇所があります。")
    }

    fn miss_records(&self, records: u64) -> String {
        format!("レコードまたは行 {records} 件を読み取れませんでした。")
    }

    fn several_clusters(&self, clusters: &str) -> String {
        format!(
            "複数のクラスターのログが含まれており、1 つのクラスターとして扱われています: {clusters}"
        )
    }

    fn miss_log(&self, channel: &str, node: &str) -> String {
        let untold = match channel {
            "System" => "クラッシュ、再起動、シャットダウンのいずれがあったかを判断できません",
            _ => "このログにしか記録されない事象は分かりません",
        };
        format!(
            "{node} の {channel}: 他のノードでは収集されていますが、このノードでは収集されていません。{untold}。"
        )
    }

    fn miss_end(
        &self,
        channel: &str,
        node: Option<&str>,
        last: Option<&str>,
        file: &str,
    ) -> String {
        let node = node.map(|n| format!("{n} の ")).unwrap_or_default();
        match last {
            Some(last) => format!(
                "{node}{channel}: {last} より後の記録。ファイルが途中で切れているか破損しており、それ以降の内容は分かりません ({file})。"
            ),
            None => format!(
                "{node}{file}: ファイルが途中で切れているか破損しており、対象期間のイベントがありません。"
            ),
        }
    }

    fn miss_more_ends(&self, count: usize) -> String {
        format!("ほかに {count} 個のログが、途中で切れているか破損しています。")
    }

    fn miss_files(&self, members: usize, named: &str) -> String {
        let more = if members > 3 { "、…" } else { "" };
        format!(
            "{members} 個のファイル ({named}{more}) で内容の一部が失われています。「読み取り時の問題」を参照してください。"
        )
    }

    fn miss_clocks(&self, nodes: &str) -> String {
        format!("{nodes} の時計と他のノードとの関係: ノード間の前後関係は確実ではありません。")
    }

    fn relation(&self, how: Relation, title: &str, subject: &str) -> Option<String> {
        Some(match how {
            Relation::RefinedBy => {
                format!("同じ事象は、「{title}」（{subject}）としてより具体的に判定されています。")
            }
            Relation::ExplainedBy => {
                format!("「{title}」（{subject}）によるもので、問題はありません。")
            }
            Relation::SettledBy => {
                format!("この事象は「{title}」（{subject}）で説明できます。")
            }
            Relation::Refines | Relation::Explains | Relation::Settles => return None,
        })
    }

    fn miss_for(&self, title: &str, subject: &str, what: &str) -> String {
        format!("「{title}」（{subject}）: {what}")
    }

    fn miss_destinations(&self, count: usize) -> String {
        format!(
            "移動 {count} 件の移動先: 記録に名前がないため、仮想マシンが次に現れたノードから推定しました。"
        )
    }

    fn unknown_records(&self, records: u64, kinds: usize) -> String {
        format!("{kinds} 種類、{records} 件のレコードは辞書に定義がなく、件数のみを数えました。")
    }

    fn rows_left_out(&self, left_out: usize, shown: usize) -> String {
        format!("{shown} 行を表示しています。残り {left_out} 行は report.json にあります。")
    }

    fn pages_left_out(&self, left_out: usize, shown: usize) -> String {
        format!("{shown} 件を示しています。残りの {left_out} 件は report.json にあります。")
    }

    fn records_first(&self, count: usize, first: &str) -> String {
        format!("{count} 件の記録。最初の記録: {first}")
    }

    fn family(&self, name: &str) -> &'static str {
        match name {
            "moves" => "移動",
            "vms" => "仮想マシンと Hyper-V",
            "roles" => "役割とリソース",
            "nodes" => "ノード、クォーラム、クラスター サービス",
            "network" => "ネットワーク",
            "storage" => "ストレージ",
            "names" => "名前、ドメイン、アドレス",
            "time" => "時計",
            _ => "Windows とその他",
        }
    }

    fn events_left_out(&self, left_out: usize, shown: usize) -> String {
        format!(
            "{shown} 件を表示し、{left_out} 件を省略しました。すべてのイベントは events.parquet にあります。"
        )
    }

    fn nodes_left_out(&self, left_out: usize) -> String {
        format!("ほかのノード {left_out} 台は省略しました。")
    }

    fn shown_with(&self, count: usize, subject: &str, title: &str) -> String {
        format!("ほか {count} 件の記録は次の判定に示しています: {subject} — {title}")
    }

    fn seen_times(&self, count: u32) -> String {
        format!("{count} 回")
    }

    fn chart_window(&self, from: &str, to: &str, zone: &str) -> String {
        // A zone that brings its own parentheses is not put into another pair.
        let zone = zone.replace(" (", "、").replace(')', "");
        format!("{from} ～ {to}（{zone}）")
    }

    fn chart_placement_alt(
        &self,
        vms: usize,
        nodes: usize,
        moves: usize,
        failovers: usize,
    ) -> String {
        format!(
            "時間軸に沿った図: ノード {nodes} 台の状態、仮想マシン {vms} 台を実行していたノード、移動 {moves} 件、フェールオーバー {failovers} 件を示します。同じ内容は本レポートの表にあります。"
        )
    }

    fn chart_events_alt(&self, events: usize, nodes: usize) -> String {
        format!("ノード {nodes} 台のイベント {events} 件の推移を重大度別に積み上げて示します。")
    }

    fn chart_migrations_alt(&self, moves: usize, with_blackout: usize) -> String {
        format!(
            "移動 {moves} 件をそれぞれ棒で示します。ブラックアウトの記録があるものは {with_blackout} 件です。"
        )
    }
}
