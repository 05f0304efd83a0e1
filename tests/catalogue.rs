//! `rules/README.md` says what the rules and the dictionary say; `UPDATE=1` rewrites it.

mod common;

use vmtrail::normalize::Dictionary;
use vmtrail::rules;

#[test]
fn the_catalogue_is_current() {
    let carriers = Dictionary::embedded().unwrap().carriers();
    let text = rules::catalogue(&rules::load::embedded().unwrap(), &carriers);
    let path = common::project("rules/README.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found.replace("\r\n", "\n") == text,
        "{} is stale: run the tests with UPDATE=1",
        path.display()
    );
}
