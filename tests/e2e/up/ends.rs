//! How it ends: in order, and not later for a call that does not.

use anyhow::Result;
use meanwhile_testbed::process::Signal;
use tonic::Code;

use super::{BERLIN, DAYLIGHT, GET_CITY, SOMEWHERE};
use crate::stack::BOUND;
use crate::stack::up::{Up, command};

#[test]
fn both_signals_end_it_in_order() -> Result<()> {
    let folder = tempfile::tempdir()?;
    for signal in [Signal::TERM, Signal::INT] {
        let mut up = Up::start(command(folder.path()))?;
        up.process.signal(signal)?;
        assert_eq!(up.process.wait(BOUND)?.code(), Some(0));
    }
    Ok(())
}

/// The contract would let GetDaylight wait for 5 s, a watch of health has no end at all.
#[test]
fn a_call_that_never_ends_does_not_hold_its_end_up() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut command = command(folder.path());
    command.args(["--delay", "1h"]);
    let mut up = Up::start(command)?;
    let client = up.client()?;
    let health = crate::stack::wire::framed(&[]);
    let watch = client.start_sending("grpc.health.v1.Health/Watch", &[], health)?;
    let daylight = client.start(DAYLIGHT, &[], SOMEWHERE)?;
    assert_eq!(client.call(GET_CITY, BERLIN)?.code, Code::Ok);
    up.process.signal(Signal::TERM)?;
    assert_eq!(up.process.wait(BOUND)?.code(), Some(0));
    assert_ne!(client.wait(daylight)?.code, Code::Ok);
    drop(watch);
    Ok(())
}
