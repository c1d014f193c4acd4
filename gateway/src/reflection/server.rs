//! The gRPC service around reflection's answers.

use std::collections::HashSet;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use http::uri::PathAndQuery;
use http::{Request, Response, Uri};
use meanwhile_health::Current;
use meanwhile_transport::RequestBody;
use prost_reflect::FileDescriptor;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, Streaming};
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::server_reflection_server::{ServerReflection, ServerReflectionServer};
use tonic_reflection::pb::v1::{
    ErrorResponse, ExtensionNumberResponse, FileDescriptorResponse, ListServiceResponse,
    ServerReflectionRequest, ServerReflectionResponse, ServiceResponse,
};
use tower::Service;

use super::answers::{Descriptors, with_dependencies};
use crate::table::Table;

/// The longest a reflection stream may be silent.
const IDLE: Duration = Duration::from_secs(60);

/// The longest request; it holds a name.
const MAX_REQUEST: usize = 16 * 1024;

const V1: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const V1ALPHA: &str = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

/// Both versions of the service. Their messages have the same fields by the same numbers, so v1alpha is v1 under
/// another name.
#[derive(Debug, Clone)]
pub(crate) struct ReflectionServer(ServerReflectionServer<Reflection>);

impl ReflectionServer {
    /// Its streams end on `shutdown`, so that they do not hold up draining.
    pub(crate) fn new(table: Arc<Current<Table>>, shutdown: CancellationToken) -> Self {
        let reflection = Reflection { table, shutdown };
        Self(ServerReflectionServer::new(reflection).max_decoding_message_size(MAX_REQUEST))
    }

    pub(crate) fn serves(&self, path: &str) -> bool {
        [V1, V1ALPHA].contains(&path)
    }

    pub(crate) fn call(
        &mut self,
        mut request: Request<RequestBody>,
    ) -> impl Future<Output = Result<Response<tonic::body::Body>, Infallible>> + Send + 'static {
        let mut uri = std::mem::take(request.uri_mut()).into_parts();
        uri.path_and_query = Some(PathAndQuery::from_static(V1));
        // It has all the parts it had before; and were it refused, "/" is a method that does not exist.
        *request.uri_mut() = Uri::from_parts(uri).unwrap_or_default();
        self.0.call(request)
    }
}

#[derive(Debug)]
pub(crate) struct Reflection {
    table: Arc<Current<Table>>,
    shutdown: CancellationToken,
}

#[tonic::async_trait]
impl ServerReflection for Reflection {
    type ServerReflectionInfoStream =
        Pin<Box<dyn Stream<Item = Result<ServerReflectionResponse, Status>> + Send>>;

    async fn server_reflection_info(
        &self,
        request: tonic::Request<Streaming<ServerReflectionRequest>>,
    ) -> Result<tonic::Response<Self::ServerReflectionInfoStream>, Status> {
        let conversation = Conversation {
            descriptors: self.table.load().descriptors().clone(),
            sent: HashSet::new(),
            asked: request.into_inner(),
        };
        let answers = stream::try_unfold(conversation, |mut conversation| async move {
            let answer = conversation.next().await?;
            Ok(answer.map(|answer| (answer, conversation)))
        });
        let shutdown = self.shutdown.clone().cancelled_owned();
        Ok(tonic::Response::new(Box::pin(answers.take_until(shutdown))))
    }
}

/// One client's stream. It speaks of the contract that it began with: its client links files of one.
struct Conversation {
    descriptors: Arc<Descriptors>,
    /// The files the client has by now.
    sent: HashSet<String>,
    asked: Streaming<ServerReflectionRequest>,
}

impl Conversation {
    async fn next(&mut self) -> Result<Option<ServerReflectionResponse>, Status> {
        let asked = timeout(IDLE, self.asked.message()).await;
        let asked = asked.map_err(|_| Status::deadline_exceeded("the reflection stream was idle"))?;
        Ok(asked?.map(|request| ServerReflectionResponse {
            valid_host: request.host.clone(),
            message_response: Some(self.answer(request.message_request.as_ref())),
            original_request: Some(request),
        }))
    }

    fn answer(&mut self, request: Option<&MessageRequest>) -> MessageResponse {
        let descriptors = &self.descriptors;
        match request {
            Some(MessageRequest::ListServices(_)) => list(descriptors.services()),
            Some(MessageRequest::FileByFilename(name)) => self.file(descriptors.file(name), name),
            Some(MessageRequest::FileContainingSymbol(symbol)) => {
                self.file(descriptors.file_of_symbol(symbol), symbol)
            }
            Some(MessageRequest::FileContainingExtension(extension)) => {
                let (message, number) = (&extension.containing_type, extension.extension_number);
                self.file(descriptors.file_of_extension(message, number), &format!("{message} {number}"))
            }
            Some(MessageRequest::AllExtensionNumbersOfType(message)) => {
                match descriptors.extension_numbers(message) {
                    Some(extension_number) => {
                        let base_type_name = message.clone();
                        MessageResponse::AllExtensionNumbersResponse(ExtensionNumberResponse {
                            base_type_name,
                            extension_number,
                        })
                    }
                    None => not_found(message),
                }
            }
            None => error(Code::InvalidArgument, "the request asks for nothing".to_owned()),
        }
    }

    fn file(&mut self, file: Option<FileDescriptor>, name: &str) -> MessageResponse {
        match file {
            Some(file) => MessageResponse::FileDescriptorResponse(FileDescriptorResponse {
                file_descriptor_proto: with_dependencies(file, &mut self.sent),
            }),
            None => not_found(name),
        }
    }
}

fn list(services: &[String]) -> MessageResponse {
    let service = services.iter().map(|name| ServiceResponse { name: name.clone() }).collect();
    MessageResponse::ListServicesResponse(ListServiceResponse { service })
}

fn not_found(name: &str) -> MessageResponse {
    error(Code::NotFound, format!("not found: {name}"))
}

/// An error of one question; the stream goes on.
fn error(code: Code, message: String) -> MessageResponse {
    MessageResponse::ErrorResponse(ErrorResponse { error_code: code as i32, error_message: message })
}
