package io.sluice.gateway.call;

import io.sluice.s3.RequestHead;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A view of a Vert.x request, without copying. Header values have one char a byte, as Netty reads
 * them.
 */
public final class VertxRequestHead implements RequestHead {
  private final String method;
  private final String rawPath;
  private final String rawQuery;
  private final MultiMap headers;

  public VertxRequestHead(HttpServerRequest request) {
    this.method = request.method().name();
    this.headers = request.headers();
    String uri = request.uri();
    int start = pathStart(uri);
    int question = uri.indexOf('?', start);
    this.rawPath = uri.substring(start, question < 0 ? uri.length() : question);
    this.rawQuery = question < 0 ? "" : uri.substring(question + 1);
  }

  /** Skips the scheme and authority of an absolute-form target (RFC 9112, 3.2.2). */
  private static int pathStart(String uri) {
    if (uri.startsWith("/")) {
      return 0;
    }
    int scheme = uri.indexOf("://");
    int slash = scheme < 0 ? -1 : uri.indexOf('/', scheme + 3);
    return Math.max(slash, 0);
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
    return headers.get(name);
  }

  @Override
  public List<String> headers(String name) {
    return headers.getAll(name);
  }

  @Override
  public Iterable<Map.Entry<String, String>> headers() {
    return headers;
  }
}
