package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3Exception;
import org.jspecify.annotations.Nullable;

/**
 * What must hold of the object that a write would replace: nothing ({@link #ALWAYS}), that there is
 * none, or that it has this ETag. At most one of the two is set.
 *
 * @param ifAbsent {@code If-None-Match: *}
 * @param ifMatch the ETag of {@code If-Match} without quotes ({@code *}: any object), or null
 */
public record WriteCondition(boolean ifAbsent, @Nullable String ifMatch) {
  public static final WriteCondition ALWAYS = new WriteCondition(false, null);

  /**
   * Reads the condition of a write.
   *
   * @throws S3Exception NotImplemented for what S3 does not offer on writes: dates, both at once,
   *     and an {@code If-None-Match} other than {@code *}
   */
  static WriteCondition of(RequestHead head) {
    String ifMatch = Fields.header(head, "if-match");
    String ifNoneMatch = Fields.header(head, "if-none-match");
    refuse(head, "if-modified-since");
    refuse(head, "if-unmodified-since");
    if (ifNoneMatch != null && (ifMatch != null || !ifNoneMatch.equals("*"))) {
      throw Fields.notImplemented("If-None-Match");
    }
    if (ifNoneMatch != null) {
      return new WriteCondition(true, null);
    }
    return ifMatch == null ? ALWAYS : new WriteCondition(false, Fields.unquoted(ifMatch));
  }

  /** Reads the condition of a deletion, which knows {@code If-Match} only. */
  static WriteCondition ofDelete(RequestHead head) {
    refuse(head, "if-none-match");
    return of(head);
  }

  private static void refuse(RequestHead head, String name) {
    if (head.header(name) != null) {
      throw Fields.notImplemented(name);
    }
  }
}
