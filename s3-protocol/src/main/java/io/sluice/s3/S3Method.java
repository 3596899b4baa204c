package io.sluice.s3;

import org.jspecify.annotations.Nullable;

/** The HTTP methods that S3 uses. */
public enum S3Method {
  GET,
  PUT,
  POST,
  DELETE,
  HEAD,
  OPTIONS;

  /** The method of that name (case matters, as in HTTP), or null. */
  public static @Nullable S3Method of(String name) {
    return switch (name) {
      case "GET" -> GET;
      case "PUT" -> PUT;
      case "POST" -> POST;
      case "DELETE" -> DELETE;
      case "HEAD" -> HEAD;
      case "OPTIONS" -> OPTIONS;
      default -> null;
    };
  }
}
