package io.sluice.gateway.http;

import io.sluice.gateway.auth.Authenticated;
import io.sluice.gateway.auth.Authenticator;
import io.sluice.gateway.auth.Authorizer;
import io.sluice.gateway.auth.Caller;
import io.sluice.gateway.bucket.BucketDirectory;
import io.sluice.gateway.call.BucketView;
import io.sluice.gateway.call.ClientGoneException;
import io.sluice.gateway.call.ErrorMapping;
import io.sluice.gateway.call.Exchange;
import io.sluice.gateway.call.OperationHandler;
import io.sluice.gateway.call.OperationHandlers;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.call.WriteRule;
import io.sluice.s3.BodyTreatment;
import io.sluice.s3.ResourceLevel;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.S3Router;
import io.sluice.s3.xml.ErrorDocument;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The way of every S3 request: admit, route, authenticate, find the bucket, authorise, handle,
 * answer, count, log. One serves all event loops; it has no state of its own.
 */
final class S3Dispatcher {
  private static final int STATUS_CLIENT_GONE = 499;

  private final S3Router router;
  private final Authenticator authenticator;
  private final BucketDirectory buckets;
  private final Authorizer authorizer;
  private final OperationHandlers handlers;
  private final WriteRule writes;
  private final Door door;
  private final GatewayMetrics metrics;

  S3Dispatcher(
      S3Router router,
      Authenticator authenticator,
      BucketDirectory buckets,
      Authorizer authorizer,
      OperationHandlers handlers,
      WriteRule writes,
      Door door,
      GatewayMetrics metrics) {
    this.router = router;
    this.authenticator = authenticator;
    this.buckets = buckets;
    this.authorizer = authorizer;
    this.handlers = handlers;
    this.writes = writes;
    this.door = door;
    this.metrics = metrics;
  }

  /** What is known of a request so far, for the log and the metrics. */
  private static final class Progress {
    final Exchange exchange;
    final long startNanos = System.nanoTime();
    @Nullable RoutedRequest route;
    @Nullable Caller caller;

    Progress(Exchange exchange) {
      this.exchange = exchange;
    }
  }

  /** Whether that host stands for a bucket: every path is an object's key there. */
  boolean isBucketHost(@Nullable String host) {
    return router.isBucketHost(host);
  }

  /** Serves a request, whose body is paused. On its event loop. */
  void dispatch(Exchange exchange) {
    Progress progress = new Progress(exchange);
    long bodyBytes = exchange.declaredBytes();
    Door.Verdict verdict = door.tryEnter(bodyBytes);
    if (verdict != Door.Verdict.ADMITTED) {
      metrics.shed(verdict);
      turnAway(progress);
      return;
    }
    Uni.createFrom()
        .deferred(() -> serve(progress))
        .onFailure()
        .recoverWithUni(failure -> exchange.onContext(fail(progress, failure)))
        .subscribe()
        .with(
            done -> {
              door.leave(bodyBytes);
              finish(progress);
            },
            gone -> {
              door.leave(bodyBytes);
              finish(progress);
            });
  }

  /** Tells a client to come back later; nothing was done for it. On its event loop. */
  void turnAway(Exchange exchange) {
    metrics.shed(Door.Verdict.TOO_MANY_CONNECTIONS);
    turnAway(new Progress(exchange));
  }

  private void turnAway(Progress progress) {
    refuse(progress, new S3Exception(S3ErrorCode.SLOW_DOWN));
  }

  /** For a node that serves no S3. */
  void notHere(Exchange exchange, String message) {
    refuse(new Progress(exchange), new S3Exception(S3ErrorCode.SERVICE_UNAVAILABLE, message));
  }

  private void refuse(Progress progress, S3Exception refusal) {
    fail(progress, refusal).subscribe().with(done -> finish(progress), gone -> finish(progress));
  }

  private Uni<Void> serve(Progress progress) {
    Exchange exchange = progress.exchange;
    RoutedRequest route = router.route(exchange.head());
    progress.route = route;
    return exchange
        .onContext(authenticator.authenticate(exchange.head(), exchange.receivedAt()))
        .chain(authenticated -> handle(progress, route, authenticated));
  }

