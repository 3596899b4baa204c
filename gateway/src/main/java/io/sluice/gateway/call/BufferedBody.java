package io.sluice.gateway.call;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.auth.Digests;
import io.sluice.s3.auth.PayloadSigning;
import io.sluice.s3.checksum.ContentMd5;
import io.sluice.s3.checksum.DeclaredChecksum;
import io.sluice.s3.checksum.ETags;
import io.sluice.s3.checksum.StreamingChecksum;
import io.sluice.s3.checksum.StreamingChecksums;
import io.sluice.s3.chunked.AwsChunkedDecoder;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.unchecked.Unchecked;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Collects a body that is a document, bounded by its operation's limit, and hands it on only when
 * every digest that came with it holds: the signed SHA-256 or the chunk signatures, Content-MD5,
 * and the checksum in a header or trailer.
 */
public final class BufferedBody {
  /** From this many bytes on, hashing and parsing leave the event loop. */
  private static final int WORKER_BYTES_MIN = 32 * 1024;

  private static final byte[] NOTHING = {};

  private BufferedBody() {}

  /**
   * Reads the body of a call and decodes it.
   *
   * @param decoder runs on the event loop, or on a worker when the body is large; it must not touch
   *     the call
   * @return completes on the event loop; fails with {@link S3Exception}: {@code
   *     MaxMessageLengthExceeded}, {@code IncompleteBody}, or what a digest or {@code decoder}
   *     says, {@code RequestTimeout}; and with {@link ClientGoneException}
   */
  public static <T> Uni<T> decode(S3Call call, Function<byte[], T> decoder) {
    return decode(
        call.exchange(),
        call.payload(),
        DeclaredChecksum.parse(call.head()),
        call.operation().body().limitBytes(),
        decoder);
  }

  /** The same where a checksum in the head is that of an object, and not of this document. */
  public static <T> Uni<T> decodeBesideChecksum(S3Call call, Function<byte[], T> decoder) {
    return decode(
        call.exchange(), call.payload(), null, call.operation().body().limitBytes(), decoder);
  }

  /** The same for a request that is no S3 call. */
  public static <T> Uni<T> decode(
      Exchange exchange,
      PayloadSigning payload,
      @Nullable DeclaredChecksum declared,
      int limitBytes,
      Function<byte[], T> decoder) {
    return collect(exchange, limitBytes)
        .chain(
            raw -> {
              Callable<T> decoding =
                  () -> decoder.apply(verify(exchange.head(), payload, declared, raw, limitBytes));
              return raw.length < WORKER_BYTES_MIN
                  ? Uni.createFrom().item(Unchecked.supplier(decoding::call))
                  : Uni.createFrom()
                      .completionStage(
                          () ->
                              exchange
                                  .context()
                                  .executeBlocking(decoding, false)
                                  .toCompletionStage());
            });
  }

  /** The body as it comes over the wire, at most {@code limitBytes} and what chunks add to it. */
  public static Uni<byte[]> collect(Exchange exchange, int limitBytes) {
    if (exchange.declaredBytes() == 0) {
      return Uni.createFrom().item(NOTHING);
    }
    // Signatures of chunks, and trailers, come on top of the document.
    long limitWire = limitBytes + limitBytes / 8 + 4096L;
    if (exchange.declaredBytes() > limitWire) {
      return Uni.createFrom().failure(tooLong(limitBytes));
    }
    return Uni.createFrom()
        .emitter(
            emitter -> {
              Buffer collected = Buffer.buffer();
              PacedBody request = exchange.takeBody();
              request.handler(
                  piece -> {
                    if (collected.length() + piece.length() > limitWire) {
                      request.pause();
                      emitter.fail(tooLong(limitBytes));
                    } else {
                      collected.appendBuffer(piece);
                    }
                  });
              request.exceptionHandler(gone -> emitter.fail(ClientGoneException.of(gone)));
              request.endHandler(
                  end -> {
                    exchange.bodyEnded();
                    emitter.complete(collected.getBytes());
                  });
              request.resume();
            });
  }

  private static byte[] verify(
      RequestHead head,
      PayloadSigning payload,
      @Nullable DeclaredChecksum declared,
      byte[] raw,
      int limit) {
    ContentMd5 contentMd5 = ContentMd5.parse(head);
    byte[] document = raw;
    Map<String, String> trailers = Map.of();
    if (payload.kind().streaming()) {
      AwsChunkedDecoder decoder = AwsChunkedDecoder.forRequest(head, payload);
      ByteArrayOutputStream out = new ByteArrayOutputStream(raw.length);
      decoder.decode(raw, 0, raw.length, view -> append(out, view));
      decoder.finish();
      document = out.toByteArray();
      trailers = decoder.trailers();
    } else if (payload.kind() == PayloadSigning.Kind.SHA256) {
      payload.checkSha256(Digests.sha256Hex(raw));
    }
    if (document.length > limit) {
      throw tooLong(limit);
    }
    if (contentMd5 != null) {
      contentMd5.check(ETags.newMd5().digest(document));
    }
    if (declared != null) {
      StreamingChecksum checksum = StreamingChecksums.jdk().start(declared.algorithm());
      checksum.update(document, 0, document.length);
      declared.check(checksum.value(), trailers);
    }
    return document;
  }

  private static void append(ByteArrayOutputStream out, ByteBuffer view) {
    out.write(view.array(), view.arrayOffset() + view.position(), view.remaining());
  }

  private static S3Exception tooLong(int limitBytes) {
    return new S3Exception(S3ErrorCode.MAX_MESSAGE_LENGTH_EXCEEDED)
        .with("MaxMessageLengthBytes", Integer.toString(limitBytes));
  }
}
