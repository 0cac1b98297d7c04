//! Scenario 9: an HTTP server under load, a new connection for every request.
//!
//! The server is hyper's on tokio, as its guide has it. It answers every request with a small page. The
//! load comes from outside, from an untracked client: 100,000 requests at scale 1.0, at 1,000
//! connections at a time. Then it is told to stop, lets those who are connected finish, and ends.

use std::convert::Infallible;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;

use super::{PAGE, Setting};
use crate::probe::Probe;
use crate::progress;

/// The scenario's entry in the registry.
/// Runs the scenario. What became of it is in the setting.
pub(super) fn run<P: Probe>(probe: &P, setting: &Setting) {
    progress!("  Serving HTTP...");
    let server = setting.server();
    setting.runtime().block_on(async {
        let graceful = GracefulShutdown::new();
        server
            .accept(|stream| {
                probe.round();
                let server = server.clone();
                let answered = server.clone();
                let service = service_fn(move |_: Request<Incoming>| {
                    answered.requests.fetch_add(1, Relaxed);
                    async { Ok::<_, Infallible>(page()) }
                });
                let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                let connection = graceful.watch(connection);
                tokio::spawn(async move {
                    if connection.await.is_err() {
                        server.broken.fetch_add(1, Relaxed);
                    }
                });
            })
            .await;
        graceful.shutdown().await;
    });
    progress!("  Served {} requests", Arc::as_ref(server).requests.load(Relaxed));
}

fn page() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(PAGE.as_bytes())));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}
