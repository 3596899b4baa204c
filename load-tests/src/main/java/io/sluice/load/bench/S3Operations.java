package io.sluice.load.bench;

import java.util.Random;

/** The benchmark's operations on one bucket whose objects are numbered. */
final class S3Operations {

  private final SigningClient client;
  private final String bucketPath;
  private final Payload payload;
  private final long size;
  private final Random random = new Random(11);

  S3Operations(SigningClient client, String bucket, Payload payload, long size) {
    this.client = client;
    this.bucketPath = '/' + bucket;
    this.payload = payload;
    this.size = size;
  }

  /** Object numbers go round below {@code objects}. */
  LoadRun.Operation put(long objects) {
    return (worker, sequence) -> client.put(path(sequence % objects), payload, size);
  }

  /** Every operation makes a new object, from number {@code first} on. */
  LoadRun.Operation putNew(long first) {
    return (worker, sequence) -> client.put(path(first + sequence), payload, size);
  }

  LoadRun.Operation get(long objects) {
    return (worker, sequence) -> client.get(path(sequence % objects), "", size);
  }

  LoadRun.Operation head(long objects) {
    return (worker, sequence) -> client.head(path(sequence % objects));
  }

  LoadRun.Operation delete(long objects) {
    return (worker, sequence) -> client.delete(path(sequence % objects));
  }

  /**
   * Pages of {@code pageSize} keys that start at random places, so that no page is served twice in
   * a row.
   */
  LoadRun.Operation list(long objects, int pageSize) {
    return (worker, sequence) -> {
      long after = (long) (random.nextDouble() * Math.max(1, objects - pageSize));
      String query = "list-type=2&max-keys=" + pageSize + "&start-after=" + key(after);
      return client.get(bucketPath, query, -1);
    };
  }

  /** Of 20: 11 GET, 6 PUT, 2 HEAD, 1 page of 100 keys. */
  LoadRun.Operation mixed(long objects) {
    LoadRun.Operation list = list(objects, 100);
    return (worker, sequence) -> {
      String path = path((long) (random.nextDouble() * objects));
      int die = random.nextInt(20);
      if (die < 11) {
        return client.get(path, "", size);
      }
      if (die < 17) {
        return client.put(path, payload, size);
      }
      return die < 19 ? client.head(path) : list.start(worker, sequence);
    };
  }

  private String path(long number) {
    return bucketPath + '/' + key(number);
  }

  /**
   * Of fixed width, so that the order of the keys is the order of the numbers; nothing in it needs
   * encoding.
   */
  static String key(long number) {
    String digits = Long.toString(number);
    return "bench-" + "0".repeat(Math.max(0, 10 - digits.length())) + digits;
  }
}
