package io.sluice.recovery.objective;

import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Posts JSON to an address that an operator gave, and tries again for a while when that fails.
 *
 * <p>An address may hold a secret, so messages name its host alone. Redirects are not followed: an
 * alert goes where it was sent, or nowhere. All posts together have a budget of further attempts,
 * which successes fill again. Any thread; nothing blocks.
 */
final class Webhook {
  static final int RETRIES_MAX = 4;
  private static final int BUDGET_MAX = 40;
  private static final int BUDGET_PER_SUCCESS = 4;

  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
  private static final int OK_MIN = 200;
  private static final int OK_MAX = 299;

  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(CONNECT_LIMIT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();
  private final AtomicInteger budget = new AtomicInteger(BUDGET_MAX);
  private final ScheduledExecutorService timers;
  private final Duration limit;
  private final Duration firstPause;

  /**
   * @param limit of an attempt
   * @param firstPause before the second attempt; each further one is twice as long
   */
  Webhook(ScheduledExecutorService timers, Duration limit, Duration firstPause) {
    this.timers = timers;
    this.limit = limit;
    this.firstPause = firstPause;
  }

  /**
   * An address that can be posted to.
   *
   * @throws IllegalArgumentException when it can't; the message is for people
   */
  static URI address(String text) {
    try {
      URI uri = new URI(text);
      String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
      if (uri.getHost() != null
          && uri.getRawUserInfo() == null
          && (scheme.equals("http") || scheme.equals("https"))) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // said below; the exception would repeat the address
    }
    throw new IllegalArgumentException(
        "An address for alerts is http://HOST… or https://HOST…, without user and password.");
  }

  /** Completes when it was taken; fails with an {@link IOException} for people. */
  Uni<Void> post(URI address, byte[] json) {
    HttpRequest request =
        HttpRequest.newBuilder(address)
            .timeout(limit)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(json))
            .build();
    return Uni.createFrom()
        .completionStage(() -> http.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream()))
        .onFailure()
        .transform(
            failure ->
                new IOException(
                    "%s did not answer: %s"
                        .formatted(address.getHost(), failure.getClass().getSimpleName()),
                    failure))
        .flatMap(answer -> judge(address, answer))
        .onFailure(failure -> budget.getAndUpdate(left -> Math.max(left - 1, 0)) > 0)
        .retry()
        .withBackOff(firstPause, firstPause.multipliedBy(1L << RETRIES_MAX))
        .withExecutor(timers)
        .atMost(RETRIES_MAX)
        .onFailure(failure -> !(failure instanceof IOException))
        .transform(
            failure ->
                failure.getCause() instanceof IOException last
                    ? last
                    : new IOException(address.getHost() + " was given up", failure));
  }

  private Uni<Void> judge(URI address, HttpResponse<InputStream> answer) {
    try {
      answer.body().close(); // what it says beside its status is not read
    } catch (IOException e) {
      // its status came
    }
    int status = answer.statusCode();
    if (status < OK_MIN || status > OK_MAX) {
      return Uni.createFrom()
          .failure(new IOException("%s answered %d".formatted(address.getHost(), status)));
    }
    budget.getAndUpdate(left -> Math.min(left + BUDGET_PER_SUCCESS, BUDGET_MAX));
    return Uni.createFrom().voidItem();
  }
}
