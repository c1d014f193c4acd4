//! Every method that only reads answers.

use serde_json::{Value, json};

use super::*;

#[test]
fn check_finds_nothing_in_what_is_drafted() {
    on_all(async |name, world| {
        assert_eq!(findings(world).await, [""; 0], "{name}");
        assert!(!world.drafted.tables.is_empty(), "{name}");
    });
}

/// Calls a method; both messages are JSON.
pub(super) async fn call(world: &World, path: &str, request: &Value) -> Value {
    let reply = world.served.call_path(path, &request.to_string()).await;
    let reply = reply.unwrap_or_else(|fault| panic!("{path} {request}: {fault:?}"));
    serde_json::from_str(&reply).unwrap()
}

/// The rows of a list, one a page.
pub(super) async fn walk(world: &World, path: &str) -> Vec<Value> {
    let (mut rows, mut token) = (Vec::new(), String::new());
    loop {
        let page = call(world, path, &json!({"pageSize": 1, "pageToken": token})).await;
        let mut fields = page.as_object().unwrap().iter();
        let (_, list) = match fields.find(|(name, _)| *name != "nextPageToken") {
            Some(list) => list,
            None => return rows,
        };
        let list = list.as_array().unwrap();
        assert_eq!(list.len(), 1, "{path}");
        rows.extend(list.iter().cloned());
        match page["nextPageToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => return rows,
        }
    }
}

/// Every list of the catalog, with the method that gets one of its rows.
pub(super) fn lists(world: &World) -> Vec<(String, String)> {
    let lists = world.served.catalog.methods.iter().filter(|method| method.page.is_some());
    lists
        .map(|list| {
            let service = list.path.rsplit_once('/').unwrap().0;
            let is_get =
                |path: &&String| path.starts_with(service) && path[service.len()..].starts_with("/Get");
            let get = world.served.catalog.methods.iter().map(|method| &method.path).find(is_get);
            (list.path.clone(), get.unwrap().clone())
        })
        .collect()
}

/// The fields of `row` that a request for that row has.
pub(super) fn key_of(world: &World, get: &str, row: &Value) -> Value {
    let method = world.served.catalog.methods.iter().find(|method| method.path == get).unwrap();
    let names =
        method.descriptor.input().fields().map(|field| field.json_name().to_owned()).collect::<Vec<_>>();
    let fields = names.into_iter().filter_map(|name| row.get(&name).map(|value| (name, value.clone())));
    Value::Object(fields.collect())
}

#[test]
fn every_row_is_listed_once_and_got_by_its_key() {
    on_all(async |name, world| {
        for (list, get) in lists(world) {
            let rows = walk(world, &list).await;
            assert!(!rows.is_empty(), "{name}: {list}");
            for row in rows {
                let request = key_of(world, &get, &row);
                let mut got = call(world, &get, &request).await;
                // Children that are told apart by several columns are in a Get alone.
                got.as_object_mut()
                    .unwrap()
                    .retain(|field, value| row.get(field).is_some() || !value.is_array());
                assert_eq!(got, row, "{name}: {get} {request}");
            }
        }
    });
}
