package io.sluice.load.memory;

import io.sluice.load.content.SeededContent;
import io.sluice.load.s3.BlockingS3Client;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.Arrays;

/** Reads an object and compares every byte with what it must be, without keeping it. */
final class CheckedDownload {

  private static final int BLOCK_BYTES = 256 * 1024;

  private CheckedDownload() {}

  /**
   * Downloads and compares.
   *
   * @throws IOException when a byte differs, or there are too few or too many
   */
  static void check(BlockingS3Client client, String bucket, String key, long seed, long length)
      throws IOException {
    HttpResponse<InputStream> response = client.getStream(bucket, key);
    try (InputStream body = response.body()) {
      if (response.statusCode() != 200) {
        throw new IOException("GET " + key + " answered " + response.statusCode());
      }
      byte[] got = new byte[BLOCK_BYTES];
      byte[] expected = new byte[BLOCK_BYTES];
      long offset = 0;
      int read = body.readNBytes(got, 0, BLOCK_BYTES);
      while (read > 0) {
        SeededContent.fill(seed, offset, expected, 0, read);
        int difference = Arrays.mismatch(got, 0, read, expected, 0, read);
        if (difference >= 0) {
          throw new IOException(key + " differs at byte " + (offset + difference));
        }
        offset += read;
        read = body.readNBytes(got, 0, BLOCK_BYTES);
      }
      if (offset != length) {
        throw new IOException(key + " has " + offset + " bytes, not " + length);
      }
    }
  }
}
