package io.sluice.recovery.backup.target.s3;

import io.sluice.s3.http.HttpDates;
import io.sluice.s3.xml.XmlReader;
import io.sluice.s3.xml.XmlWriter;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/** One bucket, as S3 describes it and no more than a target needs. For one thread at a time. */
final class FakeBucket {
  /** Objects of a page of a listing. */
  static final int PAGE_MAX = 3;

  /** Below, S3 refuses a part that isn't the last one. */
  private static final int PART_MIN = 5 << 20;

  /** The one item of user metadata that is kept. */
  private static final String NOTE = "x-amz-meta-sluice-origin";

  private static final String NOTE_SENT = "X-amz-meta-sluice-origin";

  static final Instant INITIATED = Instant.parse("2026-01-01T00:00:00Z");

  final TreeMap<String, byte[]> objects = new TreeMap<>();
  final TreeMap<String, String> notes = new TreeMap<>();

  /** When objects were stored, where that is known. */
  final TreeMap<String, Instant> modified = new TreeMap<>();

  final TreeMap<String, TreeMap<Integer, byte[]>> uploads = new TreeMap<>();
  boolean conditionalWrites = true;
  boolean overlooksConditions;
  boolean locksByDefault;
  boolean keepsVersions;
  private int uploadCount;

  /** What is asked of the bucket. */
  record Request(
      String operation,
      String key,
      Map<String, String> query,
      Map<String, String> headers,
      Supplier<byte[]> bytes) {
    byte[] body() {
      return bytes.get();
    }

    String header(String name) {
      return headers.get(name);
    }
  }

  FakeAnswer answer(Request request) {
    return switch (request.operation()) {
      case "PutObject" -> put(request);
      case "GetObject" -> get(request);
      case "HeadObject" -> head(request);
      case "DeleteObject" -> {
        if (keepsVersions && !"v1".equals(request.query().get("versionId"))) {
          yield FakeAnswer.error(400, "InvalidRequest", "a mark would hide a version");
        }
        FakeAnswer refusal = refusalOfDelete(request);
        if (refusal == null) {
          objects.remove(request.key());
        }
        yield refusal == null ? FakeAnswer.empty(204) : refusal;
      }
      case "ListObjectsV2" -> list(request);
      case "CreateMultipartUpload" -> begin(request);
      case "UploadPart" -> part(request);
      case "CompleteMultipartUpload" -> complete(request);
      case "AbortMultipartUpload" ->
          uploads.remove(request.query().get("uploadId")) == null
              ? FakeAnswer.error(404, "NoSuchUpload", "no such upload")
              : FakeAnswer.empty(204);
      case "ListMultipartUploads" -> listUploads(request);
      default -> FakeAnswer.error(501, "NotImplemented", request.operation());
    };
  }

  /** Null when it may be deleted. */
  private FakeAnswer refusalOfDelete(Request request) {
    String match = request.header("If-match");
    byte[] object = objects.get(request.key());
    if (match == null || overlooksConditions || object == null) {
      return null;
    }
    if (!conditionalWrites) {
      return FakeAnswer.error(501, "NotImplemented", "A header you provided is not implemented");
    }
    return match.equals(etag(object))
        ? null
        : FakeAnswer.error(412, "PreconditionFailed", "another ETag");
  }

  /** Null when the write may go on. */
  private FakeAnswer refusal(Request request) {
    if (request.header("If-none-match") == null || overlooksConditions) {
      return null;
    }
    if (!conditionalWrites) {
      return FakeAnswer.error(501, "NotImplemented", "A header you provided is not implemented");
    }
    return objects.containsKey(request.key())
        ? FakeAnswer.error(412, "PreconditionFailed", "something is there")
        : null;
  }

  private FakeAnswer unlocked(Request request) {
    return locksByDefault && request.header("Content-md5") == null
        ? FakeAnswer.error(400, "InvalidRequest", "Content-MD5 HTTP header is required")
        : null;
  }

  private FakeAnswer put(Request request) {
    FakeAnswer refusal = unlocked(request) == null ? refusal(request) : unlocked(request);
    if (refusal == null) {
      objects.put(request.key(), request.body());
      notes.put(request.key(), String.valueOf(request.header(NOTE_SENT)));
      modified.put(request.key(), Clock.systemUTC().instant());
      return FakeAnswer.empty(200).header("ETag", etag(request.body()));
    }
    return refusal;
  }

  private FakeAnswer head(Request request) {
    byte[] object = objects.get(request.key());
    if (object == null) {
      return FakeAnswer.empty(404);
    }
    FakeAnswer answer =
        FakeAnswer.empty(200)
            .header("ETag", etag(object))
            .header("Content-length", Integer.toString(object.length))
            .header(NOTE, notes.getOrDefault(request.key(), "none"));
    Instant at = modified.get(request.key());
    if (at != null) {
      answer.header("Last-modified", HttpDates.format(at));
    }
    return keepsVersions ? answer.header("x-amz-version-id", "v1") : answer;
  }

