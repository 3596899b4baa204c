package io.sluice.s3;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An S3 error on its way to a client: a code, a message, and the extra XML fields that some codes
 * carry (such as {@code Condition} of {@code PreconditionFailed}).
 *
 * <p>Stackless: it reports what a client did, not where the program is. Immutable; may be thrown
 * and read on any thread.
 */
public final class S3Exception extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final S3ErrorCode code;
  private final transient Map<String, String> fields;

  public S3Exception(S3ErrorCode code) {
    this(code, code.message(), Map.of(), null);
  }

  public S3Exception(S3ErrorCode code, String message) {
    this(code, message, Map.of(), null);
  }

  /**
   * @param fields extra child elements of {@code <Error>}, in the order they are written
   * @param cause what led here, for the log only; a client never sees it
   */
  public S3Exception(
      S3ErrorCode code, String message, Map<String, String> fields, @Nullable Throwable cause) {
    super(message, cause, false, false);
    this.code = code;
    this.fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  /** This error with one more XML field. */
  public S3Exception with(String field, String value) {
    Map<String, String> more = new LinkedHashMap<>(fields);
    more.put(field, value);
    return new S3Exception(code, message(), more, getCause());
  }

  public S3ErrorCode code() {
    return code;
  }

  public String message() {
    String message = getMessage();
    return message == null ? code.message() : message;
  }

  public Map<String, String> fields() {
    return fields;
  }
}
