package io.sluice.load.crash;

import io.sluice.load.content.Digests;
import io.sluice.load.content.SeededContent;

/**
 * What an object holds, or was meant to hold: known from its seed and its length.
 *
 * @param seed unique in a run
 * @param partBytes size of its parts when it was uploaded in parts, otherwise 0
 */
record Content(long seed, int length, int partBytes) {

  byte[] bytes() {
    return SeededContent.bytes(seed, length);
  }

  /** The ETag that S3 gives to {@code bytes}, which are this content's. */
  String etag(byte[] bytes) {
    return partBytes == 0 ? Digests.etag(bytes) : Digests.multipartEtag(bytes, partBytes);
  }
}
