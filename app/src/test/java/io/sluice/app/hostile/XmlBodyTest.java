package io.sluice.app.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Documents that are malformed, too large, or made to harm whoever parses them. */
class XmlBodyTest extends HostileTest {
  private static final String OBJECT = "<Object><Key>k</Key></Object>";

  @BeforeEach
  void storeAnObjectToLose() {
    store("k", bytes(10));
  }

  private S3Request delete(String document) {
    return S3Request.post("/" + bucket + "?delete", document).withMd5();
  }

  static Stream<Arguments> malformedDeletes() {
    String billionLaughs =
        "<!DOCTYPE d [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
            + "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;\">]>"
            + "<Delete><Object><Key>&d;</Key></Object></Delete>";
    String externalEntity =
        "<!DOCTYPE d [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>"
            + "<Delete><Object><Key>&f;</Key></Object></Delete>";
    String externalDtd =
        "<!DOCTYPE Delete SYSTEM \"http://127.0.0.1:1/d.dtd\"><Delete>" + OBJECT + "</Delete>";
    String parameterEntity =
        "<!DOCTYPE d [<!ENTITY % p SYSTEM \"file:///etc/hostname\"> %p;]><Delete>"
            + OBJECT
            + "</Delete>";
    return Stream.of(
        Arguments.of("empty", ""),
        Arguments.of("no XML", "{\"Delete\": []}"),
        Arguments.of("cut off", "<Delete>" + OBJECT),
        Arguments.of("cut off in a tag", "<Delete>" + OBJECT + "</Del"),
        Arguments.of("wrong nesting", "<Delete><Object><Key>k</Object></Key></Delete>"),
        Arguments.of("other root", "<Deletes>" + OBJECT + "</Deletes>"),
        Arguments.of("nothing to delete", "<Delete></Delete>"),
        Arguments.of("empty key", "<Delete><Object><Key></Key></Object></Delete>"),
        Arguments.of("two documents", "<Delete>" + OBJECT + "</Delete><Delete/>"),
        Arguments.of("undefined entity", "<Delete>" + OBJECT + "&nothing;</Delete>"),
        Arguments.of("NUL", "<Delete>" + OBJECT + "\0</Delete>"),
        Arguments.of("character XML has not", "<Delete><Object><Key>&#0;</Key></Object></Delete>"),
        Arguments.of("deep", "<a>".repeat(20_000)),
        Arguments.of("1,001 objects", "<Delete>" + OBJECT.repeat(1001) + "</Delete>"),
        Arguments.of("entity expansion", billionLaughs),
        Arguments.of("external entity", externalEntity),
        Arguments.of("external DTD", externalDtd),
        Arguments.of("parameter entity", parameterEntity));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformedDeletes")
  void deleteObjects_malformed_isMalformedXmlAndNothingIsDeleted(String what, String document) {
    RawResponse response = refused(delete(document), 400, "MalformedXML");
    assertThat(response.text()).doesNotContain("root:", "haha");
  }

  @Test
  void deleteObjects_invalidUtf8_isMalformedXml() {
    byte[] document = utf8("<Delete>" + OBJECT + "<Object><Key>?</Key></Object></Delete>");
    document[new String(document, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf('?')] =
        (byte) 0xff;
    S3Request request = S3Request.of("POST", "/" + bucket + "?delete").body(document).withMd5();
    refused(request, 400, "MalformedXML");
  }

  @Test
  void deleteObjects_largerThanAnyMayBe_isMaxMessageLengthExceeded() {
    String padding = "<!--" + "x".repeat(5 << 20) + "-->";
    refused(delete("<Delete>" + OBJECT + padding + "</Delete>"), 400, "MaxMessageLengthExceeded");
  }

  @Test
  void deleteObjects_withoutDigest_isInvalidRequest() {
    S3Request request = S3Request.post("/" + bucket + "?delete", "<Delete>" + OBJECT + "</Delete>");
    refused(request, 400, "InvalidRequest");
  }

  @Test
  void deleteObjects_wrongMd5_isBadDigest() {
    S3Request request =
        S3Request.post("/" + bucket + "?delete", "<Delete>" + OBJECT + "</Delete>")
            .header("Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA==");
    refused(request, 400, "BadDigest");
  }

  @Test
  void deleteObjects_oneKeyTooLong_isAnErrorOfThatKeyAlone() {
    String document =
        "<Delete><Object><Key>" + "x".repeat(1025) + "</Key></Object>" + OBJECT + "</Delete>";
    RawResponse response = SERVER.exchange(delete(document));
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.text()).contains("<Code>KeyTooLongError</Code>", "<Deleted><Key>k</Key>");
    stored.clear();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformedDeletes")
  void completeMultipartUpload_malformed_isMalformedXml(String what, String document) {
    if (what.equals("empty")) {
      return; // AWS has another code for it: see MultipartTest.
    }
    String id = createUpload();
    refused(S3Request.post(object("m") + "?uploadId=" + id, document), 400, "MalformedXML");
    uploads.add(id);
  }

  private String createUpload() {
    RawResponse made = SERVER.exchange(S3Request.of("POST", object("m") + "?uploads"));
    return String.valueOf(made.xml("UploadId"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformedDeletes")
  void createBucket_malformed_isMalformedXml(String what, String document) {
    if (what.equals("empty")) {
      return; // That is how most clients ask.
    }
    String name = "not-" + bucket.substring(0, 40);
    refused(S3Request.put("/" + name, utf8(document)), 400, "MalformedXML");
    assertThat(SERVER.exchange(S3Request.of("HEAD", "/" + name)).status()).isEqualTo(404);
  }

  @Test
  void createBucket_hugeDocument_isMaxMessageLengthExceeded() {
    String name = "not-" + bucket.substring(0, 40);
    byte[] document = utf8("<!--" + "x".repeat(3 << 20) + "--><CreateBucketConfiguration/>");
    refused(S3Request.put("/" + name, document), 400, "MaxMessageLengthExceeded");
    assertThat(SERVER.exchange(S3Request.of("HEAD", "/" + name)).status()).isEqualTo(404);
  }
}
