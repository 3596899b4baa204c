package io.sluice.s3.chunked;

import java.nio.ByteBuffer;

/** Takes decoded payload. */
@FunctionalInterface
public interface PayloadSink {
  /**
   * A run of payload bytes, not copied: the view is a duplicate of the buffer that was handed to
   * the decoder, so its position is where the run stands in that buffer. What the decoder was given
   * must not be reused before these bytes are.
   */
  void payload(ByteBuffer view);
}
