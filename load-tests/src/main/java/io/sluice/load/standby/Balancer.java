package io.sluice.load.standby;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

/**
 * Where a standby asks whether its primary lives: all of the primary's nodes behind one address,
 * which can be cut off. Any thread.
 */
final class Balancer implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(1);
  private static final int OK = 200;
  private static final int UNAVAILABLE = 503;

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(LIMIT).build();
  private final List<URI> gateways;
  private final HttpServer server;
  private volatile boolean cut;

  Balancer(List<URI> gateways) throws IOException {
    this.gateways = List.copyOf(gateways);
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** From now on nobody gets an answer, or does again. */
  void cut(boolean off) {
    cut = off;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (!cut) {
        exchange.sendResponseHeaders(isAnyPrimary(exchange.getRequestURI()) ? OK : UNAVAILABLE, -1);
      }
    }
  }

  private boolean isAnyPrimary(URI question) {
    return gateways.stream().anyMatch(gateway -> isPrimary(gateway.resolve(question.getPath())));
  }

  private boolean isPrimary(URI question) {
    try {
      HttpRequest request = HttpRequest.newBuilder(question).timeout(LIMIT).build();
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == OK;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
