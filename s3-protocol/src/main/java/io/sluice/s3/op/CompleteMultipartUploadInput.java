package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.ChecksumType;
import io.sluice.s3.checksum.ChecksumValue;
import io.sluice.s3.http.WriteCondition;
import io.sluice.s3.xml.XmlReader;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * CompleteMultipartUpload.
 *
 * @param parts 1 to 10,000, by ascending number
 * @param checksum of the whole object, as the client expects it; null when it does not say
 * @param checksumType null when the client names none
 * @param objectSize what the parts must add up to; null when the client does not say
 */
public record CompleteMultipartUploadInput(
    String bucket,
    String key,
    String uploadId,
    List<CompletedPart> parts,
    @Nullable ExpectedChecksum checksum,
    @Nullable ChecksumType checksumType,
    @Nullable Long objectSize,
    WriteCondition condition) {

  /**
   * The checksum that the client expects the whole object to have.
   *
   * @param text as sent; may end in {@code -N}
   */
  public record ExpectedChecksum(ChecksumAlgorithm algorithm, String text) {}

  /**
   * Reads a request.
   *
   * @throws S3Exception MalformedXML, InvalidPartOrder, InvalidArgument for a part number out of
   *     range, InvalidRequest, NoSuchUpload, NotImplemented
   */
  public static CompleteMultipartUploadInput decode(
      RoutedRequest request, RequestHead head, byte[] body) {
    UnsupportedHeaders.refuse(head);
    return new CompleteMultipartUploadInput(
        request.requireBucket(),
        request.requireKey(),
        Fields.uploadId(request.query()),
        parts(body),
        checksum(head),
        Fields.checksumType(head),
        objectSize(head),
        WriteConditions.of(head));
  }

  private static List<CompletedPart> parts(byte[] body) {
    XmlReader xml = XmlReader.root(body, "CompleteMultipartUpload");
    List<CompletedPart> parts = new ArrayList<>();
    while (xml.nextChild()) {
      if (!xml.name().equals("Part") || parts.size() == Fields.PART_NUMBER_MAX) {
        throw XmlReader.malformed();
      }
      CompletedPart part = part(xml);
      if (!parts.isEmpty() && part.number() <= parts.get(parts.size() - 1).number()) {
        throw new S3Exception(S3ErrorCode.INVALID_PART_ORDER);
      }
      parts.add(part);
    }
    xml.end();
    if (parts.isEmpty()) {
      throw XmlReader.malformed();
    }
    return List.copyOf(parts);
  }

  private static CompletedPart part(XmlReader xml) {
    Long number = null;
    String etag = null;
    Map<ChecksumAlgorithm, ChecksumValue> checksums = Map.of();
    while (xml.nextChild()) {
      switch (xml.name()) {
        case "PartNumber" -> number = xml.number();
        case "ETag" -> etag = Fields.unquoted(xml.text());
        default -> checksums = withChecksum(checksums, xml);
      }
    }
    if (number == null || etag == null) {
      throw XmlReader.malformed();
    }
    return new CompletedPart(Fields.partNumber(Long.toString(number)), etag, checksums);
  }

  private static Map<ChecksumAlgorithm, ChecksumValue> withChecksum(
      Map<ChecksumAlgorithm, ChecksumValue> checksums, XmlReader xml) {
    for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
      if (algorithm.xmlName().equals(xml.name())) {
        Map<ChecksumAlgorithm, ChecksumValue> more = new EnumMap<>(ChecksumAlgorithm.class);
        more.putAll(checksums);
        more.put(algorithm, ChecksumValue.parse(algorithm, xml.token()));
        return more;
      }
    }
    throw XmlReader.malformed();
  }

  private static @Nullable ExpectedChecksum checksum(RequestHead head) {
    ExpectedChecksum checksum = null;
    for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
      String text = Fields.header(head, algorithm.headerName());
      if (text != null) {
        if (checksum != null) {
          throw Fields.invalidRequest(
              "Expecting a single x-amz-checksum- header. Multiple checksum Types are not"
                  + " allowed.");
        }
        checksum = new ExpectedChecksum(algorithm, text);
      }
    }
    return checksum;
  }

  private static @Nullable Long objectSize(RequestHead head) {
    String name = "x-amz-mp-object-size";
    String value = Fields.header(head, name);
    if (value == null) {
      return null;
    }
    try {
      long size = Long.parseLong(value);
      if (size >= 0) {
        return size;
      }
    } catch (NumberFormatException e) {
      // Refused below, as a negative one.
    }
    throw Fields.invalidRequest("Value for x-amz-mp-object-size header is invalid.");
  }
}
