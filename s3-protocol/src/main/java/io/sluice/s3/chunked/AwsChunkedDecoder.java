package io.sluice.s3.chunked;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.auth.ChunkSignatures;
import io.sluice.s3.auth.Digests;
import io.sluice.s3.auth.PayloadSigning;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decodes an {@code aws-chunked} body as it comes from the socket, in pieces of any size.
 *
 * <pre>
 * body    = *chunk last CRLF                     each chunk signed, no trailers
 *         | *chunk last *trailer CRLF            trailers, signed or not
 * chunk   = hex-size [";chunk-signature=" hex] CRLF payload CRLF
 * last    = "0"      [";chunk-signature=" hex] CRLF
 * trailer = name ":" value CRLF                  the last one x-amz-trailer-signature, if signed
 * </pre>
 *
 * <p><b>Payload is handed on before it is verified.</b> A chunk's signature covers the whole chunk,
 * so waiting for it would mean to buffer chunks of a size the client chooses. The bytes go to the
 * pipeline at once; a wrong signature is noticed at the end of its chunk, by an exception. So
 * nothing that was made from the payload may be committed, or shown to anyone, before {@link
 * #finish} has returned. Memory is bounded by one header line or the trailers, whatever the sizes
 * of chunks; the size of a chunk is bounded by what {@code x-amz-decoded-content-length} leaves.
 *
 * <p>After an exception the decoder is dead and so is the connection's framing. For one thread at a
 * time; may move between threads if each hand-over happens before the next use. For signed kinds it
 * hashes what passes: keep it off event loops.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html">Transferring
 *     payload in multiple chunks</a>
 */
public final class AwsChunkedDecoder {
  static final String DECODED_LENGTH = "x-amz-decoded-content-length";
  private static final int LINE_BYTES_MAX = 1024;
  private static final int SIZE_DIGITS_MAX = 16;
  private static final String SIGNATURE = ";chunk-signature=";

  private enum State {
    HEADER,
    PAYLOAD,
    PAYLOAD_END,
    TRAILERS,
    DONE
  }

  private final long declaredBytes;
  private final boolean trailersAllowed;
  private final TrailerSection trailers;
  private final @Nullable ChunkSignatures signatures;
  private final @Nullable MessageDigest chunkDigest;
  private final LineBuffer line = new LineBuffer(LINE_BYTES_MAX);

  private State state = State.HEADER;
  private long decodedBytes;
  private long chunkLeft;
  private String chunkSignature = "";
  private boolean payloadCr;

  /**
   * A decoder for a request's body.
   *
   * @param payload a streaming kind
   * @throws S3Exception {@code MissingContentLength} without {@code x-amz-decoded-content-length},
   *     {@code InvalidArgument} if that is no length
   */
  public static AwsChunkedDecoder forRequest(RequestHead head, PayloadSigning payload) {
    return new AwsChunkedDecoder(decodedLength(head), head.headers("x-amz-trailer"), payload);
  }

  /**
   * @param declaredBytes how much payload there must be, exactly
   * @param trailerNames values of {@code x-amz-trailer}: the trailers that must come
   */
  AwsChunkedDecoder(long declaredBytes, Iterable<String> trailerNames, PayloadSigning payload) {
    PayloadSigning.Kind kind = payload.kind();
    if (!kind.streaming()) {
      throw new IllegalArgumentException(kind + " is not aws-chunked");
    }
    this.declaredBytes = declaredBytes;
    this.trailersAllowed = kind.trailers();
    this.signatures = kind.chunksSigned() ? payload.newChunkSignatures() : null;
    this.chunkDigest = kind.chunksSigned() ? Digests.newSha256() : null;
    this.trailers = new TrailerSection(trailerNames, signatures);
  }

  /**
   * The payload's length that a request with an aws-chunked body declares.
   *
   * @throws S3Exception {@code MissingContentLength}, {@code InvalidArgument}
   */
  public static long decodedLength(RequestHead head) {
    String text = head.header(DECODED_LENGTH);
    if (text == null) {
      throw new S3Exception(S3ErrorCode.MISSING_CONTENT_LENGTH);
    }
    String digits = text.strip();
    boolean number = !digits.isEmpty() && digits.length() <= 18;
    for (int i = 0; i < digits.length(); i++) {
      number &= digits.charAt(i) >= '0' && digits.charAt(i) <= '9';
    }
    if (!number) {
      throw new S3Exception(
              S3ErrorCode.INVALID_ARGUMENT, "The decoded content length is not a number.")
          .with("ArgumentName", DECODED_LENGTH)
          .with("ArgumentValue", text);
    }
    return Long.parseLong(digits);
  }

  /** Decodes a piece of the body; see {@link #decode(ByteBuffer, PayloadSink)}. */
  public void decode(byte[] data, int offset, int length, PayloadSink sink) {
    decode(ByteBuffer.wrap(data, offset, length), sink);
  }

  /**
   * Decodes all that remains of a buffer, and moves its position to its limit.
   *
   * @throws S3Exception {@code SignatureDoesNotMatch} for a wrong chunk or trailer signature,
   *     {@code IncompleteBody} for broken framing or more payload than declared, {@code
   *     MalformedTrailerError} for trailers that are not those announced
   */
  public void decode(ByteBuffer input, PayloadSink sink) {
    while (input.hasRemaining()) {
      switch (state) {
        case HEADER -> {
          if (line.take(input)) {
            chunkHeader(line.text());
            line.clear();
          }
        }
        case PAYLOAD -> payload(input, sink);
        case PAYLOAD_END -> payloadEnd(input.get());
        case TRAILERS -> {
          if (trailers.take(input)) {
            state = State.DONE;
          }
        }
        case DONE -> throw broken();
      }
    }
  }

  /**
   * To be called at the end of the body: everything is verified if it returns.
   *
   * @throws S3Exception {@code IncompleteBody} if the body is cut short, or holds less payload than
   *     declared
   */
  public void finish() {
    if (state != State.DONE) {
      throw broken();
    }
  }

  /** Whether all of the body has come and been verified. */
  public boolean isComplete() {
    return state == State.DONE;
  }

  /** How much payload was handed on so far. */
  public long decodedBytes() {
    return decodedBytes;
  }

  /**
   * The trailers, by names in lower case, without the signature; empty if there were none.
   *
   * @throws IllegalStateException before the body is complete
   */
  public Map<String, String> trailers() {
    if (state != State.DONE) {
      throw new IllegalStateException("the trailers have not come yet");
    }
    return trailers.fields();
  }

  private void chunkHeader(String header) {
    int semicolon = header.indexOf(';');
    chunkLeft = size(semicolon < 0 ? header : header.substring(0, semicolon));
    if (signatures == null) {
      if (semicolon >= 0) {
        throw broken();
      }
    } else {
      if (semicolon < 0 || !header.startsWith(SIGNATURE, semicolon)) {
        throw broken();
      }
      chunkSignature = header.substring(semicolon + SIGNATURE.length());
    }
    if (chunkLeft > declaredBytes - decodedBytes) {
      throw wrongLength();
    }
    if (chunkLeft > 0) {
      state = State.PAYLOAD;
      return;
    }
    if (decodedBytes != declaredBytes) {
      throw wrongLength();
    }
    verifyChunk();
    trailers.start(trailersAllowed);
    state = State.TRAILERS;
  }

  private static long size(String hex) {
    if (hex.isEmpty() || hex.length() > SIZE_DIGITS_MAX) {
      throw broken();
    }
    long size = 0;
    for (int i = 0; i < hex.length(); i++) {
      char c = hex.charAt(i);
      int digit = c < 128 ? Character.digit(c, 16) : -1;
      if (digit < 0 || size >>> 59 != 0) {
        throw broken();
      }
      size = (size << 4) | digit;
    }
    return size;
  }

  private void payload(ByteBuffer input, PayloadSink sink) {
    int length = (int) Math.min(chunkLeft, input.remaining());
    ByteBuffer view = input.duplicate().limit(input.position() + length);
    if (chunkDigest != null) {
      chunkDigest.update(view.duplicate());
    }
    input.position(view.limit());
    chunkLeft -= length;
    decodedBytes += length;
    if (chunkLeft == 0) {
      state = State.PAYLOAD_END;
    }
    sink.payload(view);
  }

  private void payloadEnd(byte b) {
    if (b != (payloadCr ? '\n' : '\r')) {
      throw broken();
    }
    payloadCr = !payloadCr;
    if (!payloadCr) {
      verifyChunk();
      state = State.HEADER;
    }
  }

  private void verifyChunk() {
    if (signatures == null || chunkDigest == null) {
      return;
    }
    String expected = signatures.nextChunk(HexFormat.of().formatHex(chunkDigest.digest()));
    if (!ChunkSignatures.matches(expected, chunkSignature)) {
      throw new S3Exception(S3ErrorCode.SIGNATURE_DOES_NOT_MATCH);
    }
  }

  static S3Exception broken() {
    return new S3Exception(S3ErrorCode.INCOMPLETE_BODY, "The request body terminated unexpectedly");
  }

  private S3Exception wrongLength() {
    return new S3Exception(S3ErrorCode.INCOMPLETE_BODY)
        .with("NumberBytesExpected", Long.toString(declaredBytes))
        .with("NumberBytesProvided", Long.toString(decodedBytes + chunkLeft));
  }
}