  private FakeAnswer get(Request request) {
    byte[] object = objects.get(request.key());
    if (object == null) {
      return FakeAnswer.error(404, "NoSuchKey", "no such key");
    }
    String match = request.header("If-match");
    if (match != null && !match.equals(etag(object))) {
      return FakeAnswer.error(412, "PreconditionFailed", "another ETag");
    }
    String[] range = request.header("Range").substring("bytes=".length()).split("-", -1);
    int first = Integer.parseInt(range[0]);
    int last = Math.min(Integer.parseInt(range[1]), object.length - 1);
    return new FakeAnswer(206, Arrays.copyOfRange(object, first, last + 1))
        .header("ETag", etag(object))
        .header("Content-range", "bytes " + first + "-" + last + "/" + object.length);
  }

  static String etag(byte[] object) {
    try {
      byte[] md5 = MessageDigest.getInstance("MD5").digest(object);
      return '"' + HexFormat.of().formatHex(md5) + '"';
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private FakeAnswer list(Request request) {
    String prefix = request.query().getOrDefault("prefix", "");
    String delimiter = request.query().getOrDefault("delimiter", "");
    String start = request.query().getOrDefault("start-after", "");
    String after = request.query().getOrDefault("continuation-token", start);
    int max = Math.min(PAGE_MAX, Integer.parseInt(request.query().get("max-keys")));
    XmlWriter xml = XmlWriter.document("ListBucketResult");
    TreeSet<String> groups = new TreeSet<>();
    int count = 0;
    String last = after;
    boolean truncated = false;
    for (Map.Entry<String, byte[]> object : objects.tailMap(prefix, true).entrySet()) {
      String key = object.getKey();
      if (!key.startsWith(prefix)) {
        break;
      }
      int end = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
      String shown = end < 0 ? key : key.substring(0, end + 1);
      if (shown.compareTo(after) <= 0 || groups.contains(shown)) {
        continue;
      }
      if (count++ == max) {
        truncated = true;
        break;
      }
      last = shown;
      if (end < 0) {
        xml.open("Contents").element("Key", shown).element("Size", object.getValue().length);
        xml.close("Contents");
      } else {
        groups.add(shown);
      }
    }
    for (String group : groups) {
      xml.open("CommonPrefixes").element("Prefix", group).close("CommonPrefixes");
    }
    xml.element("IsTruncated", truncated);
    if (truncated) {
      xml.element("NextContinuationToken", last);
    }
    return FakeAnswer.xml(xml, "ListBucketResult");
  }

  private FakeAnswer begin(Request request) {
    String id = request.key() + "?" + uploadCount++;
    uploads.put(id, new TreeMap<>());
    XmlWriter xml = XmlWriter.document("InitiateMultipartUploadResult").element("UploadId", id);
    return FakeAnswer.xml(xml, "InitiateMultipartUploadResult");
  }

  private FakeAnswer part(Request request) {
    TreeMap<Integer, byte[]> parts = uploads.get(request.query().get("uploadId"));
    if (parts == null) {
      return FakeAnswer.error(404, "NoSuchUpload", "no such upload");
    }
    FakeAnswer refusal = unlocked(request);
    if (refusal == null) {
      parts.put(Integer.parseInt(request.query().get("partNumber")), request.body());
      return FakeAnswer.empty(200).header("ETag", etag(request.body()));
    }
    return refusal;
  }

  private FakeAnswer complete(Request request) {
    String id = request.query().get("uploadId");
    TreeMap<Integer, byte[]> parts = uploads.get(id);
    if (parts == null) {
      return FakeAnswer.error(404, "NoSuchUpload", "no such upload");
    }
    FakeAnswer refusal = refusal(request);
    if (refusal != null) {
      return refusal;
    }
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    XmlReader xml = XmlReader.root(request.body(), "CompleteMultipartUpload");
    int number = 0;
    while (xml.nextChild()) {
      String etag = "";
      while (xml.nextChild()) {
        if (xml.name().equals("PartNumber")) {
          number = (int) xml.number();
        } else {
          etag = xml.text();
        }
      }
      byte[] part = parts.get(number);
      if (part == null || !etag(part).equals(etag)) {
        return FakeAnswer.error(400, "InvalidPart", "part " + number);
      }
      if (part.length < PART_MIN && number < parts.lastKey()) {
        return FakeAnswer.error(400, "EntityTooSmall", "part " + number);
      }
      whole.writeBytes(part);
    }
    uploads.remove(id);
    objects.put(request.key(), whole.toByteArray());
    return FakeAnswer.xml(
        XmlWriter.document("CompleteMultipartUploadResult"), "CompleteMultipartUploadResult");
  }

  private FakeAnswer listUploads(Request request) {
    String after = request.query().getOrDefault("upload-id-marker", "");
    XmlWriter xml = XmlWriter.document("ListMultipartUploadsResult");
    String id = uploads.higherKey(after);
    boolean more = id != null && uploads.higherKey(id) != null;
    if (id != null) {
      String key = id.substring(0, id.indexOf('?'));
      xml.open("Upload").element("Key", key).element("UploadId", id);
      xml.element("Initiated", INITIATED).close("Upload");
      xml.element("NextKeyMarker", key).element("NextUploadIdMarker", id);
    }
    xml.element("IsTruncated", more);
    return FakeAnswer.xml(xml, "ListMultipartUploadsResult");
  }
}
