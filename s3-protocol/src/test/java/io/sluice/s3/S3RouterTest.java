package io.sluice.s3;

import static io.sluice.s3.S3Errors.codeOf;
import static io.sluice.s3.S3Errors.errorOf;
import static io.sluice.s3.SentRequest.delete;
import static io.sluice.s3.SentRequest.get;
import static io.sluice.s3.SentRequest.post;
import static io.sluice.s3.SentRequest.put;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class S3RouterTest {
  private final S3Router pathStyle = new S3Router(null);
  private final S3Router virtualHosts = new S3Router("s3.example.com");

  @ParameterizedTest
  @CsvSource({
    "GET, /, ListBuckets",
    "GET, /?x-id=ListBuckets, ListBuckets",
    "GET, /b, ListObjects",
    "GET, /b/, ListObjects",
    "GET, /b?unknownsub, ListObjects",
    "GET, /b?id=5, ListObjects",
    "GET, /b/k?location, GetObject",
    "GET, /b?list-type=2&prefix=a, ListObjectsV2",
    "GET, /b?prefix=list-type%3D2, ListObjects",
    "GET, /b?versions, ListObjectVersions",
    "GET, /b?uploads, ListMultipartUploads",
    "GET, /b?location, GetBucketLocation",
    "GET, /b?acl, GetBucketAcl",
    "GET, /b?acl=, GetBucketAcl",
    "GET, /b?inventory, ListBucketInventoryConfigurations",
    "GET, /b?inventory&id=1, GetBucketInventoryConfiguration",
    "PUT, /b, CreateBucket",
    "HEAD, /b, HeadBucket",
    "DELETE, /b, DeleteBucket",
    "DELETE, /b?policy, DeleteBucketPolicy",
    "POST, /b?delete, DeleteObjects",
    "POST, /b, PostObject",
    "GET, /b/k, GetObject",
    "GET, /b/k?versionId=v, GetObject",
    "GET, /b/k?partNumber=1, GetObject",
    "HEAD, /b/k?partNumber=1, HeadObject",
    "GET, /b/k?attributes, GetObjectAttributes",
    "GET, /b/k?uploadId=u, ListParts",
    "PUT, /b/k, PutObject",
    "PUT, /b/k?x-id=PutObject, PutObject",
    "PUT, /b/k?acl, PutObjectAcl",
    "PUT, /b/k?tagging, PutObjectTagging",
    "PUT, /b/k?partNumber=1&uploadId=u, UploadPart",
    "DELETE, /b/k, DeleteObject",
    "DELETE, /b/k?uploadId=u, AbortMultipartUpload",
    "POST, /b/k?uploads, CreateMultipartUpload",
    "POST, /b/k?uploadId=u, CompleteMultipartUpload",
    "POST, /b/k?select&select-type=2, SelectObjectContent",
    "POST, /b/k?restore, RestoreObject",
    "OPTIONS, /b/k?acl, OptionsObject",
    "OPTIONS, /b, OptionsBucket",
  })
  void route_methodAndQuery_selectTheOperation(String method, String target, String operation) {
    RoutedRequest routed = pathStyle.route(new SentRequest(method, target));
    assertThat(routed.operation().awsName()).isEqualTo(operation);
  }

  @Test
  void route_copySourceHeader_isACopy() {
    assertThat(put("/b/k").with("X-Amz-Copy-Source", "/a/b").routed().operation())
        .isEqualTo(S3Operation.COPY_OBJECT);
    assertThat(
            put("/b/k?partNumber=1&uploadId=u")
                .with("x-amz-copy-source", "/a/b")
                .routed()
                .operation())
        .isEqualTo(S3Operation.UPLOAD_PART_COPY);
  }

  @ParameterizedTest
  @CsvSource({
    "DELETE, /b/k?acl",
    "POST, /b/k",
    "POST, /b/k?acl",
    "PUT, /b/k?uploads",
    "PUT, /b/k?uploadId=u",
    "PUT, /b/k?partNumber=1",
    "PUT, /b/k?torrent",
    "HEAD, /b/k?acl",
    "PUT, /b?versions",
    "DELETE, /b?uploads",
    "DELETE, /b/?uploadId=u",
    "PUT, /b/?partNumber=1&uploadId=u",
    "PUT, /b/k?policy",
    "DELETE, /b/k?lifecycle",
    "PUT, /",
    "HEAD, /",
    "PATCH, /b/k",
    "get, /b/k",
  })
  void route_methodNotOfTheSubresource_isMethodNotAllowed(String method, String target) {
    assertThat(codeOf(() -> pathStyle.route(new SentRequest(method, target))))
        .isEqualTo(S3ErrorCode.METHOD_NOT_ALLOWED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/b?acl&policy", "/b?versions&list-type=2", "/b/k?acl&tagging"})
  void route_twoSubresources_isInvalidArgument(String target) {
    assertThat(errorOf(() -> pathStyle.route(get(target))))
        .satisfies(error -> assertThat(error.code()).isEqualTo(S3ErrorCode.INVALID_ARGUMENT))
        .hasMessageStartingWith("Conflicting query string parameters: ");
  }

  @Test
  void route_unknownListType_isInvalidArgument() {
    assertThat(codeOf(() -> pathStyle.route(get("/b?list-type=3"))))
        .isEqualTo(S3ErrorCode.INVALID_ARGUMENT);
  }

  @ParameterizedTest
  @EnumSource(S3Operation.class)
  void route_exactlyWhatARowNames_isThatRow(S3Operation row) {
    assertThat(pathStyle.route(request(row, row.discriminator())).operation()).isEqualTo(row);
  }

  /**
   * The proof that no two rows tie: whatever two rows of one method and level ask for together
   * either goes to a row that contains the conditions of both, or is refused.
   */
  @ParameterizedTest
  @EnumSource(S3Operation.class)
  void route_conditionsOfTwoRowsAtOnce_oneIsMoreSpecificOrItIsRefused(S3Operation one) {
    for (S3Operation other : S3Operation.values()) {
      if (one == other || one.method() != other.method() || one.level() != other.level()) {
        continue;
      }
      assertThat(one.discriminator()).isNotEqualTo(other.discriminator());
      SentRequest both = request(one, one.discriminator(), other.discriminator());
      S3Operation winner = null;
      try {
        winner = pathStyle.route(both).operation();
      } catch (S3Exception e) {
        assertThat(e.code()).isEqualTo(S3ErrorCode.INVALID_ARGUMENT);
      }
      if (winner != null) {
        assertThat(winner.discriminator().refines(one.discriminator())).isTrue();
        assertThat(winner.discriminator().refines(other.discriminator())).isTrue();
      }
    }
  }

  /** No subresource of AWS's, under any method, ever reaches an operation on the object itself. */
  @ParameterizedTest
  @EnumSource(S3Operation.class)
  void route_aSubresourceUnderAnotherMethod_isNeverThePlainOperation(S3Operation row) {
    if (row.discriminator().query().isEmpty() || row.level() == ResourceLevel.SERVICE) {
      return;
    }
    for (S3Method method : new S3Method[] {S3Method.GET, S3Method.PUT, S3Method.DELETE}) {
      String target = target(row.level()) + "?" + row.discriminator().query().get(0);
      try {
        S3Operation routed = pathStyle.route(new SentRequest(method.name(), target)).operation();
        assertThat(routed.discriminator().query()).isNotEmpty();
      } catch (S3Exception e) {
        assertThat(e.code()).isIn(S3ErrorCode.METHOD_NOT_ALLOWED, S3ErrorCode.INVALID_ARGUMENT);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/b/a//b, a//b",
    "/b//k, /k",
    "/b/../k, ../k",
    "/b/./k, ./k",
    "/b/a/, a/",
    "/b/a+b, a+b",
    "/b/a%2Bb, a+b",
    "/b/a%2Fb, a/b",
    "/b/a%20b, 'a b'",
    "/b/%C3%A9, é",
    "/b/e%CC%81, e\u0301",
    "/b/%F0%9F%98%80, 😀",
    "/b/a%253F, a%3F",
  })
  void route_key_isKeptExactly(String path, String key) {
    RoutedRequest routed = pathStyle.route(get(path));
    assertThat(routed.bucket()).isEqualTo("b");
    assertThat(routed.key()).isEqualTo(key);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/b/%",
        "/b/%4",
        "/b/%zz",
        "/b/%ff",
        "/b/%c3",
        "/b/%ed%a0%80",
        "/b/%c0%af",
        "/b/a%00b",
        "*",
        "",
        "b/k",
        "/b/k?prefix=%zz",
        "/b/k?%ff=1"
      })
  void route_unreadableTarget_isInvalidUri(String target) {
    assertThat(codeOf(() -> pathStyle.route(get(target)))).isEqualTo(S3ErrorCode.INVALID_URI);
  }

  @Test
  void route_keyOf1024Bytes_isTheLongest() {
    String longest = "%C3%A9".repeat(512);
    assertThat(pathStyle.route(get("/b/" + longest)).key()).hasSize(512);
    assertThat(errorOf(() -> pathStyle.route(get("/b/" + longest + "x"))).fields())
        .containsEntry("Size", "1025")
        .containsEntry("MaxSizeAllowed", "1024");
  }

  @Test
  void route_emptyBucketName_isInvalidBucketName() {
    assertThat(codeOf(() -> pathStyle.route(get("//k"))))
        .isEqualTo(S3ErrorCode.INVALID_BUCKET_NAME);
  }

  @ParameterizedTest
  @CsvSource({
    "b.s3.example.com, /k/x, b, k/x",
    "b.s3.example.com:9000, //k, b, /k",
    "a.b.S3.Example.COM, /k, a.b, k",
    "b.s3.example.com, /, b,",
    "s3.example.com, /b/k, b, k",
    "s3.example.com:9000, /b, b,",
    "other.example.org, /b/k, b, k",
    "[::1]:9000, /b/k, b, k",
    "xs3.example.com, /b/k, b, k",
  })
  void route_virtualHost_namesTheBucket(String host, String path, String bucket, String key) {
    RoutedRequest routed = virtualHosts.route(get(path).with("Host", host));
    assertThat(routed.bucket()).isEqualTo(bucket);
    assertThat(routed.key()).isEqualTo(key);
  }

  @Test
  void route_query_isDecoded() {
    QueryParameters query = pathStyle.route(get("/b?prefix=a+b%2B&&delimiter&x=1=2")).query();
    assertThat(query.get("prefix")).isEqualTo("a b+");
    assertThat(query.get("delimiter")).isEmpty();
    assertThat(query.get("x")).isEqualTo("1=2");
    assertThat(query.get("marker")).isNull();
    assertThat(query.size()).isEqualTo(3);
  }

  @Test
  void route_otherMethods_areRoutedAlike() {
    assertThat(delete("/b/k").routed().operation()).isEqualTo(S3Operation.DELETE_OBJECT);
    assertThat(post("/b?delete").routed().requireBucket()).isEqualTo("b");
  }

  private static SentRequest request(S3Operation row, Discriminator... all) {
    StringBuilder target = new StringBuilder(target(row.level())).append('?');
    for (Discriminator one : all) {
      one.query().forEach(condition -> target.append(condition).append('&'));
    }
    SentRequest request = new SentRequest(row.method().name(), target.toString());
    for (Discriminator one : all) {
      if (one.header() != null) {
        request.with(one.header(), "/source/key");
      }
    }
    return request;
  }

  private static String target(ResourceLevel level) {
    return switch (level) {
      case SERVICE -> "/";
      case BUCKET -> "/bucket";
      case OBJECT -> "/bucket/key";
    };
  }
}
