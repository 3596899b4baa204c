package io.sluice.s3.op;

import static io.sluice.s3.S3Errors.codeOf;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.SentRequest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeleteObjectsTest {
  private static DeleteObjectsInput decode(String body) {
    SentRequest request = SentRequest.post("/b?delete");
    return DeleteObjectsInput.decode(request.routed(), request, body.getBytes(UTF_8));
  }

  @Test
  void decode_objects_areReadInOrder() {
    DeleteObjectsInput input =
        decode(
            "<Delete><Object><Key> a&amp;b </Key></Object><Quiet>true</Quiet>"
                + "<Object><Key>c</Key><VersionId>null</VersionId><ETag>\"e\"</ETag></Object>"
                + "</Delete>");
    assertThat(input.quiet()).isTrue();
    assertThat(input.objects())
        .containsExactly(
            new DeleteObjectsInput.Target(" a&b ", null, null),
            new DeleteObjectsInput.Target("c", "null", "e"));
  }

  @ParameterizedTest
  @CsvSource({
    "<Delete/>, MALFORMED_XML",
    "<Delete><Object/></Delete>, MALFORMED_XML",
    "<Delete><Object><Key/></Object></Delete>, MALFORMED_XML",
    "<Delete><Object><Key>a</Key><X/></Object></Delete>, MALFORMED_XML",
    "<Delete><Object><Key>a</Key></Object><Quiet>maybe</Quiet></Delete>, MALFORMED_XML",
    "<Delete><Object><Key>a</Key><Size>1</Size></Object></Delete>, NOT_IMPLEMENTED",
    "'', MALFORMED_XML",
  })
  void decode_unfitDocument_isRefused(String body, S3ErrorCode code) {
    assertThat(codeOf(() -> decode(body))).isEqualTo(code);
  }

  @Test
  void decode_1000Objects_areTheMost() {
    String object = "<Object><Key>k</Key></Object>";
    assertThat(decode("<Delete>" + object.repeat(1000) + "</Delete>").objects()).hasSize(1000);
    assertThat(codeOf(() -> decode("<Delete>" + object.repeat(1001) + "</Delete>")))
        .isEqualTo(S3ErrorCode.MALFORMED_XML);
  }

  /** The parser's own limits on entities must not get in the way of what S3 allows. */
  @Test
  void decode_longKeysOfEscapesOnly_areRead() {
    String object = "<Object><Key>" + "&amp;&#9;".repeat(512) + "</Key></Object>";
    assertThat(decode("<Delete>" + object.repeat(400) + "</Delete>").objects())
        .hasSize(400)
        .allMatch(target -> target.key().equals("&\t".repeat(512)));
  }

  @Test
  void requireDigest_none_isInvalidRequest() {
    assertThat(codeOf(() -> DeleteObjectsInput.requireDigest(null, null)))
        .isEqualTo(S3ErrorCode.INVALID_REQUEST);
  }

  @Test
  void encode_quiet_leavesOutTheDeleted() {
    List<DeleteObjectsOutput.Deleted> deleted =
        List.of(
            new DeleteObjectsOutput.Deleted("a", null, null),
            new DeleteObjectsOutput.Deleted("b", null, "m1"));
    List<DeleteObjectsOutput.Failed> failed =
        List.of(
            new DeleteObjectsOutput.Failed("c", "v", new S3Exception(S3ErrorCode.ACCESS_DENIED)));
    String errors =
        "<Error><Key>c</Key><VersionId>v</VersionId><Code>AccessDenied</Code>"
            + "<Message>Access Denied</Message></Error></DeleteResult>";
    assertThat(Encoded.body(new DeleteObjectsOutput(deleted, failed, false).encode()))
        .endsWith(
            "<Deleted><Key>a</Key></Deleted><Deleted><Key>b</Key><DeleteMarker>true</DeleteMarker>"
                + "<DeleteMarkerVersionId>m1</DeleteMarkerVersionId></Deleted>"
                + errors);
    assertThat(Encoded.body(new DeleteObjectsOutput(deleted, failed, true).encode()))
        .doesNotContain("<Deleted>")
        .endsWith(errors);
  }
}
