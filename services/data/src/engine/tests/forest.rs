//! Any forest of parents and children is what nested loops over the same rows give.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::fixture::{Served, Shop, on_both};

const MESSAGES: &str = r#"
message Request {
  repeated int64 tree_keys = 1;
  repeated int64 branch_ofs = 2; repeated int64 branches = 3;
  repeated int64 leaf_ofs = 4;
  repeated int64 moss_ofs = 5;
}
message Reply { repeated Tree trees = 1; }
message Tree {
  int32 n = 1;
  repeated Branch branches = 2 [(meanwhile.v1.key) = "parent"];
  repeated Growth moss = 3 [(meanwhile.v1.key) = "parent"];
}
message Branch { int32 n = 1; repeated Growth leaves = 2 [(meanwhile.v1.key) = "parent"]; }
message Growth { int32 n = 1; }"#;

/// Rows by the keys that the request gives: 0 is NULL. Their numbers say in which order they came.
#[derive(Debug, Clone)]
struct Forest {
    trees: Vec<i64>,
    branches: Vec<(i64, i64)>,
    leaves: Vec<i64>,
    moss: Vec<i64>,
}

fn forests() -> impl Strategy<Value = Forest> {
    // Few keys, so that some are there often, some once and some never.
    let keys = |most: usize| prop::collection::vec(0_i64..6, 0..most);
    let branches = prop::collection::vec((0_i64..6, 0_i64..6), 0..24);
    (keys(12), branches, keys(40), keys(12)).prop_map(|(trees, branches, leaves, moss)| Forest {
        trees,
        branches,
        leaves,
        moss,
    })
}

impl Forest {
    fn request(&self) -> String {
        let (ofs, keys): (Vec<i64>, Vec<i64>) = self.branches.iter().copied().unzip();
        json!({"treeKeys": self.trees, "branchOfs": ofs, "branches": keys, "leafOfs": self.leaves, "mossOfs": self.moss})
            .to_string()
    }

    /// What nested loops give: children of a tree come last first, as their statement says.
    fn reply(&self) -> Value {
        let trees = self.trees.iter().enumerate().map(|(n, key)| {
            let branches =
                self.branches.iter().enumerate().rev().filter(|(_, (of, _))| of == key && *key != 0);
            let branches = branches.map(|(n, (_, key))| row(n, [("leaves", growth(&self.leaves, *key))]));
            row(n, [("branches", branches.collect()), ("moss", growth(&self.moss, *key))])
        });
        match trees.collect::<Vec<_>>() {
            trees if trees.is_empty() => json!({}),
            trees => json!({ "trees": trees }),
        }
    }
}

fn growth(ofs: &[i64], key: i64) -> Vec<Value> {
    let of_key = ofs.iter().enumerate().filter(|(_, of)| **of == key && key != 0);
    of_key.map(|(n, _)| row(n, [])).collect()
}

/// JSON as protobuf has it: what is empty is left out.
fn row<const N: usize>(n: usize, children: [(&str, Vec<Value>); N]) -> Value {
    let mut row = json!({ "n": n + 1 });
    for (name, children) in children.into_iter().filter(|(_, children)| !children.is_empty()) {
        row[name] = children.into();
    }
    row
}

fn shop() -> Shop {
    let get = "rpc Get(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS; }";
    let growth = |ofs: &str, parents: &str| {
        let postgres = format!(
            "SELECT n, parent FROM unnest(:{ofs}::bigint[]) WITH ORDINALITY AS t (parent, n)
             WHERE parent = ANY(:{parents}.key) ORDER BY n"
        );
        let sqlite = format!(
            "SELECT key + 1 AS n, value AS parent FROM json_each(:{ofs})
             WHERE value IN (SELECT value FROM json_each(:{parents}.key)) ORDER BY n"
        );
        (postgres, sqlite)
    };
    let trees = "SELECT n, nullif(key, 0) AS key FROM unnest(:tree_keys::bigint[]) WITH ORDINALITY AS t (key, n) ORDER BY n";
    let branches = "SELECT n, parent, nullif(key, 0) AS key
        FROM unnest(:branch_ofs::bigint[], :branches::bigint[]) WITH ORDINALITY AS t (parent, key, n)
        WHERE parent = ANY(:trees.key) ORDER BY n DESC";
    let branches_sqlite = "SELECT o.key + 1 AS n, o.value AS parent, nullif(k.value, 0) AS key
        FROM json_each(:branch_ofs) o JOIN json_each(:branches) k ON k.key = o.key
        WHERE o.value IN (SELECT value FROM json_each(:trees.key)) ORDER BY n DESC";
    let (leaves, leaves_sqlite) = growth("leaf_ofs", "trees.branches");
    let (moss, moss_sqlite) = growth("moss_ofs", "trees");
    Shop::new(get, MESSAGES)
        .sql("Get/trees.postgres.sql", &trees.replace("SELECT n", "SELECT n::int4"))
        .sql(
            "Get/trees.sqlite.sql",
            "SELECT key + 1 AS n, nullif(value, 0) AS key FROM json_each(:tree_keys) ORDER BY n",
        )
        .sql("Get/trees.branches.postgres.sql", &branches.replace("SELECT n", "SELECT n::int4"))
        .sql("Get/trees.branches.sqlite.sql", branches_sqlite)
        .sql("Get/trees.branches.leaves.postgres.sql", &leaves.replace("SELECT n", "SELECT n::int4"))
        .sql("Get/trees.branches.leaves.sqlite.sql", &leaves_sqlite)
        .sql("Get/trees.moss.postgres.sql", &moss.replace("SELECT n", "SELECT n::int4"))
        .sql("Get/trees.moss.sqlite.sql", &moss_sqlite)
}

async fn compare(served: &Served, forest: &Forest) {
    let reply: Value = serde_json::from_str(&served.get(&forest.request()).await.unwrap()).unwrap();
    assert_eq!(reply, forest.reply(), "{forest:?}");
}

#[test]
fn a_forest_is_what_nested_loops_give() {
    on_both(&shop(), async |served| {
        // proptest's own loop cannot wait for an answer.
        let mut runner = TestRunner::default();
        for _ in 0..200 {
            let forest = forests().new_tree(&mut runner).unwrap().current();
            compare(served, &forest).await;
        }
    });
}
