package io.sluice.load.disaster;

import io.sluice.load.content.Digests;
import io.sluice.load.content.SeededContent;
import io.sluice.load.crash.LoadedStore;
import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.Credentials;
import io.sluice.load.s3.S3Response;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes what stores are full of: objects inline and in chunks, in one piece and in parts, with
 * metadata, new ones and over others, copies and deletions; under keys that no other writer has.
 */
final class Writer implements Runnable {
  private static final int KEYS = 40;
  private static final int INLINE_BYTES_MAX = 16 << 10;
  private static final int MIDDLE_BYTES = 60_000;
  private static final int CHUNK_BYTES = 4 << 20;
  private static final int PART_BYTES = 5 << 20;
  private static final double RETRY_SECONDS = 0.1;
  private static final int FORBIDDEN = 403;

  /** A slash at the end of one makes a directory of what is an object too. */
  private static final List<String> FOLDERS =
      List.of("", "a b/", "50%+/", "grün/", "deep/er/and/", "object-0/");

  private static final List<String> TYPES =
      List.of("text/plain", "image/jpeg", "application/x-tar", "text/html; charset=utf-8");

  private final String name;
  private final Model model;
  private final List<String> buckets;
  private final Map<String, List<BlockingS3Client>> clients = new TreeMap<>();
  private final int writes;
  private final Random random;
  private final BooleanSupplier stopped;
  private final BiConsumer<String, S3Response> unexpected;
  private int gateway;

  /**
   * A writer for one stretch of load.
   *
   * @param owners of the buckets that it writes to
   * @param writes how many it does, unless it is stopped
   * @param unexpected is told what a healthy server does not answer, and of which object
   */
  Writer(
      String name,
      Model model,
      Map<String, Credentials> owners,
      HttpClient http,
      List<URI> gateways,
      int writes,
      Random random,
      BooleanSupplier stopped,
      BiConsumer<String, S3Response> unexpected) {
    this.name = name;
    this.model = model;
    this.buckets = List.copyOf(owners.keySet());
    owners.forEach(
        (bucket, owner) ->
            clients.put(
                bucket,
                gateways.stream().map(each -> StoreState.client(http, each, owner)).toList()));
    this.writes = writes;
    this.random = random;
    this.stopped = stopped;
    this.unexpected = unexpected;
    this.gateway = random.nextInt(gateways.size());
  }

  @Override
  public void run() {
    for (int i = 0; i < writes && !stopped.getAsBoolean(); i++) {
      String bucket = buckets.get(random.nextInt(buckets.size()));
      write(bucket, key(bucket));
    }
  }

  private String key(String bucket) {
    String folder = FOLDERS.get(random.nextInt(FOLDERS.size()));
    int number = random.nextInt(KEYS / FOLDERS.size());
    String key = name + '/' + folder + "object-" + number;
    while (model.isUnsettled(bucket + '/' + key)) {
      number += KEYS;
      key = name + '/' + folder + "object-" + number;
    }
    return key;
  }

  private void write(String bucket, String key) {
    int die = random.nextInt(100);
    if (die < 40) {
      put(bucket, key, 1 + random.nextInt(INLINE_BYTES_MAX));
    } else if (die < 60) {
      put(bucket, key, MIDDLE_BYTES + random.nextInt(MIDDLE_BYTES));
    } else if (die < 64) {
      put(bucket, key, CHUNK_BYTES + 1 + random.nextInt(CHUNK_BYTES));
    } else if (die < 68) {
      multipart(bucket, key);
    } else if (die < 80) {
      delete(bucket, key);
    } else {
      copy(bucket, key);
    }
  }

  private Map<String, String> newHeaders() {
    Map<String, String> headers = new TreeMap<>();
    headers.put("Content-Type", TYPES.get(random.nextInt(TYPES.size())));
    if (random.nextBoolean()) {
      headers.put("x-amz-meta-writer", name);
      headers.put("x-amz-meta-number", Integer.toString(random.nextInt()));
    }
    return headers;
  }

