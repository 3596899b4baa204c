package io.sluice.load.standby;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.sluice.load.crash.LoadedStore;
import io.sluice.load.disaster.StoreState;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.S3Response;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Writes one object until that is acknowledged: from then on a cluster is the primary. */
final class Prober {
  static final String BUCKET = "standby-probe";
  private static final double POLL_SECONDS = 0.05;

  private final List<BlockingS3Client> clients;
  private int turn;

  /** What the last write was answered with. */
  private String last = "nothing";

  Prober(List<URI> gateways) {
    HttpClient http = BlockingS3Client.sharedHttp();
    this.clients =
        gateways.stream()
            .map(gateway -> StoreState.client(http, gateway, ServerOptions.credentials()))
            .toList();
  }

  /**
   * Tries once.
   *
   * @return whether it was acknowledged
   */
  boolean write(String key) {
    try {
      S3Response answer =
          clients.get(turn++ % clients.size()).put(BUCKET, key, key.getBytes(US_ASCII));
      last = answer.toString();
      return answer.isSuccess();
    } catch (IOException e) {
      last = e.toString();
      return false;
    }
  }

  /**
   * Tries again and again.
   *
   * @return when it was acknowledged
   * @throws IOException when it was not in time
   */
  Instant writeWithin(String key, Duration limit) throws IOException {
    long end = System.nanoTime() + limit.toNanos();
    while (System.nanoTime() < end) {
      if (write(key)) {
        return Instant.now();
      }
      LoadedStore.pause(POLL_SECONDS);
    }
    throw new IOException(
        "no write was acknowledged within %d s; the last was answered with %s"
            .formatted(limit.toSeconds(), last));
  }
}
