package io.sluice.s3;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request head as a test writes it: {@code get("/bucket/key?acl").with("host", "…")}. */
public final class SentRequest implements RequestHead {
  private final String method;
  private final String path;
  private final String query;
  private final List<Map.Entry<String, String>> headers = new ArrayList<>();

  public SentRequest(String method, String target) {
    int question = target.indexOf('?');
    this.method = method;
    this.path = question < 0 ? target : target.substring(0, question);
    this.query = question < 0 ? "" : target.substring(question + 1);
  }

  public static SentRequest get(String target) {
    return new SentRequest("GET", target);
  }

  public static SentRequest put(String target) {
    return new SentRequest("PUT", target);
  }

  public static SentRequest post(String target) {
    return new SentRequest("POST", target);
  }

  public static SentRequest delete(String target) {
    return new SentRequest("DELETE", target);
  }

  public SentRequest with(String name, String value) {
    headers.add(Map.entry(name, value));
    return this;
  }

  /** This request, routed in path style. */
  public RoutedRequest routed() {
    return new S3Router(null).route(this);
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String rawPath() {
    return path;
  }

  @Override
  public String rawQuery() {
    return query;
  }

  @Override
  public @Nullable String header(String name) {
    List<String> values = headers(name);
    return values.isEmpty() ? null : values.get(0);
  }

  @Override
  public List<String> headers(String name) {
    return headers.stream()
        .filter(field -> field.getKey().equalsIgnoreCase(name))
        .map(Map.Entry::getValue)
        .toList();
  }

  @Override
  public Iterable<Map.Entry<String, String>> headers() {
    return headers;
  }
}
