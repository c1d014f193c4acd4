//! Windows, on both sides.

use super::*;

/// A request's data that was sent, by its frames' lengths.
fn data(session: &mut Session) -> Vec<usize> {
    let frames = sent(session).into_iter().filter(|(kind, ..)| *kind == kind::DATA);
    frames.map(|(_, _, payload)| payload.len()).collect()
}

fn opened(session: &mut Session) -> u32 {
    let Poll::Ready(Ok(number)) = open(session, false) else { panic!("no stream") };
    number
}

fn window_update(stream: u32, more: u32) -> BytesMut {
    let mut said = Said::default();
    frame::put_window_update(&mut said.bytes, stream, more);
    said.bytes
}

#[test]
fn data_goes_on_when_both_windows_allow_it() {
    let mut client = client(&[(setting::INITIAL_WINDOW_SIZE, 20_000)]);
    let number = opened(&mut client);
    client.send_data(number, vec![7; 70_000].into(), true).unwrap();
    assert_eq!(data(&mut client), [16_384, 3_616]);
    hear(&mut client, window_update(1, 60_000)).unwrap();
    assert_eq!(data(&mut client).iter().sum::<usize>(), 65_535 - 20_000);
    hear(&mut client, window_update(0, 10_000)).unwrap();
    assert_eq!(data(&mut client), [70_000 - 65_535]);
}

#[test]
fn a_window_that_shrinks_holds_back_streams_that_are_open() {
    let mut client = client(&[(setting::INITIAL_WINDOW_SIZE, 100)]);
    let number = opened(&mut client);
    client.send_data(number, vec![7; 150].into(), true).unwrap();
    assert_eq!(data(&mut client), [100]);
    hear(&mut client, Said::default().settings(&[(setting::INITIAL_WINDOW_SIZE, 60)]).bytes).unwrap();
    hear(&mut client, window_update(1, 41)).unwrap();
    assert_eq!(data(&mut client), [1]);
}

#[test]
fn streams_share_a_window_that_opens_in_turns() {
    let mut client = client(&[(setting::INITIAL_WINDOW_SIZE, 1 << 20)]);
    let (one, two) = (opened(&mut client), opened(&mut client));
    for number in [one, two] {
        client.send_data(number, vec![7; 100_000].into(), true).unwrap();
    }
    sent(&mut client);
    hear(&mut client, window_update(0, 2 * MAX_PAYLOAD as u32)).unwrap();
    let streams: Vec<_> = sent(&mut client).into_iter().map(|(_, stream, _)| stream).collect();
    assert_eq!(streams, [one, two]);
}

#[test]
fn a_window_that_grows_out_of_range_is_an_error() {
    let mut client = client(&[]);
    opened(&mut client);
    hear(&mut client, window_update(1, MOST)).unwrap();
    assert_eq!(codes(&mut client), [(1, Reason::FLOW_CONTROL_ERROR)]);
    assert!(hear(&mut client, window_update(0, MOST)).is_err());
}

#[test]
fn more_than_the_window_is_an_error() {
    let mut server = server();
    let mut said = Said::default().request(1, 0);
    for _ in 0..7 {
        said = said.frame(kind::DATA, 0, 1, &[7; MAX_PAYLOAD]);
    }
    hear(&mut server, said.bytes).unwrap();
    assert_eq!(codes(&mut server), [(1, Reason::FLOW_CONTROL_ERROR)]);
}

#[test]
fn what_is_taken_may_be_sent_again() {
    let mut server = server();
    let (mut total, mut said) = (0, Said::default().request(1, 0));
    for _ in 0..100 {
        said = said.frame(kind::DATA, 0, 1, &[7; MAX_PAYLOAD]);
        hear(&mut server, said.bytes.split()).unwrap();
        let Poll::Ready(Some(Ok(data))) = server.poll_data(1, &mut cx()) else { panic!("no data") };
        total += data.len();
    }
    assert_eq!(total, 100 * MAX_PAYLOAD);
    let told: u32 = sent(&mut server)
        .into_iter()
        .filter(|(kind, stream, _)| *kind == kind::WINDOW_UPDATE && *stream == 0)
        .filter_map(|(_, _, payload)| frame::number(&payload))
        .sum();
    assert!(total as u32 - told < CONFIG.connection_window);
}

#[test]
fn data_that_nobody_takes_uses_up_no_window_of_others() {
    let (mut server, mut said) = (server(), Said::default());
    for at in 0..100 {
        let number = 1 + 2 * at;
        said = said.request(number, 0).frame(kind::DATA, 0, number, &[7; MAX_PAYLOAD]);
        hear(&mut server, said.bytes.split()).unwrap();
        assert_eq!(accept(&mut server), [number]);
        // Half of it was on its way when the stream ended.
        let_go(&mut server, number);
        said = said.frame(kind::DATA, flag::PADDED, number, &[[200].as_slice(), &[0; 300]].concat());
        hear(&mut server, said.bytes.split()).unwrap();
    }
    assert!(server.streams.is_empty());
}

#[test]
fn a_full_output_holds_data_back_until_it_has_drained() {
    let mut client = client(&[(setting::INITIAL_WINDOW_SIZE, MOST)]);
    hear(&mut client, window_update(0, 1 << 30)).unwrap();
    let number = opened(&mut client);
    client.send_data(number, vec![7; 1_000_000].into(), true).unwrap();
    assert!(client.output.len() < FULL + MAX_PAYLOAD + 100);
    let mut total = 0;
    while !client.output.is_empty() {
        total += data(&mut client).iter().sum::<usize>();
    }
    assert_eq!(total, 1_000_000);
}
