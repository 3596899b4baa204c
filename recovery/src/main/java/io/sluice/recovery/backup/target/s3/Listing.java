package io.sluice.recovery.backup.target.s3;

import io.sluice.s3.S3Exception;
import io.sluice.s3.http.PercentCoding;
import io.sluice.s3.xml.XmlReader;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Lists what a bucket holds below a prefix, page by page. Blocks; any thread. */
final class Listing {
  private static final int PAGE_MAX = 1_000;

  private final S3Client client;

  Listing(S3Client client) {
    this.client = client;
  }

  /**
   * An object of a page.
   *
   * @param size bytes
   */
  record Entry(String key, long size) {}

  /**
   * Some objects, or groups of them.
   *
   * @param prefixes the groups that a delimiter made
   * @param next where the next page begins; null after the last one
   */
  record Page(List<Entry> entries, List<String> prefixes, @Nullable String next) {}

  /** An upload that is neither completed nor aborted. */
  record Upload(String key, String id, Instant initiated) {}

  /**
   * Some uploads.
   *
   * @param nextKey null after the last page
   */
  record UploadPage(List<Upload> uploads, @Nullable String nextKey, String nextId) {}

  /**
   * The next page of objects, by key.
   *
   * @param delimiter empty for none
   * @param from what the page before named as its next; null for the first
   */
  Page objects(String prefix, String delimiter, @Nullable String from) throws IOException {
    return objects(prefix, delimiter, from, PAGE_MAX);
  }

  /** Whether there is nothing; asks for as good as nothing, so it also tells if answers come. */
  boolean isEmpty(String prefix) throws IOException {
    return objects(prefix, "", null, 1).entries().isEmpty();
  }

  private Page objects(String prefix, String delimiter, @Nullable String from, int max)
      throws IOException {
    S3Call call =
        new S3Call("ListObjectsV2", "GET", "")
            .query("list-type", "2")
            .query("encoding-type", "url")
            .query("max-keys", Integer.toString(max))
            .query("prefix", prefix);
    if (!delimiter.isEmpty()) {
      call.query("delimiter", delimiter);
    }
    if (from != null) {
      call.query("continuation-token", from);
    }
    return read(client.send(call), Listing::page);
  }

  /**
   * The next page of uploads.
   *
   * @param before the page before; null for the first
   */
  UploadPage uploads(String prefix, @Nullable UploadPage before) throws IOException {
    S3Call call =
        new S3Call("ListMultipartUploads", "GET", "")
            .query("uploads", "")
            .query("encoding-type", "url")
            .query("max-uploads", Integer.toString(PAGE_MAX))
            .query("prefix", prefix);
    if (before != null && before.nextKey() != null) {
      call.query("key-marker", before.nextKey());
      if (!before.nextId().isEmpty()) {
        call.query("upload-id-marker", before.nextId());
      }
    }
    return read(client.send(call), Listing::uploadPage);
  }

  @FunctionalInterface
  private interface Reading<T> {
    T of(byte[] document);
  }

  private static <T> T read(S3Answer answer, Reading<T> reading) throws IOException {
    try {
      return reading.of(answer.document());
    } catch (S3Exception | DateTimeParseException e) {
      throw new IOException("the endpoint answered with something that is no listing of S3", e);
    }
  }

  private static Page page(byte[] document) {
    XmlReader xml = XmlReader.root(document, "ListBucketResult");
    List<Entry> entries = new ArrayList<>();
    List<String> prefixes = new ArrayList<>();
    boolean truncated = false;
    boolean encoded = false;
    String next = null;
    while (xml.nextChild()) {
      switch (xml.name()) {
        case "Contents" -> entries.add(entry(xml));
        case "CommonPrefixes" -> prefixes.add(onlyChild(xml, "Prefix"));
        case "IsTruncated" -> truncated = xml.flag();
        case "NextContinuationToken" -> next = xml.text();
        case "EncodingType" -> encoded = xml.token().equals("url");
        default -> xml.skip();
      }
    }
    if (truncated && (next == null || next.isEmpty())) {
      throw XmlReader.malformed();
    }
    UnaryOperator<String> decode = decoder(encoded);
    entries.replaceAll(each -> new Entry(decode.apply(each.key()), each.size()));
    prefixes.replaceAll(decode);
    return new Page(entries, prefixes, truncated ? next : null);
  }

  private static Entry entry(XmlReader xml) {
    String key = null;
    long size = -1;
    while (xml.nextChild()) {
      switch (xml.name()) {
        case "Key" -> key = xml.text();
        case "Size" -> size = xml.number();
        default -> xml.skip();
      }
    }
    if (key == null || size < 0) {
      throw XmlReader.malformed();
    }
    return new Entry(key, size);
  }

  private static String onlyChild(XmlReader xml, String name) {
    String text = null;
    while (xml.nextChild()) {
      if (xml.name().equals(name)) {
        text = xml.text();
      } else {
        xml.skip();
      }
    }
    if (text == null) {
      throw XmlReader.malformed();
    }
    return text;
  }

  private static UploadPage uploadPage(byte[] document) {
    XmlReader xml = XmlReader.root(document, "ListMultipartUploadsResult");
    List<Upload> uploads = new ArrayList<>();
    boolean truncated = false;
    boolean encoded = false;
    String nextKey = "";
    String nextId = "";
    while (xml.nextChild()) {
      switch (xml.name()) {
        case "Upload" -> uploads.add(upload(xml));
        case "IsTruncated" -> truncated = xml.flag();
        case "NextKeyMarker" -> nextKey = xml.text();
        case "NextUploadIdMarker" -> nextId = xml.text();
        case "EncodingType" -> encoded = xml.token().equals("url");
        default -> xml.skip();
      }
    }
    if (truncated && nextKey.isEmpty()) {
      throw XmlReader.malformed();
    }
    UnaryOperator<String> decode = decoder(encoded);
    uploads.replaceAll(each -> new Upload(decode.apply(each.key()), each.id(), each.initiated()));
    return new UploadPage(uploads, truncated ? decode.apply(nextKey) : null, nextId);
  }

  private static Upload upload(XmlReader xml) {
    String key = null;
    String id = null;
    Instant initiated = null;
    while (xml.nextChild()) {
      switch (xml.name()) {
        case "Key" -> key = xml.text();
        case "UploadId" -> id = xml.token();
        case "Initiated" -> initiated = Instant.parse(xml.token());
        default -> xml.skip();
      }
    }
    if (key == null || id == null || initiated == null) {
      throw XmlReader.malformed();
    }
    return new Upload(key, id, initiated);
  }

  /** Not every endpoint does what it was asked for, but each says whether it did. */
  private static UnaryOperator<String> decoder(boolean encoded) {
    return encoded ? text -> PercentCoding.decodeUtf8(text, true) : UnaryOperator.identity();
  }
}