  private Uni<Void> handle(Progress progress, RoutedRequest route, Authenticated authenticated) {
    Exchange exchange = progress.exchange;
    Caller caller = authenticated.caller();
    progress.caller = caller;
    S3Operation operation = route.operation();
    authorizer.authorize(caller, operation, null, exchange.head());
    OperationHandler handler = handlers.of(operation);
    if (handler == null) {
      throw new S3Exception(S3ErrorCode.NOT_IMPLEMENTED).with("Operation", operation.awsName());
    }
    requireWritable(exchange, operation);
    requireLength(exchange, operation);
    if (operation.level() == ResourceLevel.SERVICE || operation == S3Operation.CREATE_BUCKET) {
      return handler.handle(new S3Call(exchange, route, caller, authenticated.payload(), null));
    }
    Uni<BucketView> found = exchange.onContext(buckets.find(route.requireBucket()));
    return found.chain(
        view -> {
          authorizer.authorize(caller, operation, view.bucket(), exchange.head());
          view.requireAllows(operation);
          return handler.handle(new S3Call(exchange, route, caller, authenticated.payload(), view));
        });
  }

  private void requireWritable(Exchange exchange, S3Operation operation) {
    if (!BucketView.isRead(operation)) {
      exchange.withhold(writes::lapsed);
      S3Exception refusal = writes.refusal();
      if (refusal != null) {
        throw refusal;
      }
    }
  }

  /** Object bytes come with their length, or as aws-chunked in HTTP's own chunks. */
  private static void requireLength(Exchange exchange, S3Operation operation) {
    if (operation.body() == BodyTreatment.STREAM
        && exchange.declaredBytes() == 0
        && exchange.head().header("content-length") == null) {
      throw new S3Exception(S3ErrorCode.MISSING_CONTENT_LENGTH);
    }
  }

  private Uni<Void> fail(Progress progress, Throwable failure) {
    Exchange exchange = progress.exchange;
    if (failure instanceof ClientGoneException) {
      return Uni.createFrom().failure(failure);
    }
    ErrorMapping.Mapped mapped = ErrorMapping.map(failure, exchange.requestId());
    exchange.recordError(mapped.error().code());
    if (exchange.response().headWritten()) {
      exchange.abort();
      return Uni.createFrom().failure(failure);
    }
    return exchange.send(errorResponse(progress, mapped));
  }

  private static S3Response errorResponse(Progress progress, ErrorMapping.Mapped mapped) {
    Exchange exchange = progress.exchange;
    S3Exception error = detailed(mapped.error(), progress);
    Map<String, String> headers = new LinkedHashMap<>();
    if (mapped.retryAfter().compareTo(Duration.ZERO) > 0) {
      headers.put("Retry-After", Long.toString(Math.max(1, mapped.retryAfter().toSeconds())));
    }
    if (exchange.isHead() || error.code().status() == 304) {
      return S3Response.of(error.code().status(), headers);
    }
    return S3Response.xml(
        error.code().status(),
        headers,
        ErrorDocument.encode(error, resource(progress), exchange.requestId(), exchange.hostId()));
  }

  /** Adds what AWS tells with some errors and only the request knows. */
  private static S3Exception detailed(S3Exception error, Progress progress) {
    RoutedRequest route = progress.route;
    if (route == null) {
      return error;
    }
    return switch (error.code()) {
      case NO_SUCH_BUCKET, BUCKET_NOT_EMPTY, BUCKET_ALREADY_EXISTS, BUCKET_ALREADY_OWNED_BY_YOU ->
          with(error, "BucketName", route.bucket());
      case NO_SUCH_KEY -> with(error, "Key", route.key());
      case NO_SUCH_UPLOAD -> with(error, "UploadId", route.query().get("uploadId"));
      case PRECONDITION_FAILED ->
          with(
              error,
              "Condition",
              progress.exchange.head().header("if-none-match") == null
                  ? "If-Match"
                  : "If-None-Match");
      default -> error;
    };
  }

  private static S3Exception with(S3Exception error, String field, @Nullable String value) {
    return value == null || error.fields().containsKey(field) ? error : error.with(field, value);
  }

  private static @Nullable String resource(Progress progress) {
    RoutedRequest route = progress.route;
    if (route == null || route.bucket() == null) {
      return route == null ? null : "/";
    }
    return '/' + route.bucket() + (route.key() == null ? "" : '/' + route.key());
  }

  private void finish(Progress progress) {
    Exchange exchange = progress.exchange;
    exchange.settleBody();
    Duration duration = Duration.ofNanos(System.nanoTime() - progress.startNanos);
    RoutedRequest route = progress.route;
    int status =
        exchange.response().headWritten()
            ? exchange.response().getStatusCode()
            : STATUS_CLIENT_GONE;
    metrics.record(
        route == null ? null : route.operation(),
        exchange.error(),
        duration,
        exchange.request().bytesRead(),
        exchange.response().bytesWritten());
    AccessLog.write(exchange, route, progress.caller, status, duration);
  }
}
