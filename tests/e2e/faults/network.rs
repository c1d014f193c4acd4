//! A network that stops forwarding: nothing is closed, nothing arrives.

use anyhow::Result;
use tonic::Code;

use super::ledger::{GET, Load, assert_whole, ledger};
use crate::stack::{Database, Stack, network::Network};

const POOL: u16 = 4;

#[test]
fn a_network_that_stops_forwarding_loses_nothing_and_is_recovered_from() -> Result<()> {
    let ledger = ledger()?;
    let Some(database) = Database::postgres_for(ledger.path())? else { return Ok(()) };
    let Database::Postgres(server) = &database else { return Ok(()) };
    let network = Network::to(server.server_port()?)?;
    let url = format!("postgres://meanwhile@127.0.0.1:{}/{}", network.port(), server.name());
    let stack = Stack::over(database).catalog(ledger.path()).through(&url).pool(POOL).start()?;
    let client = stack.client()?;
    let books = Load::on(&stack, 6).patience("1S").during(|load| {
        load.wait_for_rounds()?;
        network.stop();
        load.wait_for_failed_write(|| {})?;
        load.wait_for_failed_read(|| {})?;
        // Also what is begun while it is away ends, each call by its deadline.
        load.wait_for_rounds()?;
        network.go_on();
        let answer = client.call(GET, r#"{"id": 0}"#)?;
        assert_eq!(answer.code, Code::NotFound, "{answer:?}");
        load.wait_for_rounds()
    })?;
    books.assert_true_of(&stack)?;
    assert_whole(&stack, POOL)
}
