package io.sluice.recovery.objective;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Posts that are taken, refused, sent elsewhere or not answered. */
class WebhookTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final ScheduledExecutorService timers = Executors.newScheduledThreadPool(1);
  private final Queue<String> posts = new ConcurrentLinkedQueue<>();
  private final Queue<Integer> answers = new ConcurrentLinkedQueue<>();
  private HttpServer server;

  @BeforeEach
  void open() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          posts.add(
              exchange.getRequestURI().getPath()
                  + ' '
                  + new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          Integer answer = answers.poll();
          if (answer == null || answer != 0) { // else never
            exchange.getResponseHeaders().add("Location", "/elsewhere");
            exchange.sendResponseHeaders(answer == null ? 204 : answer, -1);
            exchange.close();
          }
        });
    server.setExecutor(Executors.newSingleThreadExecutor());
    server.start();
  }

  @AfterEach
  void close() {
    server.stop(0);
    timers.shutdownNow();
  }

  private URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/secret");
  }

  private Webhook webhook(Duration limit) {
    return new Webhook(timers, limit, Duration.ofMillis(5));
  }

  private void post(Webhook webhook) {
    webhook.post(address(), "{}".getBytes(UTF_8)).await().atMost(LIMIT);
  }

  @Test
  void post_isTriedAgain_untilItIsTaken() {
    answers.add(500);
    answers.add(429);
    post(webhook(LIMIT));
    assertThat(posts).containsExactly("/secret {}", "/secret {}", "/secret {}");
  }

  @Test
  void post_thatIsNeverTaken_isGivenUp_andNamesTheHostAlone() {
    for (int i = 0; i < 10; i++) {
      answers.add(503);
    }
    assertThatThrownBy(() -> post(webhook(LIMIT)))
        .hasRootCauseInstanceOf(IOException.class)
        .hasMessageContaining("127.0.0.1 answered 503")
        .hasMessageNotContaining("secret");
    assertThat(posts).hasSize(1 + Webhook.RETRIES_MAX);
  }

  @Test
  void post_redirected_goesNowhereElse() {
    for (int i = 0; i < 10; i++) {
      answers.add(307);
    }
    assertThatThrownBy(() -> post(webhook(LIMIT))).hasMessageContaining("answered 307");
    assertThat(posts).containsOnly("/secret {}");
  }

  @Test
  void post_withoutAnAnswer_endsAtItsLimit() {
    answers.add(0);
    post(webhook(Duration.ofMillis(500)));
    assertThat(posts).hasSizeGreaterThanOrEqualTo(2);
  }

  /** Many alerts to an address that is down are not many times as many posts. */
  @Test
  void post_manyThatFail_haveOneBudget() {
    Webhook webhook = webhook(LIMIT);
    int alerts = 30;
    for (int i = 0; i < alerts * 10; i++) {
      answers.add(503);
    }
    for (int i = 0; i < alerts; i++) {
      assertThatThrownBy(() -> post(webhook)).hasMessageContaining("503");
    }
    assertThat(posts).hasSizeBetween(alerts + 1, alerts + 40);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file:///etc/passwd",
        "ftp://host/",
        "host",
        "http:///path",
        "https://user:hunter2@host/",
        "http://a b/"
      })
  void address_thatIsNone_isRefused_andNotRepeated(String address) {
    assertThatThrownBy(() -> Webhook.address(address))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("hunter2");
  }
}
