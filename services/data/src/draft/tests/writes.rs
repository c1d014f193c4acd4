//! Every method that writes: what was read is deleted, made again, and changed, and reads the same.

use serde_json::{Map, Value, json};

use super::reads::{call, key_of, lists, walk};
use super::*;

/// A table's methods, by the list that they are of.
struct Methods {
    list: String,
    get: String,
    create: String,
    delete: String,
    update: Option<String>,
    /// The field that the request of a create or an update has the row in, in JSON.
    one: String,
}

fn methods(world: &World) -> Vec<Methods> {
    let all = &world.served.catalog.methods;
    let of = |(list, get): (String, String)| {
        let method =
            |verb: &str| all.iter().find(|method| method.path == get.replace("/Get", &format!("/{verb}")));
        let create = method("Create").unwrap();
        Methods {
            create: create.path.clone(),
            one: create.descriptor.input().fields().next().unwrap().json_name().to_owned(),
            delete: method("Delete").unwrap().path.clone(),
            update: method("Update").map(|method| method.path.clone()),
            list,
            get,
        }
    };
    lists(world).into_iter().map(of).collect()
}

/// The fields of a row that a client may say: of its table, and not made up by the database.
fn own(world: &World, create: &str, row: &Value) -> Map<String, Value> {
    let method = world.served.catalog.methods.iter().find(|method| method.path == create).unwrap();
    let pool = method.descriptor.parent_pool();
    let behavior = pool.get_extension_by_name("google.api.field_behavior").unwrap();
    let is_own = |field: &prost_reflect::FieldDescriptor| {
        let options = field.options();
        let behaviors = options.get_extension(&behavior);
        // OUTPUT_ONLY and IDENTIFIER.
        !behaviors.as_list().unwrap().iter().any(|it| matches!(it.as_enum_number(), Some(3 | 8)))
    };
    let fields = method.descriptor.output().fields().filter(is_own).collect::<Vec<_>>();
    let fields =
        fields.iter().filter_map(|field| Some((field.json_name().to_owned(), row.get(field.json_name())?)));
    fields.map(|(name, value)| (name, value.clone())).collect()
}

/// A row that is deleted, where nothing else needs it, is made again.
async fn delete_and_create(world: &World, methods: &Methods, row: &Value) {
    let Methods { get, create, delete, one, .. } = methods;
    let key = key_of(world, get, row);
    match world.served.call_path(delete, &key.to_string()).await {
        Ok(_) => {}
        Err(fault) if fault.reason.as_str() == "FOREIGN_KEY_VIOLATION" => return,
        Err(fault) => panic!("{delete} {key}: {fault:?}"),
    }
    let gone = world.served.call_path(get, &key.to_string()).await.unwrap_err();
    assert_eq!(gone.reason.as_str(), "RESOURCE_NOT_FOUND", "{get} {key}");
    let own_fields = own(world, create, row);
    let made = call(world, create, &json!({ one: own_fields })).await;
    // What was NULL may have a default now.
    let as_before = |row: &Value| own_fields.iter().all(|(name, value)| row.get(name) == Some(value));
    assert!(as_before(&made), "{create} {own_fields:?}: {made}");
    let got = call(world, get, &key_of(world, get, &made)).await;
    assert!(as_before(&got), "{get} {own_fields:?}: {got}");
}

#[test]
fn what_is_deleted_is_gone_and_made_again_it_is_what_it_was() {
    on_all(async |_, world| {
        for methods in methods(world) {
            for row in walk(world, &methods.list).await {
                delete_and_create(world, &methods, &row).await;
            }
        }
    });
}

#[test]
fn what_is_changed_to_what_it_was_is_what_it_was() {
    on_all(async |name, world| {
        for methods in methods(world) {
            let Some(update) = &methods.update else { continue };
            for row in walk(world, &methods.list).await {
                let before = own(world, &methods.create, &row);
                let key = key_of(world, &methods.get, &row);
                let fields = before.keys().filter(|field| key.get(field).is_none());
                for mask in ["", "*"].into_iter().map(str::to_owned).chain(fields.cloned()) {
                    let request = json!({ &methods.one: row, "updateMask": mask });
                    let after = call(world, update, &request).await;
                    assert_eq!(own(world, &methods.create, &after), before, "{name}: {update} {mask}");
                }
            }
        }
    });
}

#[test]
fn an_update_changes_what_its_mask_names_and_nothing_else() {
    on(SCHEMAS[0].1, SCHEMAS[0].2, &[], async |world| {
        let update = async |order: Value, mask: &str| {
            let request = json!({"order": order, "updateMask": mask});
            call(world, "/t.v1.Orders/UpdateOrder", &request).await
        };
        let after = update(json!({"id": 1, "note": "New", "total": "1"}), "note").await;
        assert_eq!((&after["note"], &after["total"]), (&json!("New"), &json!("9.00")));
        assert_eq!(after["status"], "ORDER_STATUS_PAID");
        let after = update(json!({"id": 1}), "note,status").await;
        assert_eq!(after.get("note"), None);
        assert_eq!(after["status"], "ORDER_STATUS_PENDING", "the default");
        let request = json!({"order": {"id": 99, "note": "x"}, "updateMask": "note"});
        let fault =
            world.served.call_path("/t.v1.Orders/UpdateOrder", &request.to_string()).await.unwrap_err();
        assert_eq!(fault.reason.as_str(), "RESOURCE_NOT_FOUND");
    });
}

#[test]
fn a_row_without_what_it_needs_is_not_made() {
    on(SCHEMAS[0].1, SCHEMAS[0].2, &["orders"], async |world| {
        let create = async |order: Value| {
            let request = json!({ "order": order }).to_string();
            world.served.call_path("/t.v1.Orders/CreateOrder", &request).await
        };
        let customer = "6f9619ff-8b86-4011-b42d-00c04fc96401";
        let fault = create(json!({"total": "1"})).await.unwrap_err();
        assert_eq!(
            (fault.reason.as_str(), fault.field.as_deref()),
            ("FIELD_REQUIRED", Some("order.customer_id"))
        );
        let made: Value =
            serde_json::from_str(&create(json!({"customerId": customer, "total": "1"})).await.unwrap())
                .unwrap();
        assert_eq!((&made["id"], &made["status"]), (&json!("4"), &json!("ORDER_STATUS_PENDING")));
        assert!(made["orderedAt"].is_string());
    });
}
