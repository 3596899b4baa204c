package io.sluice.load.crash;

import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.S3Response;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One writer of a cycle: it writes to keys of its own and to keys that it shares with the others,
 * until it is told to stop or the server dies. A key whose last write got no answer is left alone
 * until the next check has settled it. A persistent writer goes on at the next gateway where an
 * answer is missing, and reads its own keys at any of them.
 */
final class CrashWriter implements Runnable {

  private static final int PART_BYTES = 5 * 1024 * 1024;
  private static final int INLINE_MAX_BYTES = 16 * 1024;
  private static final int CHUNK_BYTES = 4 * 1024 * 1024;
  private static final int OWN_KEYS = 12;
  private static final int SHARED_KEYS = 6;
  private static final int RACE_KEYS = 20;
  private static final int COPY_KEYS = 4;
  private static final double RETRY_SECONDS = 0.1;

  private final String bucket;
  private final String name;
  private final int cycle;
  private final Model model;
  private final Tally tally;
  private final List<BlockingS3Client> gateways;
  private final boolean persistent;
  private final Random random;
  private final BooleanSupplier stopped;
  private final Set<String> unsettled = new HashSet<>();
  private final Map<String, Content> written = new HashMap<>();
  private BlockingS3Client client;

  /** What the writers of a cycle have in common. */
  record Cycle(
      int number,
      String bucket,
      Model model,
      Tally tally,
      boolean persistent,
      BooleanSupplier stopped) {}

  CrashWriter(Cycle cycle, String name, List<BlockingS3Client> gateways, Random random) {
    this.bucket = cycle.bucket();
    this.cycle = cycle.number();
    this.model = cycle.model();
    this.tally = cycle.tally();
    this.stopped = cycle.stopped();
    this.name = name;
    this.gateways = gateways;
    this.random = random;
    this.persistent = cycle.persistent();
    this.client = gateways.get(random.nextInt(gateways.size()));
  }

  @Override
  public void run() {
    boolean serverThere = true;
    while (serverThere && !stopped.getAsBoolean()) {
      serverThere = step();
      if (!serverThere && persistent) {
        client = gateways.get((gateways.indexOf(client) + 1) % gateways.size());
        LoadedStore.pause(RETRY_SECONDS);
        serverThere = true;
      }
    }
  }

  /** One operation; false when the server did not answer. */
  private boolean step() {
    int die = random.nextInt(100);
    String own = ownKey();
    if (persistent && random.nextInt(4) == 0) {
      return read(own);
    }
    if (die < 40) {
      return put(own, 1 + random.nextInt(INLINE_MAX_BYTES));
    }
    if (die < 58) {
      return put(own, 60_000 + random.nextInt(10_000));
    }
    if (die < 63) {
      return put(name + "/large", CHUNK_BYTES + 1 + random.nextInt(2 * CHUNK_BYTES));
    }
    if (die < 65) {
      return multipart(name + "/multipart");
    }
    if (die < 78) {
      return delete(own);
    }
    if (die < 84) {
      return copy(own, name + "/copy-" + random.nextInt(COPY_KEYS));
    }
    if (die < 93) {
      return put("shared/" + random.nextInt(SHARED_KEYS), 1 + random.nextInt(40_000));
    }
    return create("race-" + cycle + "/" + random.nextInt(RACE_KEYS));
  }

  /** Where keys are left alone, others take their place: there is always something to do. */
  private String ownKey() {
    int number = random.nextInt(OWN_KEYS);
    while (unsettled.contains(name + "/own-" + number)) {
      number += OWN_KEYS;
    }
    return name + "/own-" + number;
  }

  /**
   * Nobody else writes this key, and all that was written was answered: only one answer is right.
   */
  private boolean read(String key) {
    Content content = written.get(key);
    if (content == null) {
      return true;
    }
    BlockingS3Client gateway = gateways.get(random.nextInt(gateways.size()));
    S3Response got;
    try {
      got = gateway.get(bucket, key);
    } catch (IOException e) {
      tally.count("read unanswered");
      return gateway != client;
    }
    if (got.status() >= 500) {
      tally.count("read answered " + got);
    } else if (!got.isSuccess() || !Arrays.equals(got.body(), content.bytes())) {
      tally.violation(
          key + ": read " + got + ", " + got.body().length + " bytes, instead of " + content);
    } else {
      tally.count("read verified");
    }
    return true;
  }

