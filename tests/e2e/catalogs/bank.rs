//! A bank: a write of several steps, with an etag, a mask and an id, over each database.

mod declared;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tempfile::TempDir;
use tonic::Code;

use crate::stack::{Answer, Database, Stack, Wire, catalog};

const TRANSFER: &str = "bank.v1.Bank/Transfer";
const UPDATE: &str = "bank.v1.Bank/UpdateAccount";
const GET: &str = "bank.v1.Bank/GetAccount";

struct Bank {
    client: Wire,
    stack: Stack,
    _folder: TempDir,
}

fn on_both(test: impl Fn(&Bank) -> Result<()>) -> Result<()> {
    let folder = catalog::folder(&declared::FILES)?;
    Database::both_for(folder.path())?.into_iter().try_for_each(|database| {
        let folder = catalog::folder(&declared::FILES)?;
        let stack = Stack::over(database).catalog(folder.path()).start()?;
        test(&Bank { client: stack.client()?, stack, _folder: folder })
    })
}

impl Bank {
    fn reply(&self, method: &str, request: &Value) -> Result<Value> {
        let answer = self.client.call(method, &request.to_string())?;
        self.read(method, &answer).with_context(|| request.to_string())
    }

    fn read(&self, method: &str, answer: &Answer) -> Result<Value> {
        anyhow::ensure!(answer.code == Code::Ok, "{answer:?}");
        self.client.decode(method, &answer.replies[0])
    }

    fn refusal(&self, method: &str, request: &Value) -> Result<(Code, String)> {
        let answer = self.client.call(method, &request.to_string())?;
        Ok((answer.code, answer.reason.with_context(|| request.to_string())?))
    }

    /// The answers of calls that are made at the same time.
    fn at_once(&self, method: &str, requests: &[Value]) -> Result<Vec<Answer>> {
        let calls = requests.iter().map(|request| self.client.start(method, &[], &request.to_string()));
        calls.collect::<Result<Vec<_>>>()?.into_iter().map(|call| self.client.wait(call)).collect()
    }

    /// The balances of both accounts, how many entries there are, how many lines of the log, and how many ids.
    fn books(&self) -> Result<[i64; 5]> {
        let number = |sql: &str| self.stack.database.number(sql);
        Ok([
            number("SELECT balance FROM accounts WHERE id = 1")?,
            number("SELECT balance FROM accounts WHERE id = 2")?,
            self.stack.database.count("entries")?,
            self.stack.database.count("log")?,
            self.stack.database.count("meanwhile_requests")?,
        ])
    }
}

fn transfer(amount: i32) -> Value {
    json!({"from": 1, "to": 2, "amount": amount})
}

fn with(mut request: Value, field: &str, value: &str) -> Value {
    request[field] = json!(value);
    request
}

#[test]
fn steps_run_by_their_numbers_and_feed_each_other() -> Result<()> {
    on_both(|bank| {
        let expected = json!({"entry": {"account": 1, "version": 2, "amount": 30, "balance": 70}});
        assert_eq!(bank.reply(TRANSFER, &transfer(30))?, expected);
        assert_eq!(bank.books()?, [70, 30, 1, 1, 0]);
        let said = "SELECT count(*) FROM log WHERE what = '1 has 70 and 2 has 30'";
        assert_eq!(bank.stack.database.number(said)?, 1);
        Ok(())
    })
}

#[test]
fn what_fails_in_any_step_takes_back_all_of_it_and_leaves_the_id_free() -> Result<()> {
    on_both(|bank| {
        let nobody = json!({"from": 1, "to": 9, "amount": 30, "requestId": "a"});
        assert_eq!(bank.refusal(TRANSFER, &nobody)?.0, Code::NotFound);
        let refused = bank.refusal(TRANSFER, &with(transfer(101), "requestId", "a"))?;
        assert_eq!(refused, (Code::InvalidArgument, "CHECK_VIOLATION".to_owned()));
        assert_eq!(bank.books()?, [100, 0, 0, 0, 0]);
        bank.reply(TRANSFER, &with(transfer(30), "requestId", "a"))?;
        assert_eq!(bank.books()?, [70, 30, 1, 1, 1]);
        Ok(())
    })
}

