package io.sluice.s3.auth;

import io.sluice.s3.RequestHead;
import io.sluice.s3.http.PercentCoding;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The canonical request of Signature Version 4, in the S3 flavour: the path is not normalised, and
 * encoded once.
 *
 * <p>Built as text with one char a byte, as the head was read, so that hashing needs no decoding.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html">Create
 *     a signed request</a>
 */
final class CanonicalRequest {
  /** How path and query are written into it. */
  enum Spelling {
    /** Decoded and encoded again: what AWS specifies, whatever the client left unencoded. */
    NORMALISED,
    /**
     * As they were sent: some clients sign the URL they send, with characters such as {@code (} or
     * {@code +} in it that S3 would have them encode. It covers the same request, so it is as safe.
     */
    AS_SENT
  }

  private CanonicalRequest() {}

  static String text(
      RequestHead head,
      List<String> signedHeaders,
      boolean presigned,
      String contentSha256,
      Spelling spelling) {
    StringBuilder out = new StringBuilder(512);
    out.append(head.method()).append('\n');
    appendPath(out, head.rawPath(), spelling);
    out.append('\n');
    appendQuery(out, head.rawQuery(), presigned, spelling);
    out.append('\n');
    for (String name : signedHeaders) {
      out.append(name).append(':');
      boolean first = true;
      for (String value : head.headers(name)) {
        if (!first) {
          out.append(',');
        }
        first = false;
        appendTrimmed(out, value);
      }
      out.append('\n');
    }
    out.append('\n');
    for (int i = 0; i < signedHeaders.size(); i++) {
      if (i > 0) {
        out.append(';');
      }
      out.append(signedHeaders.get(i));
    }
    return out.append('\n').append(contentSha256).toString();
  }

  /** The string that is signed. */
  static String stringToSign(String canonical, String timestamp, CredentialScope scope) {
    return "AWS4-HMAC-SHA256\n"
        + timestamp
        + '\n'
        + scope.text()
        + '\n'
        + Digests.sha256Hex(bytes(canonical));
  }

  /** One byte a char, unless a caller inside this process put wider characters in. */
  private static byte[] bytes(String canonical) {
    for (int i = 0; i < canonical.length(); i++) {
      if (canonical.charAt(i) > 0xFF) {
        return canonical.getBytes(StandardCharsets.UTF_8);
      }
    }
    return canonical.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void appendPath(StringBuilder out, String rawPath, Spelling spelling) {
    if (rawPath.isEmpty()) {
      out.append('/');
    } else if (spelling == Spelling.AS_SENT) {
      out.append(rawPath);
    } else {
      PercentCoding.appendNormalised(out, rawPath, 0, rawPath.length(), true, false);
    }
  }

  private static void appendQuery(
      StringBuilder out, String rawQuery, boolean presigned, Spelling spelling) {
    if (rawQuery.isEmpty()) {
      return;
    }
    List<Parameter> parameters = new ArrayList<>();
    for (int from = 0; from < rawQuery.length(); ) {
      int ampersand = rawQuery.indexOf('&', from);
      int to = ampersand < 0 ? rawQuery.length() : ampersand;
      if (to > from) {
        int equals = rawQuery.indexOf('=', from);
        int nameTo = equals < 0 || equals > to ? to : equals;
        String name = spelled(rawQuery, from, nameTo, spelling);
        if (!(presigned && name.equals(PresignedQuery.SIGNATURE))) {
          parameters.add(
              new Parameter(name, spelled(rawQuery, Math.min(nameTo + 1, to), to, spelling)));
        }
      }
      from = to + 1;
    }
    Collections.sort(parameters);
    boolean first = true;
    for (Parameter parameter : parameters) {
      if (!first) {
        out.append('&');
      }
      first = false;
      out.append(parameter.name).append('=').append(parameter.value);
    }
  }

  private static String spelled(String query, int from, int to, Spelling spelling) {
    if (spelling == Spelling.AS_SENT) {
      return query.substring(from, to);
    }
    StringBuilder out = new StringBuilder(to - from + 16);
    PercentCoding.appendNormalised(out, query, from, to, false, true);
    return out.toString();
  }

  /** Without white space around it, and with one space for each run of white space inside. */
  private static void appendTrimmed(StringBuilder out, String value) {
    boolean gap = false;
    boolean started = false;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == ' ' || (c >= '\t' && c <= '\r')) {
        gap = started;
      } else {
        if (gap) {
          out.append(' ');
          gap = false;
        }
        started = true;
        out.append(c);
      }
    }
  }

  /** Ordered by name and then value; both are ASCII here, so this is the order of code points. */
  private record Parameter(String name, String value) implements Comparable<Parameter> {
    @Override
    public int compareTo(Parameter other) {
      int byName = name.compareTo(other.name);
      return byName != 0 ? byName : value.compareTo(other.value);
    }
  }
}