  private boolean put(String key, int length) {
    if (unsettled.contains(key)) {
      return true;
    }
    Content content = model.newContent(length, 0);
    byte[] bytes = content.bytes();
    written.put(key, content);
    KeyHistory.Pending pending = model.key(key).put(content, model.now());
    return decide("put", key, pending, content.etag(bytes), () -> client.put(bucket, key, bytes));
  }

  private boolean create(String key) {
    Content content = model.newContent(1 + random.nextInt(30_000), 0);
    byte[] bytes = content.bytes();
    KeyHistory.Pending pending = model.key(key).create(content, model.now());
    Map<String, String> condition = Map.of("If-None-Match", "*");
    return decide(
        "create",
        key,
        pending,
        content.etag(bytes),
        () -> client.put(bucket, key, bytes, condition));
  }

  /**
   * Only what this writer wrote in this cycle is copied: of that it knows what the copy must hold.
   */
  private boolean copy(String source, String key) {
    Content content = written.get(source);
    if (content == null || unsettled.contains(source) || unsettled.contains(key)) {
      return true;
    }
    KeyHistory.Pending pending = model.key(key).put(content, model.now());
    return decide("copy", key, pending, null, () -> client.copy(bucket, source, key));
  }

  private boolean delete(String key) {
    written.remove(key);
    if (unsettled.contains(key)) {
      return true;
    }
    KeyHistory.Pending pending = model.key(key).delete(model.now());
    return decide("delete", key, pending, null, () -> client.delete(bucket, key));
  }

  private boolean multipart(String key) {
    if (unsettled.contains(key)) {
      return true;
    }
    Content content = model.newContent(PART_BYTES + 1 + random.nextInt(PART_BYTES), PART_BYTES);
    byte[] bytes = content.bytes();
    String uploadId;
    List<String> etags = new ArrayList<>();
    try {
      uploadId = client.createMultipartUpload(bucket, key);
      for (int from = 0; from < bytes.length; from += PART_BYTES) {
        byte[] part = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + PART_BYTES));
        etags.add(client.uploadPart(bucket, key, uploadId, etags.size() + 1, part));
      }
    } catch (BlockingS3Client.RefusedException e) {
      // Parts are invisible before the upload is completed: nothing was written to the key.
      unexpected("multipart", key, e.response());
      return true;
    } catch (IOException e) {
      tally.count("multipart unfinished");
      return false;
    }
    KeyHistory.Pending pending = model.key(key).put(content, model.now());
    return decide(
        "multipart",
        key,
        pending,
        null,
        () -> client.completeMultipartUpload(bucket, key, uploadId, etags));
  }

  /** A request whose answer decides a write. */
  @FunctionalInterface
  private interface Send {
    S3Response send() throws IOException;
  }

  /**
   * Sends, and tells the model what came of it; false when the server did not answer.
   *
   * @param etag what the answer's ETag header must be, where it has one
   */
  private boolean decide(
      String operation, String key, KeyHistory.Pending pending, @Nullable String etag, Send send) {
    S3Response response;
    try {
      response = send.send();
    } catch (ConnectException | HttpConnectTimeoutException e) {
      // Nothing was sent.
      pending.refused(false);
      tally.count(operation + " not sent");
      written.remove(key);
      return false;
    } catch (IOException e) {
      tally.count(operation + " unknown");
      unsettled.add(key);
      return false;
    }
    if (response.isSuccess()) {
      pending.acknowledged(model.now());
      tally.count(operation + " acknowledged");
      if (etag != null && !etag.equals(response.etag())) {
        tally.violation(
            key + ": " + operation + " answered ETag " + response.etag() + ", not " + etag);
      }
    } else if (response.status() == 412 && operation.equals("create")) {
      pending.refused(true);
      tally.count("create lost");
    } else if (response.status() >= 400 && response.status() < 500) {
      pending.refused(false);
      written.remove(key);
      unexpected(operation, key, response);
    } else {
      // 5xx: the server may or may not have done it.
      unsettled.add(key);
      unexpected(operation, key, response);
    }
    return true;
  }

  private void unexpected(String operation, String key, S3Response response) {
    // In a cluster without a majority a server error is an honest answer; it is counted by its
    // code.
    if (response.status() == 503
        || response.status() == 409
        || (persistent && response.status() >= 500)) {
      tally.count(operation + " answered " + response);
    } else {
      tally.violation(key + ": " + operation + " was answered with " + response);
    }
  }
}
