package io.sluice.app.hostile;

import static java.util.Objects.requireNonNull;

import io.sluice.app.TestServer;
import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/** The one server that all classes of this package attack: what one leaves behind, others meet. */
final class SharedServer implements BeforeAllCallback {
  private record Running(TestServer server, ExtensionContext context) implements AutoCloseable {
    @Override
    public void close() throws Exception {
      server.afterAll(context);
    }
  }

  private TestServer server;

  @Override
  public void beforeAll(ExtensionContext context) {
    ExtensionContext root = context.getRoot();
    server =
        root.getStore(Namespace.create(SharedServer.class))
            .computeIfAbsent(Running.class, absent -> start(root), Running.class)
            .server();
  }

  private static Running start(ExtensionContext context) {
    TestServer made = new TestServer();
    try {
      made.beforeAll(context);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return new Running(made, context);
  }

  URI endpoint() {
    return server.endpoint();
  }

  RawConnection connect() {
    return RawConnection.open(endpoint());
  }

  /** Sends a request on a connection of its own. */
  RawResponse exchange(S3Request request) {
    try (RawConnection connection = connect()) {
      return connection.exchange(request);
    }
  }

  /** The sum of a gauge over its labels, as the server reports it. */
  double gauge(String name) {
    return gauge(scrape(), name);
  }

  String scrape() {
    return exchange(S3Request.get("/_sluice/metrics").anonymous()).text();
  }

  static double gauge(String metrics, String name) {
    Matcher line =
        Pattern.compile("^" + name + "(?:\\{[^}]*})? (\\S+)$", Pattern.MULTILINE).matcher(metrics);
    double sum = 0;
    boolean found = false;
    while (line.find()) {
      sum += Double.parseDouble(requireNonNull(line.group(1)));
      found = true;
    }
    if (!found) {
      throw new AssertionError("no meter " + name);
    }
    return sum;
  }
}
