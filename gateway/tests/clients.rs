//! What the data service is told of clients.
#![allow(clippy::unwrap_used, reason = "tests")]

mod world;

use std::net::SocketAddr;

use meanwhile_transport::{Client, ClientConfig, Protocol};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tonic::Code;
use world::{GET, World, data_service, full, ok};

/// A data service that tells what each call's `meanwhile-client` was.
async fn told() -> (SocketAddr, UnboundedReceiver<Vec<String>>) {
    let (sender, told) = unbounded_channel();
    let data = data_service(move |request| {
        let values = request.headers().get_all("meanwhile-client").iter();
        sender.send(values.map(|value| value.to_str().unwrap().to_owned()).collect()).unwrap();
        async { ok("") }
    });
    (data.await, told)
}

#[tokio::test]
async fn each_connection_is_a_client_whatever_it_says_itself() {
    let (data, mut told) = told().await;
    let mut world = World::start(data).await;
    let mut clients = Vec::new();
    for _ in 0..2 {
        for forged in ["7", "8"] {
            let mut request = world.request(GET, full(b"x"));
            request.headers_mut().insert("meanwhile-client", forged.parse().unwrap());
            assert_eq!(world.send(request).await.status().code(), Code::Ok);
            clients.push(told.recv().await.unwrap());
        }
        world.client = Client::new(ClientConfig::new(Protocol::H2c));
    }
    assert!(clients.iter().all(|said| said.len() == 1), "{clients:?}");
    assert_eq!((&clients[0], &clients[2]), (&clients[1], &clients[3]));
    assert_ne!(clients[0], clients[2]);
}

#[tokio::test]
async fn where_it_is_not_to_be_fair_nothing_is_told() {
    let (data, mut told) = told().await;
    let world = World::start_with(data, |config| config.fair = false).await;
    let mut request = world.request(GET, full(b"x"));
    request.headers_mut().insert("meanwhile-client", "7".parse().unwrap());
    assert_eq!(world.send(request).await.status().code(), Code::Ok);
    assert_eq!(told.recv().await.unwrap(), Vec::<String>::new());
}
