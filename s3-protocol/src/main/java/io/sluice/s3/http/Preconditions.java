package io.sluice.s3.http;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * The conditions under which an object is read, or copied from, in the order of RFC 9110 section
 * 13.2.2, which is S3's, too: {@code If-Match} silences {@code If-Unmodified-Since}, {@code
 * If-None-Match} silences {@code If-Modified-Since}. Dates are compared to the second; those that
 * cannot be read are ignored. Immutable.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2">Precedence of
 *     preconditions</a>
 */
public final class Preconditions {
  /** What the conditions say about an object. */
  public enum Outcome {
    /** Go on. */
    HOLD,
    /** Answer 304 with the object's ETag and date. */
    NOT_MODIFIED,
    /** Answer 412. */
    FAILED
  }

  private static final Preconditions NONE = new Preconditions("", null, null, null, null, true);

  private final String prefix;
  private final @Nullable EntityTags ifMatch;
  private final @Nullable EntityTags ifNoneMatch;
  private final @Nullable Instant ifModifiedSince;
  private final @Nullable Instant ifUnmodifiedSince;
  private final boolean copy;

  private Preconditions(
      String prefix,
      @Nullable EntityTags ifMatch,
      @Nullable EntityTags ifNoneMatch,
      @Nullable Instant ifModifiedSince,
      @Nullable Instant ifUnmodifiedSince,
      boolean copy) {
    this.prefix = prefix;
    this.ifMatch = ifMatch;
    this.ifNoneMatch = ifNoneMatch;
    this.ifModifiedSince = ifModifiedSince;
    this.ifUnmodifiedSince = ifUnmodifiedSince;
    this.copy = copy;
  }

  /** Those of GetObject and HeadObject. */
  public static Preconditions ofRead(RequestHead head) {
    return parse(head, "", false);
  }

  /** Those of CopyObject and UploadPartCopy on their source: every failure is a 412. */
  public static Preconditions ofCopySource(RequestHead head) {
    return parse(head, "x-amz-copy-source-", true);
  }

  private static Preconditions parse(RequestHead head, String prefix, boolean copy) {
    EntityTags ifMatch = tags(head.header(prefix + "if-match"));
    EntityTags ifNoneMatch = tags(head.header(prefix + "if-none-match"));
    Instant modified = HttpDates.parse(head.header(prefix + "if-modified-since"));
    Instant unmodified = HttpDates.parse(head.header(prefix + "if-unmodified-since"));
    return ifMatch == null && ifNoneMatch == null && modified == null && unmodified == null
        ? NONE
        : new Preconditions(prefix, ifMatch, ifNoneMatch, modified, unmodified, copy);
  }

  private static @Nullable EntityTags tags(@Nullable String header) {
    return header == null || header.isBlank() ? null : EntityTags.parse(header);
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return this == NONE;
  }

  /**
   * Evaluates the conditions.
   *
   * @param etag of the object, without quotes
   * @param lastModified of the object
   */
  public Outcome evaluate(String etag, Instant lastModified) {
    String failed = failedCondition(etag, lastModified);
    if (failed == null) {
      return Outcome.HOLD;
    }
    boolean matched = failed.equals("If-None-Match") || failed.equals("If-Modified-Since");
    return matched && !copy ? Outcome.NOT_MODIFIED : Outcome.FAILED;
  }

  /**
   * Evaluates the conditions.
   *
   * @throws S3Exception {@code NotModified}, or {@code PreconditionFailed} with the condition
   */
  public void check(String etag, Instant lastModified) {
    switch (evaluate(etag, lastModified)) {
      case HOLD -> {}
      case NOT_MODIFIED -> throw new S3Exception(S3ErrorCode.NOT_MODIFIED);
      case FAILED ->
          throw new S3Exception(S3ErrorCode.PRECONDITION_FAILED)
              .with("Condition", prefix + failedCondition(etag, lastModified));
    }
  }

  private @Nullable String failedCondition(String etag, Instant lastModified) {
    Instant modified = lastModified.truncatedTo(ChronoUnit.SECONDS);
    if (ifMatch != null) {
      if (!ifMatch.matchStrong(etag)) {
        return "If-Match";
      }
    } else if (ifUnmodifiedSince != null && modified.isAfter(ifUnmodifiedSince)) {
      return "If-Unmodified-Since";
    }
    if (ifNoneMatch != null) {
      if (ifNoneMatch.matchWeak(etag)) {
        return "If-None-Match";
      }
    } else if (ifModifiedSince != null && !modified.isAfter(ifModifiedSince)) {
      return "If-Modified-Since";
    }
    return null;
  }
}
