package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import org.jspecify.annotations.Nullable;

/** The four conditional headers as sent; null where absent. */
public record ConditionalHeaders(
    @Nullable String ifMatch,
    @Nullable String ifNoneMatch,
    @Nullable String ifModifiedSince,
    @Nullable String ifUnmodifiedSince) {

  public static final ConditionalHeaders NONE = new ConditionalHeaders(null, null, null, null);

  /** The conditions of a read. */
  static ConditionalHeaders ofRead(RequestHead head) {
    return of(head, "");
  }

  /** The conditions on the source of a copy. */
  static ConditionalHeaders ofCopySource(RequestHead head) {
    return of(head, "x-amz-copy-source-");
  }

  private static ConditionalHeaders of(RequestHead head, String prefix) {
    String ifMatch = Fields.header(head, prefix + "if-match");
    String ifNoneMatch = Fields.header(head, prefix + "if-none-match");
    String ifModifiedSince = Fields.header(head, prefix + "if-modified-since");
    String ifUnmodifiedSince = Fields.header(head, prefix + "if-unmodified-since");
    return ifMatch == null
            && ifNoneMatch == null
            && ifModifiedSince == null
            && ifUnmodifiedSince == null
        ? NONE
        : new ConditionalHeaders(ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince);
  }

  public boolean isEmpty() {
    return equals(NONE);
  }
}
