package io.sluice.load.consistency;

import io.sluice.load.consistency.Operation.Kind;
import io.sluice.load.consistency.Operation.Outcome;
import io.sluice.load.content.Digests;
import io.sluice.load.content.SeededContent;
import io.sluice.load.crash.LoadedStore;
import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.ListPage;
import io.sluice.load.s3.S3Response;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;

/**
 * One client of the run: asks its gateway, one request at a time, and writes down what it saw. When
 * its gateway does not answer it tries the next one, and soon its own again: so that somebody waits
 * for an answer of a gateway that was cut off or paused when that goes on.
 */
final class ConsistencyClient implements Runnable {

  private static final double RETRY_SECONDS = 0.05;
  private static final int STEPS_AWAY = 30;
  private static final int INLINE_MAX_BYTES = 200;
  private static final int CHUNKED_MIN_BYTES = 20_000;

  private final int number;
  private final Shared shared;
  private final List<BlockingS3Client> gateways;
  private final Random random;
  private final Map<Key, String> lastEtag = new HashMap<>();
  private final int home;
  private int gateway;

  /** What all clients of a run have in common. */
  record Shared(
      List<Key> keys, History history, Findings findings, long seed, BooleanSupplier stopped) {}

  /** A key of a bucket. */
  record Key(String bucket, String name) {

    /** Its name in the history. */
    @Override
    public String toString() {
      return bucket + '/' + name;
    }
  }

  ConsistencyClient(int number, Shared shared, List<BlockingS3Client> gateways, Random random) {
    this.number = number;
    this.shared = shared;
    this.gateways = gateways;
    this.random = random;
    this.home = number % gateways.size();
    this.gateway = home;
  }

  @Override
  public void run() {
    while (!shared.stopped().getAsBoolean()) {
      Key key = shared.keys().get(random.nextInt(shared.keys().size()));
      if (random.nextInt(STEPS_AWAY) == 0) {
        gateway = home;
      }
      if (!step(key)) {
        gateway = (gateway + 1) % gateways.size();
        LoadedStore.pause(RETRY_SECONDS);
      }
    }
  }

  private boolean step(Key key) {
    int die = random.nextInt(100);
    if (die < 40) {
      return read(key);
    }
    if (die < 60) {
      return write(key, Kind.WRITE);
    }
    if (die < 72) {
      return write(key, Kind.CREATE);
    }
    if (die < 85 && lastEtag.containsKey(key)) {
      return write(key, Kind.SWAP);
    }
    if (die < 94) {
      return delete(key);
    }
    return list(key.bucket());
  }

  /** GetObject; false when there was no answer. */
  boolean read(Key key) {
    long invoked = System.nanoTime();
    S3Response response;
    try {
      response = client().get(key.bucket(), key.name());
    } catch (IOException e) {
      return false;
    }
    long returned = System.nanoTime();
    if (response.status() == 404) {
      if (response.errorCode().orElse("").equals("NoSuchKey")) {
        saw(key, Operation.ABSENT, invoked, returned);
      } else {
        shared.findings().violation(key + ": read was answered with " + response);
      }
      return true;
    }
    if (!response.isSuccess()) {
      return answeredBadly("read", key, response);
    }
    String etag = response.etag();
    if (!etag.equals(Digests.etag(response.body()))) {
      shared.findings().violation(key + ": read bytes that don't have their ETag " + etag);
      return true;
    }
    sawEtag(key, etag, invoked, returned);
    lastEtag.put(key, etag);
    return true;
  }

  /** ListObjectsV2: for each key of the bucket the same as a read of its ETag. */
  private boolean list(String bucket) {
    long invoked = System.nanoTime();
    Map<String, String> etags = new HashMap<>();
    try {
      for (ListPage.Entry entry : client().listAll(bucket, 1000)) {
        if (etags.put(entry.key(), entry.etag()) != null) {
          shared.findings().violation(entry.key() + ": is listed twice");
        }
      }
    } catch (BlockingS3Client.RefusedException e) {
      return answeredBadly("list", bucket, e.response());
    } catch (IOException e) {
      return false;
    }
    long returned = System.nanoTime();
    shared.findings().count("list answered");
    for (Key key : shared.keys()) {
      if (!key.bucket().equals(bucket)) {
        continue;
      }
      String etag = etags.get(key.name());
      if (etag == null) {
        saw(key, Operation.ABSENT, invoked, returned);
      } else {
        sawEtag(key, etag, invoked, returned);
      }
    }
    return true;
  }

