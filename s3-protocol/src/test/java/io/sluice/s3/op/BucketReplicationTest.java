package io.sluice.s3.op;

import static io.sluice.s3.S3Errors.codeOf;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.SentRequest;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BucketReplicationTest {
  private static final String TO = "<Destination><Bucket>arn:aws:s3:::there</Bucket></Destination>";
  private static final String ON = "<Status>Enabled</Status>";

  private static ReplicationConfiguration decode(String rules) {
    return decodeDocument(
        "<ReplicationConfiguration><Role>arn:aws:iam::1:role/r</Role>"
            + rules
            + "</ReplicationConfiguration>");
  }

  private static ReplicationConfiguration decodeDocument(String body) {
    SentRequest request = SentRequest.put("/b?replication");
    return PutBucketReplicationInput.decode(request.routed(), request, body.getBytes(UTF_8))
        .configuration();
  }

  private static String rule(String inside) {
    return "<Rule>" + inside + TO + "</Rule>";
  }

  private static String encode(ReplicationConfiguration configuration) {
    ByteBuffer body = new GetBucketReplicationOutput(configuration).encode().body();
    return UTF_8.decode(body).toString();
  }

  @Test
  void decode_wholeRule_isGivenBackAsItWasSet() {
    ReplicationConfiguration read =
        decode(
            "<Rule><ID>one</ID><Priority>7</Priority><Filter><Prefix>a/</Prefix></Filter>"
                + "<Status>Disabled</Status><Destination><Bucket>arn:aws:s3:::there</Bucket>"
                + "<StorageClass>STANDARD</StorageClass></Destination>"
                + "<DeleteMarkerReplication><Status>Enabled</Status></DeleteMarkerReplication>"
                + "<ExistingObjectReplication><Status>Disabled</Status>"
                + "</ExistingObjectReplication></Rule>"
                + rule(
                    ON + "<Priority>1</Priority><Filter><And><Prefix>b</Prefix></And></Filter>"));
    assertThat(read.role()).isEqualTo("arn:aws:iam::1:role/r");
    assertThat(read.rules())
        .containsExactly(
            new ReplicationConfiguration.Rule(
                "one", 7, false, false, "a/", "arn:aws:s3:::there", "STANDARD", true, false),
            new ReplicationConfiguration.Rule(
                "rule-2", 1, false, true, "b", "arn:aws:s3:::there", null, null, null));
    assertThat(decodeDocument(encode(read))).isEqualTo(read);
  }

  @Test
  void decode_firstVersion_isGivenBackAsItWasSet() {
    ReplicationConfiguration read =
        decode(rule(ON + "<Prefix>a</Prefix>") + rule(ON + "<Prefix>b</Prefix>"));
    assertThat(read.rules())
        .allMatch(ReplicationConfiguration.Rule::firstVersion)
        .extracting(ReplicationConfiguration.Rule::prefix)
        .containsExactly("a", "b");
    assertThat(encode(read)).doesNotContain("Filter", "Priority", "DeleteMarkerReplication");
    assertThat(decodeDocument(encode(read))).isEqualTo(read);
  }

  @ParameterizedTest
  @CsvSource({
    "<Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>, Filter.Tag",
    "<Filter><And><Prefix>p</Prefix><Tag/></And></Filter>, Filter.And.Tag",
    "<SourceSelectionCriteria/>, SourceSelectionCriteria",
    "<DeleteReplication><Status>Enabled</Status></DeleteReplication>, DeleteReplication",
    "<Destination><Account>1</Account></Destination>, Destination.Account",
    "<Destination><Metrics/></Destination>, Destination.Metrics",
    "<Destination><ReplicationTime/></Destination>, Destination.ReplicationTime",
    "<Destination><EncryptionConfiguration/></Destination>, Destination.EncryptionConfiguration",
    "<Destination><AccessControlTranslation/></Destination>, Destination.AccessControlTranslation",
  })
  void decode_whatIsNotDone_isRefusedByItsName(String inside, String element) {
    assertThatThrownBy(() -> decode(rule(ON + inside)))
        .isInstanceOfSatisfying(
            S3Exception.class,
            refused -> {
              assertThat(refused.code()).isEqualTo(S3ErrorCode.NOT_IMPLEMENTED);
              assertThat(refused.message()).endsWith(element);
            });
  }

  @Test
  void decode_otherStorageClass_isNotImplemented() {
    String glacier = TO.replace("</Bucket>", "</Bucket><StorageClass>GLACIER</StorageClass>");
    assertThat(codeOf(() -> decode("<Rule>" + ON + "<Prefix/>" + glacier + "</Rule>")))
        .isEqualTo(S3ErrorCode.NOT_IMPLEMENTED);
  }

  @ParameterizedTest
  @CsvSource({
    "'', MALFORMED_XML",
    "<Filter/>, MALFORMED_XML",
    "<Status>On</Status><Filter/>, MALFORMED_XML",
    "<Status>Enabled</Status><Filter/><Unknown/>, MALFORMED_XML",
    "<Status>Enabled</Status><Filter><Unknown/></Filter>, MALFORMED_XML",
    "<Status>Enabled</Status><Status>Enabled</Status><Filter/>, MALFORMED_XML",
    "<Status>Enabled</Status><Filter/><DeleteMarkerReplication/>, MALFORMED_XML",
    "<Status>Enabled</Status>, INVALID_REQUEST",
    "<Status>Enabled</Status><Prefix/><Filter/>, INVALID_REQUEST",
    "<Status>Enabled</Status><Prefix/><Priority>1</Priority>, INVALID_REQUEST",
    "<Status>Enabled</Status><Filter/><Priority>-1</Priority>, INVALID_ARGUMENT",
  })
  void decode_unfitRule_isRefused(String inside, S3ErrorCode code) {
    assertThat(codeOf(() -> decode(rule(inside)))).isEqualTo(code);
  }

  @ParameterizedTest
  @CsvSource({
    "<ID>x</ID><Priority>1</Priority><Filter/>, <ID>x</ID><Filter/>, INVALID_ARGUMENT",
    "<Filter/>, <Filter/>, INVALID_REQUEST",
    "<Filter/>, <Prefix>a</Prefix>, INVALID_REQUEST",
    "<Prefix>a</Prefix>, <Prefix>ab</Prefix>, INVALID_REQUEST",
  })
  void decode_rulesThatContradict_areRefused(String one, String other, S3ErrorCode code) {
    assertThat(codeOf(() -> decode(rule(ON + one) + rule(ON + other)))).isEqualTo(code);
  }

  @Test
  void decode_noRulesOrTooMany_isRefused() {
    assertThat(codeOf(() -> decode(""))).isEqualTo(S3ErrorCode.MALFORMED_XML);
    StringBuilder rules = new StringBuilder();
    for (int i = 0; i <= 100; i++) {
      rules.append(rule(ON + "<Filter/><Priority>" + i + "</Priority>"));
    }
    assertThat(codeOf(() -> decode(rules.toString()))).isEqualTo(S3ErrorCode.INVALID_REQUEST);
  }
}
