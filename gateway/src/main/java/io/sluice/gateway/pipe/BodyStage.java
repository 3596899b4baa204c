package io.sluice.gateway.pipe;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.auth.Digests;
import io.sluice.s3.auth.PayloadSigning;
import io.sluice.s3.checksum.ChecksumValue;
import io.sluice.s3.checksum.ETags;
import io.sluice.s3.checksum.StreamingChecksum;
import io.sluice.s3.checksum.StreamingChecksums;
import io.sluice.s3.chunked.AwsChunkedDecoder;
import io.sluice.storage.chunk.ChunkRecord;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What must happen to a body's bytes in their order: framing off, every digest over them, chunks
 * cut. Nothing is copied; chunks are lists of views of what came from the socket.
 *
 * <p>One thread at a time, each call happening before the next.
 */
final class BodyStage {
  /** Takes a cut chunk: its bytes, and how many. */
  interface ChunkSink {
    void chunk(List<ByteBuffer> plain, int length);
  }

  /** The most slices a part gets: the metadata refuses a part of more than 10,000. */
  private static final int SLICES_MAX = 8_192;

  private final BodyTerms terms;
  private final boolean inline;
  private final IntSupplier pieceBytes;
  private final ChunkSink sink;
  private final @Nullable AwsChunkedDecoder decoder;
  private final @Nullable StreamingChecksum checksum;
  private final @Nullable PayloadSigning signing;
  private final @Nullable MessageDigest sha256;
  private final MessageDigest md5 = ETags.newMd5();

  private List<ByteBuffer> pending = new ArrayList<>();
  private int pendingBytes;
  private long payloadBytes;

  /**
   * @param inline whether the bytes are kept in one piece
   * @param pieceBytes how large chunks should be now
   */
  BodyStage(
      BodyTerms terms,
      boolean inline,
      StreamingChecksums checksums,
      IntSupplier pieceBytes,
      ChunkSink sink) {
    this.terms = terms;
    this.inline = inline;
    this.pieceBytes = pieceBytes;
    this.sink = sink;
    this.decoder = terms.decoder();
    this.checksum = terms.algorithm() == null ? null : checksums.start(terms.algorithm());
    this.signing = terms.signing();
    this.sha256 = signing == null || signing.sha256Hex() == null ? null : Digests.newSha256();
  }

  /** The smallest chunk that a body of this size is cut into. */
  static int cutBytesMin(long payloadBytes) {
    return (int) Math.max(MemoryBudget.STEP_BYTES, payloadBytes / SLICES_MAX + 1);
  }

  /**
   * Takes bytes as they came over the wire.
   *
   * @return how many of them were framing
   * @throws S3Exception what the decoder says; IncompleteBody for more payload than declared
   */
  int feed(List<ByteBuffer> wire) {
    long before = payloadBytes;
    int wireBytes = 0;
    for (ByteBuffer buffer : wire) {
      wireBytes += buffer.remaining();
      if (decoder == null) {
        payload(buffer);
      } else {
        decoder.decode(buffer, this::payload);
      }
    }
    return wireBytes - (int) (payloadBytes - before);
  }

  private void payload(ByteBuffer view) {
    payloadBytes += view.remaining();
    if (payloadBytes > terms.payloadBytes()) {
      throw wrongLength();
    }
    md5.update(view.duplicate());
    if (checksum != null) {
      checksum.update(view.duplicate());
    }
    if (sha256 != null) {
      sha256.update(view.duplicate());
    }
    pending.add(view);
    pendingBytes += view.remaining();
    if (!inline) {
      cutWhile(Math.max(pieceBytes.getAsInt(), cutBytesMin(terms.payloadBytes())));
    }
  }

  /** Passes on what is pending, unless that is less than a chunk's least. */
  void relieve() {
    int least = cutBytesMin(terms.payloadBytes());
    if (!inline && pendingBytes >= least) {
      cutWhile(Math.min(pendingBytes, ChunkRecord.PLAIN_MAX));
    }
  }

  private void cutWhile(int target) {
    while (pendingBytes >= target) {
      cut(target);
    }
  }

  /** Cuts the first {@code length} pending bytes off as a chunk. */
  private void cut(int length) {
    List<ByteBuffer> chunk = new ArrayList<>(pending.size());
    List<ByteBuffer> rest = new ArrayList<>();
    int left = length;
    for (ByteBuffer view : pending) {
      int take = Math.min(left, view.remaining());
      if (take == view.remaining()) {
        chunk.add(view);
      } else {
        if (take > 0) {
          chunk.add(view.duplicate().limit(view.position() + take));
        }
        rest.add(view.duplicate().position(view.position() + take));
      }
      left -= take;
    }
    pending = rest;
    pendingBytes -= length;
    sink.chunk(chunk, length);
  }

  /**
   * Ends the body: everything declared holds if this returns. What was pending is passed on.
   *
   * @return the body without its slices
   * @throws S3Exception IncompleteBody, BadDigest, XAmzContentSHA256Mismatch,
   *     SignatureDoesNotMatch, MalformedTrailerError
   */
  UploadedBody finish() {
    Map<String, String> trailers = Map.of();
    if (decoder != null) {
      decoder.finish();
      trailers = decoder.trailers();
    }
    if (payloadBytes != terms.payloadBytes()) {
      throw wrongLength();
    }
    if (sha256 != null && signing != null) {
      signing.checkSha256(HexFormat.of().formatHex(sha256.digest()));
    }
    byte[] digest = md5.digest();
    if (terms.contentMd5() != null) {
      terms.contentMd5().check(digest);
    }
    ChecksumValue value = checksum == null ? null : checksum.value();
    if (terms.declared() != null && value != null) {
      terms.declared().check(value, trailers);
    }
    if (inline) {
      return new UploadedBody(
          payloadBytes, ByteString.copyFrom(digest), value, List.of(), inlineBytes());
    }
    while (pendingBytes > 0) {
      cut(Math.min(pendingBytes, ChunkRecord.PLAIN_MAX));
    }
    return new UploadedBody(payloadBytes, ByteString.copyFrom(digest), value, List.of(), null);
  }

  private ByteString inlineBytes() {
    // Nobody writes to what came from the socket, so the views may be kept as they are.
    ByteString bytes = ByteString.EMPTY;
    for (ByteBuffer view : pending) {
      bytes = bytes.concat(UnsafeByteOperations.unsafeWrap(view));
    }
    return bytes;
  }

  private S3Exception wrongLength() {
    return new S3Exception(S3ErrorCode.INCOMPLETE_BODY)
        .with("NumberBytesExpected", Long.toString(terms.payloadBytes()))
        .with("NumberBytesProvided", Long.toString(payloadBytes));
  }
}
