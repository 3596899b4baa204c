package io.sluice.gateway.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.gateway.admin.AdminFront;
import io.sluice.gateway.call.Exchange;
import io.sluice.gateway.call.WriteRule;
import io.sluice.s3.S3Exception;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Function;
import java.util.function.Supplier;

/** What the server answers beside S3, under {@code /_sluice/}. */
final class OperationsRoutes {
  private static final String PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final Supplier<Readiness> readiness;
  private final WriteRule writes;
  private final Supplier<String> scrape;
  private final AdminFront admin;

  OperationsRoutes(
      Supplier<Readiness> readiness, WriteRule writes, Supplier<String> scrape, AdminFront admin) {
    this.readiness = readiness;
    this.writes = writes;
    this.scrape = scrape;
    this.admin = admin;
  }

  /** The routes for one event loop. */
  Router router(Vertx vertx, Function<HttpServerRequest, Exchange> exchanges) {
    Router router = Router.router(vertx);
    router.get("/_sluice/health/live").handler(context -> answer(context, 200, "up", ""));
    router.get("/_sluice/health/ready").handler(this::ready);
    router.get("/_sluice/health/primary").handler(this::primary);
    router.get("/_sluice/metrics").handler(this::metrics);
    admin.mount(router, context -> exchanges.apply(context.request()));
    for (int status : new int[] {400, 404, 405, 500}) {
      router.errorHandler(status, context -> answer(context, status, "error", reason(status)));
    }
    return router;
  }

  private static String reason(int status) {
    return HttpResponseStatus.valueOf(status).reasonPhrase();
  }

  private void ready(RoutingContext context) {
    Readiness now = readiness.get();
    answer(context, now.ready() ? 200 : 503, now.ready() ? "ready" : "not ready", now.reason());
  }

  /** Whether nobody may take over: a standby asks this of the cluster that it follows. */
  private void primary(RoutingContext context) {
    Readiness now = readiness.get();
    S3Exception refusal = writes.notPrimary();
    if (!now.ready()) {
      answer(context, 503, "not ready", now.reason());
    } else if (refusal != null) {
      answer(context, 503, "no primary", refusal.message());
    } else {
      answer(context, 200, "primary", "");
    }
  }

  private static void answer(RoutingContext context, int status, String state, String reason) {
    JsonObject body = new JsonObject().put("status", state);
    if (!reason.isEmpty()) {
      body.put("reason", reason);
    }
    context
        .response()
        .setStatusCode(status)
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        .end(body.toBuffer());
  }

  /** Writing out all meters takes a while: on a worker. */
  private void metrics(RoutingContext context) {
    context
        .vertx()
        .executeBlocking(scrape::get, false)
        .onComplete(
            text ->
                context.response().putHeader(HttpHeaders.CONTENT_TYPE, PROMETHEUS_TYPE).end(text),
            context::fail);
  }
}
