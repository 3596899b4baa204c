package io.sluice.recovery.backup.target.s3;

import io.sluice.recovery.backup.target.ClaimRefusedException;
import io.sluice.s3.S3Exception;
import io.sluice.s3.xml.XmlReader;
import io.sluice.s3.xml.XmlWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes objects, most of them under keys that have none yet.
 *
 * <p>The endpoint decides that ({@code If-None-Match: *}), so of several writers one wins. What a
 * refusal means is seen by reading what is there: it may be this very write, whose answer was lost.
 * An endpoint that says that it doesn't know such conditions is asked before each write instead;
 * then two writers of one name at the same moment could both succeed. Blocks; any thread.
 */
final class ObjectWriter {
  private static final Logger LOG = LoggerFactory.getLogger(ObjectWriter.class);
  private static final String COMPLETE = "CompleteMultipartUpload";
  private static final String COMPLETED = "CompleteMultipartUploadResult";

  private static final Pattern MD5 = Pattern.compile("[0-9a-fA-F]{32}");

  private final S3Location location;
  private final S3Client client;
  private final ObjectReader reader;
  private final InstantSource clock;
  private final AtomicBoolean conditional = new AtomicBoolean(true);

  /** Whether the bucket asks for a checksum of each body, as one with object lock does. */
  private final AtomicBoolean digested;

  ObjectWriter(S3Location location, S3Client client, ObjectReader reader, InstantSource clock) {
    this.location = location;
    this.client = client;
    this.reader = reader;
    this.clock = clock;
    this.digested = new AtomicBoolean(location.lock() != null);
  }

  /**
   * Writes an object in one piece.
   *
   * @throws FileAlreadyExistsException when one with other bytes is there, and may not be replaced
   */
  void put(ObjectToWrite object, Payload payload) throws IOException {
    write(
        object,
        List.of(Sent.of(payload)),
        onlyIfNew -> sendBytes(() -> conditioned(inOnePiece(object, payload), onlyIfNew), payload));
  }

  private S3Call inOnePiece(ObjectToWrite object, Payload payload) {
    S3Call call = described(new S3Call("PutObject", "PUT", object.key()), object);
    object.description().checksums().forEach(call::header);
    return object.isPlain() ? call.check(answer -> otherBytes(answer, payload)) : call;
  }

  /**
   * What an ETag says of the bytes: it is their MD5, unless it doesn't look like one or they are
   * encrypted with a key that the endpoint manages.
   */
  private static @Nullable String otherBytes(S3Answer answer, Payload payload) {
    String etag = String.valueOf(answer.header("etag")).replace("\"", "");
    String encryption = String.valueOf(answer.header("x-amz-server-side-encryption"));
    return !MD5.matcher(etag).matches()
            || encryption.startsWith("aws:")
            || etag.equalsIgnoreCase(payload.md5Hex())
        ? null
        : "has other bytes than were sent, as its ETag says";
  }

  /**
   * Writes an object, of several writers at the same moment one alone.
   *
   * <p>There are endpoints that pass over a condition without a word. So the object is written once
   * more: where conditions count, that is refused.
   *
   * @throws FileAlreadyExistsException when one with other bytes is there
   * @throws ClaimRefusedException when the endpoint refuses it, or doesn't know conditions
   * @throws IOException also when the endpoint passes over conditions
   */
  void claim(String key, Payload payload) throws IOException {
    if (!claimed(key, payload)) {
      return;
    }
    boolean again;
    try {
      again = claimed(key, payload);
    } catch (ClaimRefusedException e) {
      throw new IOException(e.getMessage(), e); // the first time it was taken
    }
    if (again) {
      throw new IOException(
          location
              + " passes over conditions (If-None-Match), so two could have the same file: "
              + key
              + " may not be relied on");
    }
  }

  /** Whether it was written; else the same bytes were there. */
  private boolean claimed(String key, Payload payload) throws IOException {
    try {
      ObjectToWrite file = ObjectToWrite.file(key);
      sendBytes(() -> conditioned(inOnePiece(file, payload), true), payload);
      return true;
    } catch (S3Failure e) {
      if (e.status() == 501 && e.isRefusal()) {
        throw new ClaimRefusedException(
            location + " can't write on condition that nothing is there (If-None-Match)", e);
      }
      if (e.isRefusal() && !e.isPreconditionFailed()) {
        throw new ClaimRefusedException(String.valueOf(e.getMessage()), e);
      }
      settle(key, List.of(Sent.of(payload)), e);
      return false;
    }
  }

  /** Begins to write an object in parts; gives the upload's id. */
  String begin(ObjectToWrite object) throws IOException {
    S3Call call =
        described(new S3Call("CreateMultipartUpload", "POST", object.key()), object)
            .query("uploads", "")
            .check(answer -> uploadId(answer) == null ? "named no upload" : null);
    String id = uploadId(client.send(call));
    if (id == null) {
      throw new IOException(location + ": the endpoint named no upload");
    }
    return id;
  }

  private static @Nullable String uploadId(S3Answer answer) {
    try {
      XmlReader xml = XmlReader.root(answer.document(), "InitiateMultipartUploadResult");
      while (xml.nextChild()) {
        if (xml.name().equals("UploadId")) {
          String id = xml.token();
          return id.isEmpty() ? null : id;
        }
        xml.skip();
      }
      return null;
    } catch (S3Exception e) {
      return null;
    }
  }

  /**
   * Writes a part.
   *
   * @param number from 1
   */
  SentPart part(String key, String uploadId, int number, Payload payload) throws IOException {
    S3Answer answer =
        sendBytes(
            () ->
                new S3Call("UploadPart", "PUT", key)
                    .query("partNumber", Integer.toString(number))
                    .query("uploadId", uploadId)
                    .check(sent -> sent.header("etag") == null ? "gave a part no ETag" : null),
            payload);
    String etag = answer.header("etag");
    return new SentPart(number, etag == null ? "" : etag, Sent.of(payload));
  }

