//! Reflection: the whole contract, and none of our options.
#![allow(clippy::unwrap_used, reason = "tests")]

mod world;

use futures_util::StreamExt;
use meanwhile_transport::{Client, ClientConfig, Protocol};
use prost::Message;
use prost_reflect::{DescriptorPool, FileDescriptor, MethodDescriptor};
use prost_types::FileDescriptorProto;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ExtensionRequest, ServerReflectionRequest};
use tonic_reflection::pb::v1alpha;
use world::{World, nowhere, within_reason};

const CITIES: &str = "test/v1/cities.proto";

/// Asks on one stream, in order.
async fn ask<const COUNT: usize>(questions: [MessageRequest; COUNT]) -> [MessageResponse; COUNT] {
    let world = World::start(nowhere().await).await;
    let client = Client::new(ClientConfig::new(Protocol::H2c));
    let send = tower::service_fn(move |request| {
        let client = client.clone();
        async move { client.send(request).await }
    });
    let mut client =
        ServerReflectionClient::with_origin(send, format!("http://{}", world.public).parse().unwrap());
    let questions = questions
        .map(|question| ServerReflectionRequest { host: "here".to_owned(), message_request: Some(question) });
    let answers = client.server_reflection_info(futures_util::stream::iter(questions)).await.unwrap();
    let answers: Vec<MessageResponse> =
        within_reason(answers.into_inner().map(|answer| answer.unwrap().message_response.unwrap()).collect())
            .await;
    answers.try_into().unwrap()
}

fn symbol(name: &str) -> MessageRequest {
    MessageRequest::FileContainingSymbol(name.to_owned())
}

fn file(name: &str) -> MessageRequest {
    MessageRequest::FileByFilename(name.to_owned())
}

fn extension(containing_type: &str, extension_number: i32) -> MessageRequest {
    let containing_type = containing_type.to_owned();
    MessageRequest::FileContainingExtension(ExtensionRequest { containing_type, extension_number })
}

fn files(answer: &MessageResponse) -> Vec<Vec<u8>> {
    match answer {
        MessageResponse::FileDescriptorResponse(files) => files.file_descriptor_proto.clone(),
        other => panic!("no files but {other:?}"),
    }
}

fn names(answer: &MessageResponse) -> Vec<String> {
    let name = |bytes: &Vec<u8>| FileDescriptorProto::decode(bytes.as_slice()).unwrap().name.unwrap();
    files(answer).iter().map(name).collect()
}

/// The pool a client makes of an answer; the dependencies come last, so it is filled from there.
fn linked(answer: &MessageResponse) -> DescriptorPool {
    let mut set = DescriptorPool::new().encode_to_vec();
    for file in files(answer) {
        prost::encoding::bytes::encode(1, &file, &mut set);
    }
    DescriptorPool::decode(set.as_slice()).unwrap()
}

fn get_city(pool: &DescriptorPool) -> MethodDescriptor {
    let service = pool.get_service_by_name("test.v1.Cities").unwrap();
    service.methods().find(|method| method.name() == "GetCity").unwrap()
}

fn not_found(answer: &MessageResponse) -> bool {
    matches!(answer, MessageResponse::ErrorResponse(error) if error.error_code == 5)
}

#[tokio::test]
async fn every_service_is_listed() {
    let [answer] = ask([MessageRequest::ListServices(String::new())]).await;
    let MessageResponse::ListServicesResponse(list) = answer else { panic!("{answer:?}") };
    let names: Vec<String> = list.service.into_iter().map(|service| service.name).collect();
    let expected = [
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
        "test.v1.Cities",
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn our_options_are_nowhere_and_what_is_left_links() {
    let [answer] = ask([symbol("test.v1.Cities")]).await;
    for bytes in files(&answer) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains("meanwhile") && !text.contains("A secret of ours"), "{text}");
    }
    assert_eq!(names(&answer)[0], CITIES);
    let options = get_city(&linked(&answer)).options();
    assert_eq!(options.unknown_fields().count(), 0, "{options:?}");
}

#[tokio::test]
async fn everybody_elses_options_and_comments_are_kept() {
    let [answer] = ask([symbol("test.v1.Cities")]).await;
    let pool = linked(&answer);
    let options = get_city(&pool).options();
    let http = pool.get_extension_by_name("google.api.http").unwrap();
    let rule = options.get_extension(&http);
    let route = rule.as_message().unwrap().get_field_by_name("get").unwrap().into_owned();
    assert_eq!(route.as_str(), Some("/v1/cities/{id}"));
    assert_eq!(options.get_field_by_name("idempotency_level").unwrap().as_enum_number(), Some(1));

    let behavior = pool.get_extension_by_name("google.api.field_behavior").unwrap();
    let id = pool.get_message_by_name("test.v1.GetCityRequest").unwrap().get_field_by_name("id").unwrap();
    assert!(id.options().has_extension(&behavior));
    assert!(String::from_utf8_lossy(&files(&answer)[0]).contains("One city."));
}

