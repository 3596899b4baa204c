package io.sluice.s3;

/** What a gateway does with an operation's request body. */
public enum BodyTreatment {
  /** The operation has no body; one that comes anyway is drained, or the connection closed. */
  NONE(0),
  /** A small document, buffered whole before it is decoded. */
  XML(1 << 20),
  /** A document that lists up to 1,000 keys or 10,000 parts, buffered whole. */
  LARGE_XML(4 << 20),
  /** Object bytes, never buffered whole. */
  STREAM(0);

  private final int limitBytes;

  BodyTreatment(int limitBytes) {
    this.limitBytes = limitBytes;
  }

  /** The longest body that is buffered; a longer one is {@code MaxMessageLengthExceeded}. */
  public int limitBytes() {
    return limitBytes;
  }
}
