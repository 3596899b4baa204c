package io.sluice.gateway.admin;

import io.sluice.gateway.auth.Authenticated;
import io.sluice.gateway.auth.Authenticator;
import io.sluice.gateway.call.BufferedBody;
import io.sluice.gateway.call.ClientGoneException;
import io.sluice.gateway.call.ErrorMapping;
import io.sluice.gateway.call.Exchange;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.S3Response;
import io.smallrye.mutiny.Uni;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Serves the administration API: JSON, signed like S3 requests, for the root account alone. Only
 * stateless; one serves all event loops.
 */
public final class AdminFront {
  private static final String PREFIX = "/_sluice/admin/v1";
  private static final int BODY_BYTES_MAX = 64 * 1024;

  private final Authenticator authenticator;
  private final List<AdminRoute> routes;

  public AdminFront(Authenticator authenticator, List<AdminRoute> routes) {
    this.authenticator = authenticator;
    this.routes = List.copyOf(routes);
  }

  /**
   * Adds the routes.
   *
   * @param exchanges makes the exchange of a request that is paused
   */
  public void mount(Router router, Function<RoutingContext, Exchange> exchanges) {
    for (AdminRoute route : routes) {
      router
          .route(route.method(), PREFIX + route.path())
          .handler(context -> serve(exchanges.apply(context), context, route));
    }
    AdminRoute.Action absent =
        call -> {
          throw AdminException.notFound("NoSuchCommand", "There is no such command.");
        };
    router
        .route(PREFIX + "/*")
        .handler(
            context ->
                serve(
                    exchanges.apply(context),
                    context,
                    new AdminRoute(context.request().method(), "/*", absent)));
  }

  private void serve(Exchange exchange, RoutingContext context, AdminRoute route) {
    MultiMap query = context.queryParams();
    Map<String, String> path = context.pathParams();
    Uni.createFrom()
        .deferred(
            () ->
                exchange.onContext(
                    authenticator.authenticate(exchange.head(), exchange.receivedAt())))
        .chain(
            authenticated -> {
              if (!authenticated.caller().root()) {
                throw new S3Exception(S3ErrorCode.ACCESS_DENIED);
              }
              return body(exchange, authenticated);
            })
        .chain(
            body ->
                exchange.onContext(
                    route.action().run(new AdminCall(path, query, body, exchange.requestId()))))
        .map(AdminFront::response)
        .onFailure(failure -> !(failure instanceof ClientGoneException))
        .recoverWithItem(failure -> failed(exchange, failure))
        .chain(answer -> exchange.onContext(exchange.send(answer)))
        .subscribe()
        .with(done -> exchange.settleBody(), gone -> exchange.settleBody());
  }

  private static Uni<JsonObject> body(Exchange exchange, Authenticated authenticated) {
    return BufferedBody.decode(
        exchange, authenticated.payload(), null, BODY_BYTES_MAX, AdminFront::parse);
  }

  private static JsonObject parse(byte[] body) {
    try {
      return body.length == 0 ? new JsonObject() : new JsonObject(Buffer.buffer(body));
    } catch (DecodeException e) {
      throw AdminException.invalid("The body is not a JSON object.");
    }
  }

  private static S3Response response(AdminAnswer answer) {
    JsonObject body = answer.body();
    return body == null ? S3Response.of(answer.status()) : json(answer.status(), body);
  }

  private static S3Response failed(Exchange exchange, Throwable failure) {
    int status;
    String code;
    String message;
    if (failure instanceof AdminException known) {
      status = known.status();
      code = known.code();
      message = String.valueOf(known.getMessage());
    } else {
      S3Exception error = ErrorMapping.map(failure, exchange.requestId()).error();
      status = error.code().status();
      code = error.code().wireName();
      message = error.message();
    }
    return json(
        status,
        new JsonObject()
            .put("code", code)
            .put("message", message)
            .put("requestId", exchange.requestId()));
  }

  private static S3Response json(int status, JsonObject body) {
    return new S3Response(
        status,
        Map.of("Content-Type", "application/json"),
        ByteBuffer.wrap(body.toBuffer().getBytes()));
  }
}
