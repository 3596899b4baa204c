package io.sluice.recovery.backup.target.s3;

import io.sluice.s3.http.PercentCoding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request to be sent, as often as it takes. For one thread at a time. */
final class S3Call {
  /** A page of 1,000 keys at their longest, every byte of them escaped, and some. */
  private static final int ANSWER_BYTES_MAX = 8 << 20;

  /** Looks at a good answer. */
  @FunctionalInterface
  interface Check {
    /** What the endpoint did wrong, to follow "the endpoint"; null for nothing. */
    @Nullable String complaint(S3Answer answer);
  }

  private final String operation;
  private final String method;
  private final String key;
  private final StringBuilder query = new StringBuilder();
  private final List<Map.Entry<String, String>> headers = new ArrayList<>();
  private Payload body = Payload.EMPTY;
  private Check check = answer -> null;
  private boolean brief;
  private boolean once;
  private boolean slow;

  /**
   * @param operation as AWS spells it
   * @param key empty for the bucket itself
   */
  S3Call(String operation, String method, String key) {
    this.operation = operation;
    this.method = method;
    this.key = key;
  }

  S3Call query(String name, String value) {
    query.append(query.isEmpty() ? "" : "&").append(name).append('=');
    query.append(PercentCoding.encode(value, false));
    return this;
  }

  S3Call header(String name, String value) {
    headers.add(Map.entry(name, value));
    return this;
  }

  S3Call body(Payload payload) {
    body = payload;
    return this;
  }

  /** Sets what a good answer must also be. With a complaint about it the request is sent again. */
  S3Call check(Check further) {
    check = further;
    return this;
  }

  /** Sends it with few attempts: for what is only tidying up. */
  S3Call brief() {
    brief = true;
    return this;
  }

  boolean isBrief() {
    return brief;
  }

  /** Sends it once: for what may do harm when it comes late. */
  S3Call once() {
    once = true;
    return this;
  }

  boolean isOnce() {
    return once;
  }

  /** Gives the endpoint minutes to answer, which may then be an error that comes with 200. */
  S3Call slow() {
    slow = true;
    return this;
  }

  boolean isSlow() {
    return slow;
  }

  String operation() {
    return operation;
  }

  String method() {
    return method;
  }

  String key() {
    return key;
  }

  String query() {
    return query.toString();
  }

  List<Map.Entry<String, String>> headers() {
    return headers;
  }

  Payload body() {
    return body;
  }

  int answerBytesMax() {
    return ANSWER_BYTES_MAX;
  }

  @Nullable String complaint(S3Answer answer) {
    return check.complaint(answer);
  }
}