#[tokio::test]
async fn public_imports_behind_ours_move_up() {
    let [answer] = ask([file(CITIES)]).await;
    let pool = linked(&answer);
    let cities: FileDescriptor = pool.get_file_by_name(CITIES).unwrap();
    let public: Vec<_> = cities.public_dependencies().map(|file| file.name().to_owned()).collect();
    assert_eq!(public, ["test/v1/city.proto", "google/protobuf/duration.proto"]);
}

#[tokio::test]
async fn whatever_has_a_name_is_found() {
    let symbols = [
        "test.v1.Cities",
        "test.v1.Cities.GetCity",
        "test.v1.GetCityRequest",
        "test.v1.GetCityRequest.id",
        "test.v1.GetCityRequest.more",
        "test.v1.GetCityRequest.Detail",
        "test.v1.GetCityRequest.Detail.age",
        "test.v1.GetCityRequest.Detail.Level",
        "test.v1.GetCityRequest.Detail.LEVEL_HIGH",
        "test.v1.GetCityRequest.Detail.Level.LEVEL_HIGH",
        ".test.v1.GetCityRequest",
    ];
    let answers = ask(symbols.map(symbol)).await;
    for (answer, symbol) in answers.iter().zip(symbols) {
        assert_eq!(names(answer)[0], CITIES, "{symbol}");
    }
    let [city, health, http] =
        ask([symbol("test.v1.City.name"), symbol("grpc.health.v1.Health"), symbol("google.api.http")]).await;
    assert_eq!(names(&city), ["test/v1/city.proto"]);
    assert!(names(&health)[0].ends_with("health.proto"));
    assert_eq!(names(&http)[0], "google/api/annotations.proto");
}

#[tokio::test]
async fn what_is_not_there_is_an_error_and_the_stream_goes_on() {
    let [a, b, c, d, e, f] = ask([
        symbol("test.v1.Nope"),
        file("meanwhile/v1/options.proto"),
        symbol("meanwhile.v1.timeout"),
        extension("google.protobuf.MethodOptions", 74_001),
        MessageRequest::AllExtensionNumbersOfType("test.v1.Nope".to_owned()),
        symbol("test.v1.City"),
    ])
    .await;
    assert!([a, b, c, d, e].iter().all(not_found));
    assert_eq!(names(&f), ["test/v1/city.proto"]);
}

#[tokio::test]
async fn extensions_are_found_by_number_and_ours_are_not_among_them() {
    const HTTP: i32 = 72_295_728;
    let methods = "google.protobuf.MethodOptions";
    let [found, all] =
        ask([extension(methods, HTTP), MessageRequest::AllExtensionNumbersOfType(methods.to_owned())]).await;
    assert_eq!(names(&found)[0], "google/api/annotations.proto");
    let MessageResponse::AllExtensionNumbersResponse(all) = all else { panic!("{all:?}") };
    assert_eq!((all.base_type_name.as_str(), all.extension_number.as_slice()), (methods, [HTTP].as_slice()));
}

#[tokio::test]
async fn dependencies_are_sent_once_a_stream() {
    let [first, second] = ask([symbol("test.v1.Cities"), symbol("test.v1.Cities")]).await;
    let mut sent = names(&first);
    sent.sort();
    assert_eq!(
        sent,
        [
            "google/api/annotations.proto",
            "google/api/field_behavior.proto",
            "google/api/http.proto",
            "google/protobuf/descriptor.proto",
            "google/protobuf/duration.proto",
            CITIES,
            "test/v1/city.proto",
        ]
    );
    assert_eq!(names(&second), [CITIES]);
}

#[tokio::test]
async fn v1alpha_answers_as_v1_does() {
    let world = World::start(nowhere().await).await;
    let client = Client::new(ClientConfig::new(Protocol::H2c));
    let send = tower::service_fn(move |request| {
        let client = client.clone();
        async move { client.send(request).await }
    });
    let origin = format!("http://{}", world.public).parse().unwrap();
    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::with_origin(send, origin);
    let question = v1alpha::ServerReflectionRequest {
        host: "here".to_owned(),
        message_request: Some(v1alpha::server_reflection_request::MessageRequest::FileContainingSymbol(
            "test.v1.City".to_owned(),
        )),
    };
    let mut answers = client
        .server_reflection_info(futures_util::stream::iter([question.clone()]))
        .await
        .unwrap()
        .into_inner();
    let answer = within_reason(answers.message()).await.unwrap().unwrap();
    assert_eq!((answer.valid_host.as_str(), answer.original_request), ("here", Some(question)));
    let Some(v1alpha::server_reflection_response::MessageResponse::FileDescriptorResponse(files)) =
        answer.message_response
    else {
        panic!("no files")
    };
    assert_eq!(files.file_descriptor_proto.len(), 1);
}