  private void sawEtag(Key key, String etag, long invoked, long returned) {
    long value = shared.history().valueOf(etag);
    if (value < 0) {
      shared.findings().violation(key + ": has the ETag " + etag + ", which nobody wrote");
      return;
    }
    saw(key, value, invoked, returned);
  }

  private void saw(Key key, long value, long invoked, long returned) {
    add(key, Kind.READ, value, 0, Outcome.DONE, invoked, returned);
  }

  private boolean write(Key key, Kind kind) {
    long value = shared.history().newValue();
    boolean chunked = random.nextInt(4) == 0;
    int length = 16 + random.nextInt(INLINE_MAX_BYTES) + (chunked ? CHUNKED_MIN_BYTES : 0);
    byte[] body = SeededContent.bytes(shared.seed() * 1_000_003L + value, length);
    String etag = Digests.etag(body);
    shared.history().register(etag, value);
    String known = lastEtag.getOrDefault(key, "");
    long expected = kind == Kind.SWAP ? shared.history().valueOf(known) : Operation.ABSENT;
    Map<String, String> condition =
        switch (kind) {
          case CREATE -> Map.of("If-None-Match", "*");
          case SWAP -> Map.of("If-Match", known);
          default -> Map.of();
        };
    boolean answered =
        change(
            key,
            kind,
            value,
            expected,
            () -> client().put(key.bucket(), key.name(), body, condition));
    if (answered) {
      lastEtag.put(key, etag);
    }
    return answered;
  }

  private boolean delete(Key key) {
    return change(
        key,
        Kind.WRITE,
        Operation.ABSENT,
        Operation.ABSENT,
        () -> client().delete(key.bucket(), key.name()));
  }

  /** A request that may change a key. */
  @FunctionalInterface
  private interface Send {
    S3Response send() throws IOException;
  }

  /** Sends it and records its outcome; false when there was no answer. */
  private boolean change(Key key, Kind kind, long value, long expected, Send send) {
    long invoked = System.nanoTime();
    S3Response response;
    try {
      response = send.send();
    } catch (ConnectException | HttpConnectTimeoutException e) {
      // Nothing was sent.
      return false;
    } catch (IOException e) {
      add(key, kind, value, expected, Outcome.UNKNOWN, invoked, Operation.NEVER);
      return false;
    }
    long returned = System.nanoTime();
    boolean conditional = kind == Kind.CREATE || kind == Kind.SWAP;
    if (response.isSuccess()) {
      add(key, kind, value, expected, Outcome.DONE, invoked, returned);
      return true;
    }
    // If-Match on a key that is not there is 404 in S3.
    if (conditional
        && (response.status() == 412 || (kind == Kind.SWAP && response.status() == 404))) {
      add(key, kind, value, expected, Outcome.REFUSED, invoked, returned);
      return true;
    }
    if (response.status() != 409) {
      // 409: another conditional write was under way, and this one was not done.
      add(key, kind, value, expected, Outcome.UNKNOWN, invoked, Operation.NEVER);
    }
    return answeredBadly("change", key, response);
  }

  private boolean answeredBadly(String operation, Object what, S3Response response) {
    if (response.status() < 500 && response.status() != 409) {
      shared.findings().violation(what + ": " + operation + " was answered with " + response);
    }
    shared.findings().count(operation + " answered " + response);
    return response.status() < 500;
  }

  private void add(
      Key key, Kind kind, long value, long expected, Outcome outcome, long invoked, long returned) {
    shared.findings().count(kind + " " + outcome);
    shared
        .history()
        .add(
            key.toString(),
            new Operation(number, kind, value, expected, outcome, invoked, returned));
  }

  private BlockingS3Client client() {
    return gateways.get(gateway);
  }
}
