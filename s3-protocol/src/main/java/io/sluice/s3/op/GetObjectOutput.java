package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import org.jspecify.annotations.Nullable;

/**
 * The head of a download; the bytes follow it.
 *
 * @param contentLength the number of bytes that follow
 * @param contentRange what they are of the object ({@code bytes 0-9/100}), for an answer of 206;
 *     null for all of it
 */
public record GetObjectOutput(
    ObjectDescription object,
    ResponseOverrides overrides,
    long contentLength,
    @Nullable String contentRange) {

  public S3Response encode() {
    return new HeadObjectOutput(object, overrides, contentLength, contentRange).encode();
  }
}