#[test]
fn calls_with_one_id_at_once_are_executed_once_and_answered_alike() -> Result<()> {
    on_both(|bank| {
        let request = with(transfer(10), "requestId", "one");
        let answers = bank.at_once(TRANSFER, &vec![request.clone(); 8])?;
        let first = bank.read(TRANSFER, &answers[0])?;
        for answer in &answers {
            assert_eq!(bank.read(TRANSFER, answer)?, first);
        }
        assert_eq!(bank.books()?, [90, 10, 1, 1, 1]);
        let refused = bank.refusal(TRANSFER, &with(transfer(11), "requestId", "one"))?;
        assert_eq!(refused, (Code::InvalidArgument, "FIELD_INVALID".to_owned()));
        bank.reply(TRANSFER, &with(transfer(10), "requestId", "two"))?;
        bank.reply(TRANSFER, &with(transfer(10), "requestId", ""))?;
        assert_eq!(bank.books()?, [70, 30, 3, 3, 2]);
        Ok(())
    })
}

#[test]
fn an_id_is_answered_as_it_was_though_the_etag_has_changed_since() -> Result<()> {
    on_both(|bank| {
        let request = with(with(transfer(10), "requestId", "one"), "etag", "1");
        let first = bank.reply(TRANSFER, &request)?;
        assert_eq!(bank.reply(TRANSFER, &request)?, first);
        let other = with(with(transfer(10), "requestId", "two"), "etag", "1");
        assert_eq!(bank.refusal(TRANSFER, &other)?, (Code::Aborted, "ETAG_MISMATCH".to_owned()));
        assert_eq!(bank.books()?, [90, 10, 1, 1, 1]);
        Ok(())
    })
}

#[test]
fn of_many_writes_that_know_one_etag_exactly_one_is_done() -> Result<()> {
    on_both(|bank| {
        for etag in ["1", "2", "3"] {
            let answers = bank.at_once(TRANSFER, &vec![with(transfer(10), "etag", etag); 8])?;
            let done = answers.iter().filter(|answer| answer.code == Code::Ok).count();
            let aborted =
                answers.iter().filter(|answer| answer.reason.as_deref() == Some("ETAG_MISMATCH")).count();
            assert_eq!((done, aborted), (1, 7), "{etag}: {answers:?}");
        }
        assert_eq!(bank.books()?, [70, 30, 3, 3, 0]);
        Ok(())
    })
}

#[test]
fn a_mask_says_which_fields_are_changed_nested_ones_too() -> Result<()> {
    on_both(|bank| {
        let account = json!({"id": 1, "owner": {"name": "Bo", "city": "Oslo"}, "limit": 7});
        let update = |account: &Value, mask: &str| {
            bank.reply(UPDATE, &json!({"account": account, "updateMask": mask}))
        };
        let changed = update(&account, "owner.city")?;
        assert_eq!(changed["owner"], json!({"name": "Ada", "city": "Oslo"}));
        assert_eq!(changed.get("limit"), None);
        assert_eq!(
            update(&json!({"id": 1, "owner": {"name": "Cy"}}), "owner")?["owner"],
            json!({"name": "Cy"})
        );
        assert_eq!(update(&json!({"id": 1, "limit": 0}), "limit")?["limit"], 0);
        assert_eq!(update(&json!({"id": 1}), "limit")?.get("limit"), None);
        // Without one, what is populated.
        let changed = update(&json!({"id": 1, "owner": {"city": "Rome"}}), "")?;
        assert_eq!(changed["owner"], json!({"name": "Cy", "city": "Rome"}));
        for unknown in ["nothing", "owner.nothing", "id.x", "etag"] {
            let request = json!({"account": account, "updateMask": unknown});
            let refused = bank.refusal(UPDATE, &request)?;
            assert_eq!(refused, (Code::InvalidArgument, "FIELD_INVALID".to_owned()), "{unknown}");
        }
        assert_eq!(bank.reply(GET, &json!({"id": 1}))?, changed);
        Ok(())
    })
}

#[test]
fn an_update_of_a_state_that_is_gone_is_aborted() -> Result<()> {
    on_both(|bank| {
        let update =
            |etag: &str| json!({"account": {"id": 1, "limit": 5, "etag": etag}, "updateMask": "limit"});
        let changed = bank.reply(UPDATE, &update("1"))?;
        assert_eq!((&changed["etag"], &changed["limit"]), (&json!("2"), &json!(5)));
        assert_eq!(bank.refusal(UPDATE, &update("1"))?, (Code::Aborted, "ETAG_MISMATCH".to_owned()));
        assert_eq!(bank.reply(UPDATE, &update(""))?["etag"], "3");
        Ok(())
    })
}