  private static Written written(byte[] bytes, @Nullable String etag, Map<String, String> headers) {
    Map<String, String> metadata = new TreeMap<>();
    headers.forEach(
        (header, value) -> {
          if (header.startsWith("x-amz-meta-")) {
            metadata.put(header.substring("x-amz-meta-".length()), value);
          }
        });
    return new Written(
        bytes.length,
        ObjectFacts.sha256(bytes),
        etag,
        String.valueOf(headers.get("Content-Type")),
        metadata);
  }

  private void put(String bucket, String key, int length) {
    byte[] bytes = SeededContent.bytes(random.nextLong(), length);
    Map<String, String> headers = newHeaders();
    decide(
        bucket,
        key,
        written(bytes, Digests.etag(bytes), headers),
        client -> client.put(bucket, key, bytes, headers));
  }

  private void multipart(String bucket, String key) {
    int length = PART_BYTES + 1 + random.nextInt(PART_BYTES);
    byte[] bytes = SeededContent.bytes(random.nextLong(), length);
    Map<String, String> headers = newHeaders();
    decide(
        bucket,
        key,
        written(bytes, Digests.multipartEtag(bytes, PART_BYTES), headers),
        client -> {
          String uploadId = client.createMultipartUpload(bucket, key, headers);
          List<String> etags = new ArrayList<>();
          for (int from = 0; from < length; from += PART_BYTES) {
            byte[] part = Arrays.copyOfRange(bytes, from, Math.min(length, from + PART_BYTES));
            etags.add(client.uploadPart(bucket, key, uploadId, etags.size() + 1, part));
          }
          return client.completeMultipartUpload(bucket, key, uploadId, etags);
        });
  }

  private void delete(String bucket, String key) {
    decide(bucket, key, null, client -> client.delete(bucket, key));
  }

  /** Of its own keys only: what they hold is known. Sometimes with other metadata. */
  private void copy(String bucket, String key) {
    String source = key(bucket);
    Written known = model.get(bucket + '/' + source);
    if (known == null || source.equals(key)) {
      put(bucket, key, 1 + random.nextInt(INLINE_BYTES_MAX));
      return;
    }
    Map<String, String> headers = new TreeMap<>();
    Written expected =
        new Written(
            known.length(), known.sha256(), null, known.contentType(), known.userMetadata());
    if (random.nextBoolean()) {
      headers.putAll(newHeaders());
      Written replaced = written(new byte[0], null, headers);
      expected =
          new Written(
              known.length(),
              known.sha256(),
              null,
              replaced.contentType(),
              replaced.userMetadata());
      headers.put("x-amz-metadata-directive", "REPLACE");
    }
    decide(bucket, key, expected, client -> client.copy(bucket, source, bucket, key, headers));
  }

  /** A write. */
  @FunctionalInterface
  private interface Write {
    S3Response at(BlockingS3Client gateway) throws IOException;
  }

  /**
   * Sends it, and remembers what came of it.
   *
   * @param then what will be there; null: nothing
   */
  private void decide(String bucket, String key, @Nullable Written then, Write write) {
    String object = bucket + '/' + key;
    List<BlockingS3Client> gateways =
        Objects.requireNonNull(clients.get(bucket), "a client of each bucket");
    Instant began = Instant.now();
    try {
      S3Response response = write.at(gateways.get(gateway));
      if (response.isSuccess()) {
        model.acknowledged(object, then, began);
        return;
      }
      if (response.status() < 500) {
        unexpected.accept(object, response);
      }
      if (response.status() != FORBIDDEN) { // of that it is said that nothing was done
        model.unanswered(object, then, began);
      }
    } catch (ConnectException nothingWasSent) {
      // The key is as it was.
    } catch (IOException e) {
      model.unanswered(object, then, began);
    }
    gateway = (gateway + 1) % gateways.size();
    LoadedStore.pause(RETRY_SECONDS);
  }
}