  /**
   * Makes an object of its parts.
   *
   * @param parts all, by number
   * @return false when it was there already; the upload may still be
   * @throws FileAlreadyExistsException when one with other bytes is there, and may not be replaced
   */
  boolean complete(ObjectToWrite object, String uploadId, List<SentPart> parts) throws IOException {
    XmlWriter xml = XmlWriter.document(COMPLETE, 256 + 128 * parts.size());
    for (SentPart part : parts) {
      xml.open("Part").element("PartNumber", part.number()).element("ETag", part.etag());
      xml.close("Part");
    }
    Payload document = payload(xml.finish(COMPLETE));
    List<Sent> sent = parts.stream().map(SentPart::sent).toList();
    boolean made =
        write(
            object,
            sent,
            onlyIfNew ->
                client.send(
                    conditioned(new S3Call(COMPLETE, "POST", object.key()), onlyIfNew)
                        .query("uploadId", uploadId)
                        .body(document)
                        .slow()
                        .check(ObjectWriter::notCompleted)));
    if (object.isPlain()) {
      requireSize(object.key(), sent.stream().mapToLong(Sent::size).sum());
    }
    return made;
  }

  private void requireSize(String key, long size) throws IOException {
    ObjectStatus there = reader.find(key);
    if (there == null || there.size() != size) {
      throw new IOException(
          location
              + ": "
              + key
              + (there == null ? " is not there" : " has " + there.size() + " bytes")
              + " after "
              + size
              + " were sent: did somebody else write it?");
    }
  }

  private static Payload payload(ByteBuffer document) {
    byte[] bytes = new byte[document.remaining()];
    document.get(bytes);
    return Payload.of(bytes);
  }

  private static @Nullable String notCompleted(S3Answer answer) {
    try {
      XmlReader.root(answer.document(), COMPLETED);
      return null;
    } catch (S3Exception e) {
      return "did not say whether the file is there now";
    }
  }

  /** Frees the parts of an upload that is not to be completed; none is fine. */
  void abort(String key, String uploadId) throws IOException {
    S3Call call = new S3Call("AbortMultipartUpload", "DELETE", key).query("uploadId", uploadId);
    try {
      client.send(call.brief());
    } catch (S3Failure e) {
      if (!e.isMissing()) {
        throw e;
      }
    }
  }

  private S3Call described(S3Call call, ObjectToWrite object) {
    object.description().headers().forEach(call::header);
    String storageClass = location.storageClass();
    if (storageClass != null) {
      call.header("x-amz-storage-class", storageClass);
    }
    ObjectLock lock = location.lock();
    if (lock != null && object.locks()) {
      lock.addTo(call, clock.instant());
    }
    return call;
  }

  private static S3Call conditioned(S3Call call, boolean onlyIfNew) {
    return onlyIfNew ? call.header("If-None-Match", "*") : call;
  }

  private S3Answer sendBytes(Request request, Payload payload) throws IOException {
    if (!digested.get()) {
      try {
        return client.send(request.make().body(payload));
      } catch (S3Failure e) {
        // A bucket whose own default is to lock what is written says so with this alone.
        if (e.status() != 400 || !String.valueOf(e.getMessage()).contains("Content-MD5")) {
          throw e;
        }
        digested.set(true);
      }
    }
    return client.send(request.make().header("Content-MD5", payload.md5Base64()).body(payload));
  }

  /** Whether it was this that made the object, and not a write before it. */
  private boolean write(ObjectToWrite object, List<Sent> sent, Write write) throws IOException {
    if (!object.replaces()) {
      return writeOnce(object.key(), sent, write);
    }
    try {
      write.send(false);
      return true;
    } catch (S3Failure e) {
      settle(object.key(), sent, e);
      return false;
    }
  }

  private boolean writeOnce(String key, List<Sent> sent, Write write) throws IOException {
    if (conditional.get()) {
      try {
        write.send(true);
        return true;
      } catch (S3Failure e) {
        if (e.status() != 501) {
          settle(key, sent, e);
          return false;
        }
      }
    }
    ObjectStatus there = reader.find(key);
    if (there != null) {
      requireSame(key, there, sent);
      return false;
    }
    try {
      write.send(false);
    } catch (S3Failure e) {
      settle(key, sent, e);
      return false;
    }
    if (conditional.getAndSet(false)) {
      LOG.warn(
          "{} can't write on condition that nothing is there (If-None-Match); it is asked before"
              + " each write instead, so no two backups may write to it at once",
          location);
    }
    return true;
  }

  /**
   * What became of a write that failed. That something is there, or that the upload is no more, may
   * be the doing of an attempt before, whose answer got lost.
   */
  private void settle(String key, List<Sent> sent, S3Failure failure) throws IOException {
    if (!failure.isPreconditionFailed() && !failure.is("NoSuchUpload")) {
      throw failure;
    }
    ObjectStatus there = reader.find(key);
    if (there == null) {
      throw failure;
    }
    requireSame(key, there, sent);
  }

  private void requireSame(String key, ObjectStatus there, List<Sent> sent) throws IOException {
    if (!reader.holds(key, there, sent)) {
      throw new FileAlreadyExistsException(
          key, null, "is there with other bytes in " + location + ", and stays as it is");
    }
  }

  /** Makes a request anew for each time that it is sent. */
  @FunctionalInterface
  private interface Request {
    S3Call make();
  }

  /** A request that makes an object. */
  @FunctionalInterface
  private interface Write {
    void send(boolean onlyIfNew) throws IOException;
  }
}
