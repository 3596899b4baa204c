package io.sluice.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CompatibilityPageTest {
  @Test
  void markdown_aRowOfEachOperation_saysWhetherItIsThere() {
    String page = CompatibilityPage.markdown(EnumSet.of(S3Operation.UPLOAD_PART_COPY));
    assertThat(page)
        .contains(
            "| UploadPartCopy | `PUT /bucket/key?uploadId&partNumber with x-amz-copy-source` |"
                + " `s3:PutObject` | yes |\n")
        .contains("| GetBucketAcl | `GET /bucket?acl` | `s3:GetBucketAcl` | no |\n")
        .contains("Implemented: 1 of " + S3Operation.values().length + ".");
    for (S3Operation operation : S3Operation.values()) {
      assertThat(page).contains("| " + operation.awsName() + " |");
    }
  }

  @Test
  void named_everyOperation_isFoundByItsUniqueName() {
    Set<S3Operation> found = EnumSet.noneOf(S3Operation.class);
    Arrays.stream(S3Operation.values()).forEach(op -> found.add(S3Operation.named(op.awsName())));
    assertThat(found).hasSameSizeAs(S3Operation.values());
    assertThat(S3Operation.named("MakeCoffee")).isNull();
  }
}
