package io.sluice.s3.auth;

import io.sluice.s3.RequestHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request that a client is about to send. Mutable; {@link RequestSigner} adds to it
 * what makes it signed. Path and query are given as they go over the wire, header values with one
 * char a byte.
 */
public final class OutgoingRequest implements RequestHead {
  private final String method;
  private final String rawPath;
  private final String rawQuery;
  private final List<Map.Entry<String, String>> headers = new ArrayList<>();

  public OutgoingRequest(String method, String rawPath, String rawQuery) {
    this.method = method;
    this.rawPath = rawPath;
    this.rawQuery = rawQuery;
  }

  /** Adds a header field; one of the same name stays. */
  public OutgoingRequest add(String name, String value) {
    headers.add(Map.entry(name, value));
    return this;
  }

  /** Sets a header field in place of all of the same name. */
  public OutgoingRequest set(String name, String value) {
    headers.removeIf(field -> field.getKey().equalsIgnoreCase(name));
    return add(name, value);
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String rawPath() {
    return rawPath;
  }

  @Override
  public String rawQuery() {
    return rawQuery;
  }

  @Override
  public @Nullable String header(String name) {
    for (Map.Entry<String, String> field : headers) {
      if (field.getKey().equalsIgnoreCase(name)) {
        return field.getValue();
      }
    }
    return null;
  }

  @Override
  public List<String> headers(String name) {
    List<String> values = new ArrayList<>(1);
    for (Map.Entry<String, String> field : headers) {
      if (field.getKey().equalsIgnoreCase(name)) {
        values.add(field.getValue());
      }
    }
    return values;
  }

  @Override
  public Iterable<Map.Entry<String, String>> headers() {
    return List.copyOf(headers);
  }
}
