package io.sluice.gateway.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PacedBodyTest {
  private static final PacedBody.Limit LIMIT = new PacedBody.Limit(Duration.ofSeconds(60), 1024);

  private final List<Throwable> failures = new ArrayList<>();
  private @Nullable Handler<Object> tick;
  private @Nullable Handler<Buffer> arrived;

  private final Vertx vertx =
      fake(
          Vertx.class,
          (method, arguments) -> {
            if (method.equals("setPeriodic")) {
              tick = handler(arguments[1]);
              return 1L;
            }
            return true;
          });

  private final HttpServerRequest request =
      fake(
          HttpServerRequest.class,
          (method, arguments) -> {
            if (method.equals("handler")) {
              arrived = handler(arguments[0]);
            }
            return null;
          });

  private final PacedBody body = new PacedBody(vertx, request, LIMIT).start();

  private PacedBody flowing() {
    body.exceptionHandler(failures::add);
    body.handler(buffer -> {});
    return body.resume();
  }

  /** Its burst fills the window, which pauses the body; then it is silent for 20 s of 30. */
  @Test
  void senderOfBursts_farAboveTheRate_isNotLate() {
    flowing();
    for (int burst = 0; burst < 20; burst++) {
      arrive(8 << 20);
      body.pause();
      body.resume();
      tick();
      tick();
      tick();
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void senderThatFallsSilentAfterABurst_isLate() {
    flowing();
    arrive(8 << 20);
    body.pause();
    body.resume();
    for (int i = 0; i < 4; i++) {
      tick();
    }
    assertThat(failures).hasSize(1);
  }

  @Test
  void bodyThatIsPaused_isNeverLate() {
    flowing();
    body.pause();
    for (int i = 0; i < 100; i++) {
      tick();
    }
    assertThat(failures).isEmpty();
  }

  private void arrive(int bytes) {
    if (arrived != null) {
      arrived.handle(Buffer.buffer(new byte[bytes]));
    }
  }

  private void tick() {
    if (tick != null) {
      tick.handle(1L);
    }
  }

  private interface Answer {
    @Nullable Object of(String method, Object[] arguments);
  }

  private static <T> T fake(Class<T> type, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> answer.of(method.getName(), arguments)));
  }

  @SuppressWarnings("unchecked") // what a method got comes without its type
  private static <T> Handler<T> handler(Object argument) {
    return (Handler<T>) argument;
  }
}
