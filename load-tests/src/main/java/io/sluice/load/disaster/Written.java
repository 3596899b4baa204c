package io.sluice.load.disaster;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an object must be, because a write of it was acknowledged.
 *
 * @param etag with its quotes; null where the server chooses it
 */
public record Written(
    long length,
    String sha256,
    @Nullable String etag,
    String contentType,
    Map<String, String> userMetadata) {

  /** As it was found after a restore. */
  public static Written of(ObjectFacts facts) {
    return new Written(
        facts.length(),
        facts.sha256(),
        facts.header("etag"),
        facts.header("content-type"),
        facts.userMetadata());
  }

  /** What is wrong with what was found; empty when it is as it was written. */
  public String problem(ObjectFacts found) {
    if (length != found.length() || !sha256.equals(found.sha256())) {
      return "other bytes: " + found.length() + " instead of " + length;
    }
    if (etag != null && !etag.equals(found.header("etag"))) {
      return "ETag " + found.header("etag") + " instead of " + etag;
    }
    if (!contentType.equals(found.header("content-type"))) {
      return "Content-Type " + found.header("content-type") + " instead of " + contentType;
    }
    if (!userMetadata.equals(found.userMetadata())) {
      return "metadata " + found.userMetadata() + " instead of " + userMetadata;
    }
    return "";
  }
}
