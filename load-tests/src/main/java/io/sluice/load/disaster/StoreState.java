package io.sluice.load.disaster;

import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.Credentials;
import io.sluice.load.s3.ListPage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a store held at a moment: every object of every bucket.
 *
 * @param buckets by name; a bucket without objects is there too
 */
public record StoreState(Map<String, Map<String, ObjectFacts>> buckets) {

  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(60);
  private static final int PAGE = 100;

  /**
   * Reads everything at a gateway; a bucket that is not there is left out.
   *
   * @param owners of the buckets, by their names: each is read by its own
   * @param suffix of the names that they have there; they are called by those without
   */
  public static StoreState read(URI gateway, Map<String, Credentials> owners, String suffix)
      throws IOException {
    HttpClient http = BlockingS3Client.sharedHttp();
    Map<String, Map<String, ObjectFacts>> buckets = new TreeMap<>();
    for (Map.Entry<String, Credentials> owner : owners.entrySet()) {
      BlockingS3Client client = client(http, gateway, owner.getValue());
      readBucket(client, owner.getKey() + suffix)
          .ifPresent(objects -> buckets.put(owner.getKey(), objects));
    }
    return new StoreState(buckets);
  }

  /** Makes the buckets at a gateway, each as its owner. */
  public static void createBuckets(URI gateway, Map<String, Credentials> owners)
      throws IOException {
    HttpClient http = BlockingS3Client.sharedHttp();
    for (Map.Entry<String, Credentials> owner : owners.entrySet()) {
      client(http, gateway, owner.getValue()).createBucket(owner.getKey());
    }
  }

  /** A client for one thread. */
  public static BlockingS3Client client(HttpClient http, URI gateway, Credentials credentials) {
    return new BlockingS3Client(http, gateway, credentials, "us-east-1", REQUEST_LIMIT);
  }

  private static Optional<Map<String, ObjectFacts>> readBucket(
      BlockingS3Client client, String bucket) throws IOException {
    Map<String, ObjectFacts> objects = new TreeMap<>();
    try {
      for (ListPage.Entry entry : client.listAll(bucket, PAGE)) {
        ObjectFacts facts = ObjectFacts.read(client, bucket, entry.key());
        if (facts.length() != entry.size() || !facts.header("etag").equals(entry.etag())) {
          throw new IOException(bucket + '/' + entry.key() + " is listed as " + entry);
        }
        objects.put(entry.key(), facts);
      }
      return Optional.of(objects);
    } catch (BlockingS3Client.RefusedException e) {
      if (e.response().errorCode().filter("NoSuchBucket"::equals).isPresent()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The part of it that is one bucket. */
  StoreState only(String bucket) {
    return new StoreState(Map.of(bucket, buckets.getOrDefault(bucket, Map.of())));
  }

  /** All of it but one bucket. */
  public StoreState without(String bucket) {
    Map<String, Map<String, ObjectFacts>> rest = new TreeMap<>(buckets);
    rest.remove(bucket);
    return new StoreState(rest);
  }

  /** How many there are. */
  public int objects() {
    return buckets.values().stream().mapToInt(Map::size).sum();
  }

  /** How long all of them are. */
  public long bytes() {
    return buckets.values().stream()
        .flatMap(objects -> objects.values().stream())
        .mapToLong(ObjectFacts::length)
        .sum();
  }

  /**
   * How another state differs from this one, an object a line.
   *
   * @param unsettled {@code BUCKET/KEY} of those that may be anything
   * @param moreIsFine whether objects may be there that are not in this state
   */
  public List<String> differences(StoreState other, Set<String> unsettled, boolean moreIsFine) {
    List<String> differences = new ArrayList<>();
    for (Map.Entry<String, Map<String, ObjectFacts>> bucket : buckets.entrySet()) {
      Map<String, ObjectFacts> found = other.buckets.get(bucket.getKey());
      if (found == null) {
        differences.add("bucket " + bucket.getKey() + " is missing");
        continue;
      }
      Map<String, ObjectFacts> all = new TreeMap<>(bucket.getValue());
      if (!moreIsFine) {
        found.forEach(all::putIfAbsent);
      }
      for (String key : all.keySet()) {
        String name = bucket.getKey() + '/' + key;
        String difference = difference(bucket.getValue(), found, key);
        if (!difference.isEmpty() && !unsettled.contains(name)) {
          differences.add(name + ": " + difference);
        }
      }
    }
    return differences;
  }

  private static String difference(
      Map<String, ObjectFacts> expected, Map<String, ObjectFacts> found, String key) {
    ObjectFacts then = expected.get(key);
    ObjectFacts now = found.get(key);
    if (then == null) {
      return "is there, and was not then";
    }
    return now == null ? "is missing" : then.difference(now);
  }
}
