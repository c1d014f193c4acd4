//! Health. The gateway itself is "", whatever the data service does. The catalog's services are as healthy as the data
//! service says they are, which is followed all the time; of a single method it is asked when somebody wants to know.
//! What cannot be asked is not serving.

mod data;

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::{Stream, stream};
use meanwhile_health::{Changes, Current, HealthService, Reports, Status, reports};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tonic::{Request, Response};
use tonic_health::pb::health_server::{Health, HealthServer as Server};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::Contract;
use crate::table::Table;
pub(crate) use data::DataHealth;
use data::Heard;

pub(crate) type HealthServer = Server<GatewayHealth>;

/// The longest request; it holds a name.
const MAX_REQUEST: usize = 16 * 1024;

/// Tasks that follow what the data service says, one a service, until they are dropped.
pub(crate) struct Mirrors {
    table: Arc<Current<Table>>,
    data: DataHealth,
    tasks: HashMap<String, AbortOnDropHandle<()>>,
}

impl Mirrors {
    pub(crate) fn new(table: Arc<Current<Table>>, data: DataHealth) -> Self {
        Self { table, data, tasks: HashMap::new() }
    }

    /// Follows the services of that contract and no others.
    pub(crate) fn follow(&mut self, contract: &Contract) {
        let services = contract.services();
        self.tasks.retain(|service, _| services.contains(service));
        for service in services {
            let mirror = || tokio::spawn(mirror(self.table.clone(), self.data.clone(), service.clone()));
            self.tasks.entry(service.clone()).or_insert_with(|| AbortOnDropHandle::new(mirror()));
        }
    }
}

async fn mirror(table: Arc<Current<Table>>, data: DataHealth, service: String) {
    let mut was_silent = false;
    let tell = |heard: Heard| {
        match &heard {
            Heard::Says(status) => {
                tracing::info!(service, status = status.as_str_name(), "the data service reports");
            }
            Heard::Nothing(reason) if !was_silent => {
                tracing::warn!(service, %reason, "the data service does not report its health");
            }
            Heard::Nothing(_) => {}
        }
        was_silent = matches!(heard, Heard::Nothing(_));
        table.update(|table| table.with_status(&service, heard.status()));
    };
    data.follow(&service, tell).await;
}

/// What is said on the public port, or to probes. They differ at the end only: public watches end when draining begins,
/// so that they do not hold it up, while probes can still ask.
pub(crate) struct GatewayHealth {
    table: Arc<Current<Table>>,
    services: HealthService<Table>,
    data: DataHealth,
    end: CancellationToken,
}

impl GatewayHealth {
    /// Its watches end with `end`, after they have told what changed before.
    pub(crate) fn server(
        table: Arc<Current<Table>>,
        data: DataHealth,
        end: CancellationToken,
    ) -> HealthServer {
        let services = HealthService::new(table.clone(), end.clone());
        Server::new(Self { table, services, data, end }).max_decoding_message_size(MAX_REQUEST)
    }

    fn watch_method(&self, name: String) -> Reports {
        let (sender, receiver) = watch::channel(Status::Unknown);
        let (table, data, end) = (self.table.clone(), self.data.clone(), self.end.clone());
        // Ends with its reader, or with `end`; its reader reads what it said last.
        tokio::spawn(async move {
            tokio::select! {
                () = sender.closed() => {}
                () = follow_method(&table, &data, &name, &sender) => {}
                () = end.cancelled() => drop(sender.send(Status::NotServing)),
            }
        });
        reports(said(receiver))
    }
}

#[tonic::async_trait]
impl Health for GatewayHealth {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, tonic::Status> {
        let name = &request.get_ref().service;
        if !is_method(&self.table.load(), name) {
            return self.services.check(request).await;
        }
        let status = match self.end.is_cancelled() {
            true => Status::NotServing,
            false => self.data.check(name).await.status(),
        };
        Ok(Response::new(HealthCheckResponse { status: status.into() }))
    }

    type WatchStream = Reports;

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Reports>, tonic::Status> {
        // No service has a name with a slash.
        match request.get_ref().service.contains('/') {
            true => Ok(Response::new(self.watch_method(request.into_inner().service))),
            false => self.services.watch(request).await,
        }
    }
}

/// `pkg.Service/Method`, where there is one.
fn is_method(table: &Table, name: &str) -> bool {
    name.contains('/') && table.method(&format!("/{name}")).is_some()
}

/// Tells how a method is, for as long as somebody listens, whether the contract has it or not.
async fn follow_method(
    table: &Current<Table>,
    data: &DataHealth,
    name: &str,
    listener: &watch::Sender<Status>,
) {
    // From before the first look, so that nothing is missed.
    let mut changes = table.changes();
    loop {
        let is_there = is_method(&table.load(), name);
        if !is_there {
            listener.send_replace(Status::ServiceUnknown);
            until(table, name, true, &mut changes).await;
        }
        let tell = |heard: Heard| {
            listener.send_replace(heard.status());
        };
        tokio::select! {
            () = data.follow(name, tell) => {}
            () = until(table, name, false, &mut changes) => {}
        }
    }
}

/// Waits until the contract has that method, or has it no more.
async fn until(table: &Current<Table>, name: &str, is_there: bool, changes: &mut Changes) {
    while is_method(&table.load(), name) != is_there {
        changes.next().await;
    }
}

fn said(receiver: watch::Receiver<Status>) -> impl Stream<Item = Status> + Send {
    stream::unfold(receiver, |mut receiver| async move {
        receiver.changed().await.ok()?;
        let status = *receiver.borrow_and_update();
        Some((status, receiver))
    })
}
