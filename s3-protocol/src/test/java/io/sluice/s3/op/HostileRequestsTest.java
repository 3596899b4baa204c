package io.sluice.s3.op;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import io.sluice.s3.S3Operation;
import io.sluice.s3.SentRequest;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever a request holds, its input is read or an S3 error says why not. */
class HostileRequestsTest {
  private interface Decoder {
    Object decode(RoutedRequest request, RequestHead head);
  }

  private static final byte[] BODY =
      "<Delete><Object><Key>k</Key></Object></Delete>".getBytes(UTF_8);

  private static final Map<S3Operation, Decoder> DECODERS =
      Map.ofEntries(
          Map.entry(S3Operation.LIST_BUCKETS, ListBucketsInput::decode),
          Map.entry(S3Operation.CREATE_BUCKET, (r, h) -> CreateBucketInput.decode(r, h, BODY)),
          Map.entry(S3Operation.LIST_OBJECTS, ListObjectsInput::decode),
          Map.entry(S3Operation.LIST_OBJECTS_V2, ListObjectsV2Input::decode),
          Map.entry(S3Operation.LIST_OBJECT_VERSIONS, ListObjectVersionsInput::decode),
          Map.entry(S3Operation.LIST_MULTIPART_UPLOADS, ListMultipartUploadsInput::decode),
          Map.entry(S3Operation.DELETE_OBJECTS, (r, h) -> DeleteObjectsInput.decode(r, h, BODY)),
          Map.entry(S3Operation.PUT_OBJECT, PutObjectInput::decode),
          Map.entry(S3Operation.GET_OBJECT, GetObjectInput::decode),
          Map.entry(S3Operation.HEAD_OBJECT, HeadObjectInput::decode),
          Map.entry(S3Operation.DELETE_OBJECT, DeleteObjectInput::decode),
          Map.entry(S3Operation.COPY_OBJECT, CopyObjectInput::decode),
          Map.entry(S3Operation.GET_OBJECT_ATTRIBUTES, GetObjectAttributesInput::decode),
          Map.entry(S3Operation.GET_OBJECT_TAGGING, GetObjectTaggingInput::decode),
          Map.entry(S3Operation.CREATE_MULTIPART_UPLOAD, CreateMultipartUploadInput::decode),
          Map.entry(S3Operation.UPLOAD_PART, UploadPartInput::decode),
          Map.entry(S3Operation.UPLOAD_PART_COPY, UploadPartCopyInput::decode),
          Map.entry(
              S3Operation.COMPLETE_MULTIPART_UPLOAD,
              (r, h) -> CompleteMultipartUploadInput.decode(r, h, BODY)),
          Map.entry(S3Operation.ABORT_MULTIPART_UPLOAD, AbortMultipartUploadInput::decode),
          Map.entry(S3Operation.LIST_PARTS, ListPartsInput::decode));

  private static final List<String> HEADERS =
      List.of(
          "Authorization",
          "Range",
          "If-Match",
          "If-None-Match",
          "If-Modified-Since",
          "Content-MD5",
          "Content-Encoding",
          "x-amz-acl",
          "x-amz-checksum-algorithm",
          "x-amz-checksum-crc32",
          "x-amz-checksum-mode",
          "x-amz-checksum-type",
          "x-amz-copy-source",
          "x-amz-copy-source-range",
          "x-amz-max-parts",
          "x-amz-meta-",
          "x-amz-meta-a",
          "x-amz-metadata-directive",
          "x-amz-mp-object-size",
          "x-amz-object-attributes",
          "x-amz-part-number-marker",
          "x-amz-sdk-checksum-algorithm",
          "x-amz-storage-class",
          "x-amz-tagging-directive",
          "x-amz-trailer");

  private static final List<String> PARAMETERS =
      List.of(
          "max-keys",
          "max-parts",
          "max-buckets",
          "max-uploads",
          "encoding-type",
          "continuation-token",
          "key-marker",
          "version-id-marker",
          "upload-id-marker",
          "part-number-marker",
          "versionId",
          "partNumber",
          "uploadId",
          "response-content-type");

  @Provide
  Arbitrary<S3Operation> operations() {
    return Arbitraries.of(DECODERS.keySet());
  }

  @Provide
  Arbitrary<Map<String, String>> headers() {
    return Arbitraries.maps(Arbitraries.of(HEADERS), values()).ofMaxSize(4);
  }

  @Provide
  Arbitrary<Map<String, String>> parameters() {
    return Arbitraries.maps(Arbitraries.of(PARAMETERS), values()).ofMaxSize(4);
  }

  private static Arbitrary<String> values() {
    return Arbitraries.oneOf(
        Arbitraries.strings().withCharRange(' ', '\u00ff').ofMaxLength(20),
        Arbitraries.of("", "0", "1", "-1", "*", "b/k", "url", "CRC32", "true", "bytes=0-", "\"e\""),
        Arbitraries.integers().map(String::valueOf));
  }

  @Property(tries = 3000)
  void decode_arbitraryFields_areReadOrAnS3Error(
      @ForAll("operations") S3Operation operation,
      @ForAll("parameters") Map<String, String> parameters,
      @ForAll("headers") Map<String, String> headers) {
    StringBuilder query = new StringBuilder();
    operation.discriminator().query().forEach(condition -> query.append(condition).append('&'));
    parameters.forEach((name, value) -> query.append(name).append('=').append(value).append('&'));
    String path =
        switch (operation.level()) {
          case SERVICE -> "/";
          case BUCKET -> "/bucket";
          case OBJECT -> "/bucket/key";
        };
    SentRequest request = new SentRequest(operation.method().name(), path + "?" + query);
    headers.forEach(request::with);
    if (operation.discriminator().header() != null) {
      request.with(operation.discriminator().header(), "/source/key");
    }
    try {
      RoutedRequest routed = request.routed();
      Decoder decoder = DECODERS.get(routed.operation());
      if (decoder != null) {
        assertThat(decoder.decode(routed, request)).isNotNull();
      }
    } catch (S3Exception e) {
      assertThat(e.code().status()).isBetween(400, 501);
    }
  }
}
