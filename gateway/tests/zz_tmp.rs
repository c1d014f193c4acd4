mod world;
use meanwhile_gateway::Contract;
#[tokio::test]
async fn tmp() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogs/cityscape");
    let catalog = meanwhile_catalog::Catalog::load(&root).unwrap();
    let data = world::data_service(|r| async move { println!("{:?}", r.headers()); world::ok(bytes::Bytes::from_static(&[0,0,0,0,0])) }).await;
    let w = world::World::start_with(data, |c| c.contract = Contract::from(&catalog)).await;
    std::fs::write("/tmp/gw_ports", format!("{} {}", w.public, w.admin)).unwrap();
    while std::fs::metadata("/tmp/gw_ports").is_ok() { tokio::time::sleep(std::time::Duration::from_millis(200)).await; }
}
