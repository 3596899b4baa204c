package io.sluice.load.rolling;

import io.sluice.load.content.SeededContent;
import io.sluice.load.crash.LoadedStore;
import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.S3Response;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A client as SDKs are: a request that is refused with a 5xx, or not answered, is tried again after
 * a pause that doubles, here at the next gateway, as a balancer would have it. After the last try
 * the request has failed. It writes objects, each under a key of its own, and reads back what it
 * wrote.
 */
final class RetryingClient implements Runnable {
  private static final double FIRST_PAUSE_SECONDS = 0.1;
  private static final double PAUSE_SECONDS_MAX = 2;
  private static final int SMALL_BYTES_MAX = 16_000;
  private static final int LARGE_BYTES_MAX = 400_000;

  private final String bucket;
  private final String name;
  private final List<BlockingS3Client> gateways;
  private final int triesMax;
  private final Attempts attempts;
  private final BooleanSupplier stopped;
  private final Random random;
  private final List<String> own = new ArrayList<>();
  private int gateway;

  /** One try of a request. */
  @FunctionalInterface
  private interface Try {
    S3Response at(BlockingS3Client gateway) throws IOException;
  }

  RetryingClient(
      String bucket,
      String name,
      List<BlockingS3Client> gateways,
      int triesMax,
      Attempts attempts,
      BooleanSupplier stopped,
      Random random) {
    this.bucket = bucket;
    this.name = name;
    this.gateways = gateways;
    this.triesMax = triesMax;
    this.attempts = attempts;
    this.stopped = stopped;
    this.random = random;
  }

  @Override
  public void run() {
    for (int number = 0; !stopped.getAsBoolean(); number++) {
      if (own.isEmpty() || random.nextBoolean()) {
        put(name + "/" + number);
      } else {
        get(own.get(random.nextInt(own.size())));
      }
    }
  }

  private void put(String key) {
    boolean large = random.nextInt(5) == 0;
    int length = 1 + random.nextInt(large ? LARGE_BYTES_MAX : SMALL_BYTES_MAX);
    Attempts.Written content = new Attempts.Written(random.nextLong(), length);
    byte[] body = SeededContent.bytes(content.seed(), length);
    if (request("PUT " + key, at -> at.put(bucket, key, body)) != null) {
      attempts.wrote(key, content);
      own.add(key);
    }
  }

  /** Reads an object, and compares it. */
  void get(String key) {
    Attempts.Written content = Objects.requireNonNull(attempts.written().get(key));
    S3Response got = request("GET " + key, at -> at.get(bucket, key));
    if (got != null
        && !Arrays.equals(got.body(), SeededContent.bytes(content.seed(), content.length()))) {
      attempts.failed("GET " + key + ": not what was written");
    }
  }

  /** Null when it failed. */
  private @Nullable S3Response request(String what, Try attempt) {
    long start = System.nanoTime();
    double pause = FIRST_PAUSE_SECONDS;
    String reason = "";
    for (int tries = 1; tries <= triesMax; tries++) {
      try {
        S3Response response = attempt.at(gateways.get(gateway));
        if (response.isSuccess()) {
          attempts.succeeded(tries, System.nanoTime() - start);
          return response;
        }
        reason = response.toString();
        if (response.status() < 500) {
          break;
        }
      } catch (IOException e) {
        reason = e.getClass().getSimpleName();
      }
      attempts.repeated(reason);
      gateway = (gateway + 1) % gateways.size();
      LoadedStore.pause(pause);
      pause = Math.min(PAUSE_SECONDS_MAX, 2 * pause);
    }
    attempts.failed(what + ": " + reason);
    return null;
  }
}
