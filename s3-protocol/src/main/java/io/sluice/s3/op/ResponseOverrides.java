package io.sluice.s3.op;

import io.sluice.s3.QueryParameters;
import io.sluice.s3.RequestHead;
import io.sluice.s3.S3Exception;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Headers of a download that its URL replaces, by {@code response-content-type} and its siblings.
 *
 * @param headers by the name of the header they replace
 */
public record ResponseOverrides(Map<String, String> headers) {
  public static final ResponseOverrides NONE = new ResponseOverrides(Map.of());

  private static final Map<String, String> HEADERS =
      Map.of(
          "response-cache-control", "Cache-Control",
          "response-content-disposition", "Content-Disposition",
          "response-content-encoding", "Content-Encoding",
          "response-content-language", "Content-Language",
          "response-content-type", "Content-Type",
          "response-expires", "Expires");

  /**
   * Reads the overrides.
   *
   * @throws S3Exception InvalidRequest if the request is not signed; InvalidArgument for a value
   *     that cannot be a header's
   */
  static ResponseOverrides of(QueryParameters query, RequestHead head) {
    Map<String, String> headers = null;
    for (int i = 0; i < query.size(); i++) {
      String header = HEADERS.get(query.name(i));
      if (header != null) {
        if (headers == null) {
          headers = new LinkedHashMap<>();
        }
        headers.putIfAbsent(header, checked(query.name(i), query.value(i)));
      }
    }
    if (headers == null) {
      return NONE;
    }
    if (isAnonymous(query, head)) {
      throw Fields.invalidRequest(
          "Request specific response headers cannot be used for anonymous GET requests.");
    }
    return new ResponseOverrides(headers);
  }

  /** A signature that is there has been verified before, so its presence is enough. */
  private static boolean isAnonymous(QueryParameters query, RequestHead head) {
    return head.header("authorization") == null && !query.has("X-Amz-Signature");
  }

  /**
   * Header injection: a line break in the value would start a header of the client's choice. And a
   * header is ISO 8859-1: what it can't hold AWS refuses, in these words, rather than to send
   * something else. (Names of files in other scripts go into {@code filename*=UTF-8''...}.)
   */
  private static String checked(String name, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if ((c < ' ' && c != '\t') || c == 0x7f) {
        throw Fields.invalidArgument("Header value cannot be represented", name, value);
      }
      if (c > 0xff) {
        throw Fields.invalidArgument(
            "Header value cannot be represented using ISO-8859-1.", name, value);
      }
    }
    return value;
  }
}
