package io.sluice.load.crash;

import io.sluice.load.content.Digests;
import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.ListPage;
import io.sluice.load.s3.S3Response;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Checks a quiet server against the model: every key by GET and HEAD, byte for byte, and the
 * listing against both. What is found becomes what the model knows.
 */
final class Verifier {

  private static final int PAGE_KEYS = 100;

  /** What a check does with what it finds. */
  enum Settling {
    /** Another copy of the same state, or another gateway, will be checked. */
    NONE,
    /** It becomes what is known; writes that were not answered may still come. */
    ANSWERED,
    /** It becomes what is known; whoever could still write is gone. */
    ALL
  }

  private final BlockingS3Client client;
  private final String bucket;
  private final Model model;
  private final Tally tally;
  private final String when;

  Verifier(BlockingS3Client client, String bucket, Model model, Tally tally, String when) {
    this.client = client;
    this.bucket = bucket;
    this.model = model;
    this.tally = tally;
    this.when = when;
  }

  /**
   * Checks everything; violations go to the tally.
   *
   * @throws IOException when the server does not answer
   */
  void verify(Settling settling) throws IOException {
    Map<String, ListPage.Entry> listed = new HashMap<>();
    for (ListPage.Entry entry : client.listAll(bucket, PAGE_KEYS)) {
      if (listed.put(entry.key(), entry) != null) {
        violation(entry.key(), "is listed twice");
      }
    }
    for (Map.Entry<String, KeyHistory> entry : model.keys().entrySet()) {
      String key = entry.getKey();
      checkRaces(key, entry.getValue());
      Optional<Content> found =
          check(key, entry.getValue(), Optional.ofNullable(listed.remove(key)));
      switch (settling) {
        case NONE -> {}
        case ANSWERED -> entry.getValue().settleAnswered(found);
        case ALL -> entry.getValue().settle(found);
      }
      tally.count("keys checked");
    }
    listed.keySet().forEach(key -> violation(key, "is listed and was never written"));
  }

  private void checkRaces(String key, KeyHistory history) {
    if (history.creationsAcknowledged() > 1) {
      violation(
          key, "was created " + history.creationsAcknowledged() + " times, each the only one");
    }
  }

  private Optional<Content> check(String key, KeyHistory history, Optional<ListPage.Entry> listing)
      throws IOException {
    Set<Optional<Content>> possible = history.possible();
    S3Response got = client.get(bucket, key);
    if (got.status() == 404) {
      if (!possible.contains(Optional.<Content>empty())) {
        violation(key, "is gone; it should hold one of " + possible);
      }
      listing.ifPresent(l -> violation(key, "is listed and cannot be read"));
      return Optional.empty();
    }
    if (!got.isSuccess()) {
      violation(key, "cannot be read: " + got);
      return Optional.empty();
    }
    checkSurroundings(key, got, listing);
    byte[] body = got.body();
    for (Optional<Content> candidate : possible) {
      if (candidate.isPresent()
          && candidate.get().length() == body.length
          && Arrays.equals(candidate.get().bytes(), body)) {
        checkEtag(key, candidate.get(), got);
        return candidate;
      }
    }
    violation(
        key,
        "holds "
            + body.length
            + " bytes with MD5 "
            + Digests.etag(body)
            + ", which is none of "
            + possible);
    return Optional.empty();
  }

  private void checkEtag(String key, Content content, S3Response got) {
    String etag = content.etag(got.body());
    if (!etag.equals(got.etag())) {
      violation(key, "has ETag " + got.etag() + ", and its bytes have " + etag);
    }
  }

  private void checkSurroundings(String key, S3Response got, Optional<ListPage.Entry> listing)
      throws IOException {
    S3Response head = client.head(bucket, key);
    if (!head.isSuccess()
        || head.contentLength() != got.body().length
        || !head.etag().equals(got.etag())) {
      violation(key, "HEAD says " + head + ", " + head.contentLength() + ", " + head.etag());
    }
    if (listing.isEmpty()) {
      violation(key, "can be read and is not listed");
    } else if (listing.get().size() != got.body().length
        || !listing.get().etag().equals(got.etag())) {
      violation(key, "is listed as " + listing.get() + " and has ETag " + got.etag());
    }
  }

  private void violation(String key, String what) {
    tally.violation(when + ": " + key + " " + what);
  }
}
