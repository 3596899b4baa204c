package io.sluice.gateway.http;

import io.sluice.gateway.auth.Caller;
import io.sluice.gateway.call.Exchange;
import io.sluice.s3.RoutedRequest;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * One line for each request, as key-value pairs. Neither keys of objects nor the query are written:
 * the one may be confidential, the other may hold a signature that is still good.
 */
final class AccessLog {
  private static final Logger LOG = LoggerFactory.getLogger("io.sluice.access");

  private AccessLog() {}

  static void write(
      Exchange exchange,
      @Nullable RoutedRequest route,
      @Nullable Caller caller,
      int status,
      Duration duration) {
    if (!LOG.isInfoEnabled()) {
      return;
    }
    HttpServerRequest request = exchange.request();
    LoggingEventBuilder line =
        LOG.atInfo()
            .addKeyValue("requestId", exchange.requestId())
            .addKeyValue("method", exchange.head().method())
            .addKeyValue("operation", route == null ? "-" : route.operation().awsName());
    if (route != null && route.bucket() != null) {
      line = line.addKeyValue("bucket", printable(route.bucket()));
    }
    if (route != null && route.key() != null) {
      line = line.addKeyValue("keyLength", route.key().length());
    }
    if (caller != null && !caller.isAnonymous()) {
      line = line.addKeyValue("account", caller.accountId());
    }
    if (exchange.error() != null) {
      line = line.addKeyValue("error", exchange.error().wireName());
    }
    SocketAddress remote = request.remoteAddress();
    line.addKeyValue("status", status)
        .addKeyValue("bytesIn", request.bytesRead())
        .addKeyValue("bytesOut", request.response().bytesWritten())
        .addKeyValue("micros", duration.toNanos() / 1_000)
        .addKeyValue("remote", remote == null ? "-" : remote.toString())
        .log("request");
  }

  /** A bucket in the path may be any text at all; a log line must stay one line. */
  private static String printable(String bucket) {
    StringBuilder out = new StringBuilder(Math.min(bucket.length(), 64));
    for (int i = 0; i < bucket.length() && i < 64; i++) {
      char c = bucket.charAt(i);
      out.append(c > ' ' && c < 0x7f ? c : '?');
    }
    return out.toString();
  }
}
