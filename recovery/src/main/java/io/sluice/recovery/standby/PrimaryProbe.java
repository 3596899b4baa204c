package io.sluice.recovery.standby;

import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import javax.net.ssl.SSLException;

/**
 * Asks a primary whether it takes writes. Whatever answers lives, unless it says itself that it
 * takes none; so does what speaks TLS that is not trusted here. Any thread; nothing blocks.
 */
public final class PrimaryProbe {
  private static final Duration LIMIT = Duration.ofSeconds(3);
  private static final String QUESTION = "/_sluice/health/primary";
  private static final int UNAVAILABLE = 503;

  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(LIMIT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /**
   * The address of a primary.
   *
   * @throws IllegalArgumentException when nothing can be asked there; the message is for people
   */
  public static URI address(String url) {
    try {
      URI uri = URI.create(url);
      String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
      if (uri.getHost() != null
          && uri.getRawUserInfo() == null
          && (scheme.equals("http") || scheme.equals("https"))) {
        return uri.resolve(QUESTION);
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw new IllegalArgumentException(
        "The URL of a primary is http://HOST:PORT or https://HOST:PORT.");
  }

  /** Whether it takes writes, as far as can be told. Does not fail. */
  public Uni<Boolean> isAlive(String url) {
    HttpRequest request = HttpRequest.newBuilder(address(url)).timeout(LIMIT).GET().build();
    return Uni.createFrom()
        .completionStage(() -> http.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream()))
        .map(PrimaryProbe::livesBy)
        .onFailure()
        .recoverWithItem(PrimaryProbe::livesBy);
  }

  private static boolean livesBy(HttpResponse<InputStream> answer) {
    try {
      answer.body().close();
    } catch (IOException e) {
      // its status came
    }
    return answer.statusCode() != UNAVAILABLE;
  }

  private static boolean livesBy(Throwable failure) {
    return failure instanceof SSLException || failure.getCause() instanceof SSLException;
  }
}
